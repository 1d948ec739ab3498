"""Cards: the message that shows a job, built anew for each of its states.

A card is a Components V2 layout. It holds plain buttons whose ids are served by the dynamic
items of `cogs.buttons`; it is stopped at once, so that discord.py keeps nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import ui

from bot import strength
from bot.backends.base import Queued, Running
from bot.backends.entry import Entry
from bot.errors import credits_text, explain_end
from bot.jobs.presenter import News, NotStopped, WaitingForRoom
from bot.jobs.record import Job, Result
from cogs import text
from cogs.ids import Action, CustomId, Part
from storage.states import JobState

WAITING_COLOUR = discord.Colour(0x5865F2)
DONE_COLOUR = discord.Colour(0x3BA55D)
FAILED_COLOUR = discord.Colour(0xED4245)
ENDED_COLOUR = discord.Colour(0x80848E)

MOST_TEXT = 4000
"""Characters that Discord takes for all texts of one message."""
ALT_TEXT = 1000


class Card(ui.LayoutView):
    """One state of a card."""

    def __init__(self, *items: ui.Item[ui.LayoutView]) -> None:
        super().__init__(timeout=None)
        for item in items:
            self.add_item(item)
        self.stop()


def waiting(job: Job, entry: Entry | None, news: News | None = None) -> Card:
    """The card of a job that is not finished."""
    box = _box(WAITING_COLOUR)
    box.add_item(ui.TextDisplay(f"### Remixing\n{_who(job)} · begun {_since(job)}{_news(news)}"))
    _add_prompts(box, job)
    box.add_item(ui.TextDisplay(_order_line(job)))
    # Offered only while it helps: nothing bought, or a provider that can stop.
    may_stop = isinstance(news, WaitingForRoom) or entry is None or entry.cancels
    if may_stop and not isinstance(news, NotStopped):
        box.add_item(ui.ActionRow(_button(job, Action.CANCEL, "Cancel")))
    return Card(box)


def done(
    job: Job,
    entry: Entry | None,
    *,
    before: str | None,
    after: Sequence[tuple[int, Result, str]],
    further: Sequence[str] = (),
) -> Card:
    """The card of a job that succeeded.

    Args:
        job: With its outcome.
        entry: Its backend, None where that is not offered any more.
        before: The source's media address, None where the source is gone.
        after: Number, result and media address of each picture on this card.
        further: Links to the messages with the other pictures.
    """
    box = _box(DONE_COLOUR)
    head = f"### Remix\n{_who(job)}\n{_result_line(job)}"
    box.add_item(_with_thumbnail(job, head, before))
    _add_prompts(box, job)
    box.add_item(_gallery(job, after))
    notes = _notes(job)
    if notes:
        box.add_item(ui.TextDisplay(notes))
    _add_links(box, further)
    _add_rewritten(box, job)
    redo = _redo_row(job, entry, before)
    if redo is not None:
        box.add_item(redo)
    for row in _next_rows(job, after, part=0):
        box.add_item(row)
    return Card(box)


def further(job: Job, part: int, after: Sequence[tuple[int, Result, str]]) -> Card:
    """A message with further pictures of a job."""
    box = _box(DONE_COLOUR)
    link = text.card_link(job)
    of = f" of [this remix]({link})" if link else ""
    first, last = after[0][0], after[-1][0]
    box.add_item(ui.TextDisplay(f"-# Pictures {first} to {last}{of}"))
    box.add_item(_gallery(job, after))
    for row in _next_rows(job, after, part=part):
        box.add_item(row)
    return Card(box)


def ended(job: Job) -> Card:
    """The card of a job that came to nothing: one sentence, without prompt or source."""
    cancelled = job.state is JobState.CANCELLED
    box = _box(ENDED_COLOUR if cancelled else FAILED_COLOUR)
    box.add_item(ui.TextDisplay(f"{_who(job)}: {explain_end(job)}"))
    box.add_item(ui.TextDisplay("-# Nothing was charged."))
    box.add_item(
        ui.ActionRow(
            _button(job, Action.RETRY, "Try again", discord.ButtonStyle.primary),
            _button(job, Action.DELETE, "Delete"),
        )
    )
    return Card(box)


def _box(colour: discord.Colour) -> ui.Container[ui.LayoutView]:
    return ui.Container(accent_colour=colour)


def _who(job: Job) -> str:
    return f"<@{job.row.user_id}>"


def _since(job: Job) -> str:
    return f"<t:{job.row.created // 1000}:R>"


def _news(news: News | None) -> str:
    match news:
        case Queued(position=int(position)):
            return f"\n-# In the provider's queue: {position} before this one."
        case WaitingForRoom():
            return "\n-# The provider has no room just now; it is tried again and again."
        case NotStopped():
            return "\n-# It could not be stopped any more; the result will come."
        case Queued() | Running() | None:
            return ""


def _add_prompts(box: ui.Container[ui.LayoutView], job: Job) -> None:
    box.add_item(ui.TextDisplay(text.block(job.request.prompt), id=Part.PROMPT))
    if job.request.negative:
        box.add_item(ui.TextDisplay("-# Without"))
        box.add_item(ui.TextDisplay(text.block(job.request.negative), id=Part.NEGATIVE))


def _order_line(job: Job) -> str:
    request = job.request
    facts = [
        f"**{request.backend}**",
        f"strength {text.strength(request.strength or strength.DEFAULT)}",
        *_chosen(job),
        credits_text(job.row.reserved),
    ]
    return " · ".join(facts)


def _chosen(job: Job) -> list[str]:
    """What the member chose beyond the usual."""
    request = job.request
    return [
        f"{label} {value}"
        for label, value in (
            ("aspect", request.aspect),
            ("style", request.style),
            ("magic prompt", None if request.magic_prompt == "auto" else request.magic_prompt),
            ("pictures", request.count if request.count > 1 else None),
        )
        if value is not None
    ]


def _result_line(job: Job) -> str:
    row = job.row
    cost = "free" if row.gift else credits_text(row.settled or 0)
    seeds = text.seeds(job)
    first = job.outcome.results[0] if job.outcome and job.outcome.results else None
    facts = [
        f"**{job.request.backend}**",
        f"strength {text.strength(job.request.strength or strength.DEFAULT)}",
        *_chosen(job),
        *([f"seed {seeds}"] if seeds else []),
        *([f"{first.width} x {first.height}"] if first else []),
        cost,
    ]
    return " · ".join(facts)


def _notes(job: Job) -> str:
    outcome, source = job.outcome, job.pictures.source
    if outcome is None:
        return ""
    lines: list[str] = []
    if job.row.parent_id and source and source.card_channel_id and source.card_message_id:
        link = text.message_link(job.row.server_id, source.card_channel_id, source.card_message_id)
        lines.append(f"Made from [this remix]({link}).")
    if outcome.cropped:
        lines.append(f"The provider cropped the source to {outcome.shape}.")
    if outcome.animated:
        lines.append("The source was animated; its first frame was taken.")
    if outcome.withheld:
        lines.append(f"Withheld by the provider or unreadable, not charged: {outcome.withheld}.")
    if outcome.source_type is None:
        lines.append("The source is gone, so it is not shown.")
    if job.row.gift:
        lines.append("This came after the refund, so it is free.")
    return "\n".join(f"-# {line}" for line in lines)


def _add_links(box: ui.Container[ui.LayoutView], links: Sequence[str]) -> None:
    """Link the messages with further pictures, as far as the room on the card goes."""
    line = "-# More pictures below:"
    room = MOST_TEXT - _text_length(box)
    for number, link in enumerate(links, 2):
        longer = f"{line} [{number}]({link})"
        if len(longer) > room:
            break
        line = longer
    if links and len(line) <= room:
        box.add_item(ui.TextDisplay(line))


def _add_rewritten(box: ui.Container[ui.LayoutView], job: Job) -> None:
    """Show a rewritten prompt, as far as the room on the card goes."""
    rewritten = (
        next((r.prompt for r in job.outcome.results if r.prompt), None) if job.outcome else None
    )
    if rewritten is None:
        return
    label = "-# The provider rewrote the prompt as"
    room = MOST_TEXT - _text_length(box) - len(label) - len(text.block(""))
    if room >= 40:
        shown = rewritten if len(rewritten) <= room else rewritten[: room - 1] + "…"
        box.add_item(ui.TextDisplay(label))
        box.add_item(ui.TextDisplay(text.block(shown)))


def _text_length(box: ui.Container[ui.LayoutView]) -> int:
    return sum(
        len(item.content) for item in box.walk_children() if isinstance(item, ui.TextDisplay)
    )


def _with_thumbnail(job: Job, head: str, before: str | None) -> ui.Item[ui.LayoutView]:
    if before is None:
        return ui.TextDisplay(head)
    thumbnail: ui.Thumbnail[ui.LayoutView] = ui.Thumbnail(
        before, description="Before", spoiler=job.request.spoiler, id=Part.BEFORE
    )
    return ui.Section(head, accessory=thumbnail)


def _gallery(job: Job, after: Sequence[tuple[int, Result, str]]) -> ui.Item[ui.LayoutView]:
    return ui.MediaGallery(
        *(
            discord.MediaGalleryItem(
                media,
                description=f"After {number}: {job.request.prompt}"[:ALT_TEXT],
                spoiler=job.request.spoiler,
            )
            for number, _, media in after
        ),
        id=Part.AFTER,
    )


def _redo_row(
    job: Job, entry: Entry | None, before: str | None
) -> ui.ActionRow[ui.LayoutView] | None:
    """Re-roll, Closer, Bolder, Edit: absent where the source or the backend is gone."""
    if before is None or entry is None:
        return None
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow(
        _button(job, Action.REROLL, "Re-roll", discord.ButtonStyle.primary)
    )
    asked = job.request.strength or strength.DEFAULT
    closer, bolder = strength.closer(asked), strength.bolder(asked)
    if closer is not None:
        row.add_item(_button(job, Action.CLOSER, f"Closer {closer}"))
    if bolder is not None:
        row.add_item(_button(job, Action.BOLDER, f"Bolder {bolder}"))
    row.add_item(_button(job, Action.EDIT, "Edit"))
    return row


def _next_rows(
    job: Job, after: Sequence[tuple[int, Result, str]], *, part: int
) -> list[ui.ActionRow[ui.LayoutView]]:
    """Remix this result, and Delete."""
    delete = _button(job, Action.DELETE, "Delete")
    if len(after) == 1:
        again = _button(job, Action.AGAIN, "Remix this result", picture=after[0][0])
        return [ui.ActionRow(again, delete)]
    select: ui.Select[ui.LayoutView] = ui.Select(
        custom_id=f"remix-pick:{job.id}:{part}",
        placeholder="Remix one of these",
        options=[
            discord.SelectOption(label=f"Picture {number}", value=str(number))
            for number, _, _ in after
        ],
    )
    return [ui.ActionRow(select), ui.ActionRow(delete)]


def _button(
    job: Job,
    action: Action,
    label: str,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    *,
    picture: int | None = None,
) -> ui.Button[ui.LayoutView]:
    custom_id = CustomId(action=action, job_id=job.id, picture=picture)
    return ui.Button(label=label, style=style, custom_id=str(custom_id))


def custom_ids(card: Card) -> set[str]:
    """The custom ids of a card's buttons and selects."""
    return {
        item.custom_id
        for item in card.walk_children()
        if isinstance(item, (ui.Button, ui.Select)) and item.custom_id
    }


def quote(draft_id: str, sentence: str) -> Card:
    """What only the member sees before a dear request: its price, and Start."""
    start = CustomId(action=Action.START, job_id=draft_id)
    button: ui.Button[ui.LayoutView] = ui.Button(
        label="Start", style=discord.ButtonStyle.primary, custom_id=str(start)
    )
    return Card(ui.TextDisplay(sentence), ui.ActionRow(button))
