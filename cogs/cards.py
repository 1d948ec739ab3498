"""Cards: the message that shows a job, built anew for each of its states.

A card is a Components V2 layout. It holds plain buttons whose ids are served by the dynamic
items of `cogs.buttons`; it is stopped at once, so that discord.py keeps nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import discord
from discord import ui

from bot.backends.base import Operation, Queued, Running
from bot.backends.entry import Entry
from bot.errors import explain_end
from bot.jobs.presenter import News, NotStopped, WaitingForRoom
from bot.jobs.record import Job
from bot.quotas import credits_text
from cogs import facts, rows, text
from cogs.ids import Action, Part
from storage.states import JobState

WAITING_COLOUR = discord.Colour(0x5865F2)
DONE_COLOUR = discord.Colour(0x3BA55D)
FAILED_COLOUR = discord.Colour(0xED4245)
ENDED_COLOUR = discord.Colour(0x80848E)

NOT_TAKEN = (
    "The picture was made, but Discord did not take it. See that the bot may attach files in this "
    "channel, and try again."
)
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
    doing = facts.DOING[job.request.operation]
    box.add_item(ui.TextDisplay(f"### {doing}\n{_who(job)} · begun {_since(job)}{_news(news)}"))
    _add_prompts(box, job)
    box.add_item(ui.TextDisplay(facts.order(job)))
    # Offered only while it helps: nothing bought, or a provider that can stop.
    may_stop = isinstance(news, WaitingForRoom) or entry is None or entry.cancels
    if may_stop and not isinstance(news, NotStopped):
        box.add_item(ui.ActionRow(rows.button(job.id, Action.CANCEL, "Cancel")))
    return Card(box)


@dataclass(frozen=True, kw_only=True)
class OnCard:
    """Media addresses of what one message shows; what is gone is left out."""

    before: str | None = None
    """The source's."""
    mask: str | None = None
    references: Sequence[str] = ()
    after: Sequence[tuple[int, str]] = ()
    """Number, from 1, and address of each result."""


def done(
    job: Job,
    entry: Entry | None,
    on_card: OnCard,
    links: Sequence[str] = (),
    *,
    reports: bool = False,
) -> Card:
    """The card of a job that succeeded.

    Args:
        job: With its outcome.
        entry: Its backend, None where that is not offered any more.
        on_card: What it shows.
        links: To the messages with the other pictures.
        reports: Whether the server's moderators take reports.
    """
    box = _box(DONE_COLOUR)
    head = f"### {facts.DONE[job.request.operation]}\n{_who(job)}\n{facts.result(job)}"
    box.add_item(_with_thumbnail(job, head, on_card.before, Part.BEFORE, "Before"))
    _add_prompts(box, job)
    _add_inputs(box, job, on_card)
    if on_card.after:
        box.add_item(_gallery(job, on_card.after))
    _add_notes(box, facts.main_notes(job))
    _add_links(box, links)
    _add_notes(box, facts.more_notes(job))
    _add_rewritten(box, job)
    if entry is not None and _can_redo(job, on_card):
        box.add_item(rows.redo(job, entry))
    numbers = [number for number, _ in on_card.after]
    for row in rows.onward(job, numbers, part=0, reports=reports):
        box.add_item(row)
    return Card(box)


def further(job: Job, part: int, after: Sequence[tuple[int, str]]) -> Card:
    """A message with further pictures of a job.

    Args:
        job: Whose they are.
        part: Which message of the job it is; the card itself is 0.
        after: Number, from 1, and media address of each.
    """
    box = _box(DONE_COLOUR)
    link = text.card_link(job)
    of = f" of [this card]({link})" if link else ""
    first, last = after[0][0], after[-1][0]
    box.add_item(ui.TextDisplay(f"-# Pictures {first} to {last}{of}"))
    box.add_item(_gallery(job, after))
    for row in rows.onward(job, [number for number, _ in after], part=part):
        box.add_item(row)
    return Card(box)


def ended(job: Job) -> Card:
    """The card of a job that came to nothing: one sentence, without prompt or source."""
    cancelled = job.state is JobState.CANCELLED
    colour = ENDED_COLOUR if cancelled else FAILED_COLOUR
    return _in_brief(job, colour, explain_end(job), _charge(job))


def undelivered(job: Job) -> Card:
    """The card of a job that succeeded, but whose pictures Discord does not take here."""
    return _in_brief(job, FAILED_COLOUR, NOT_TAKEN, "Nothing is charged.")


def _in_brief(job: Job, colour: discord.Colour, sentence: str, charge: str) -> Card:
    box = _box(colour)
    box.add_item(ui.TextDisplay(f"{_who(job)}: {sentence}"))
    box.add_item(ui.TextDisplay(f"-# {charge}"))
    box.add_item(
        ui.ActionRow(
            rows.button(job.id, Action.RETRY, "Try again", discord.ButtonStyle.primary),
            rows.button(job.id, Action.DELETE, "Delete"),
        )
    )
    return Card(box)


def _box(colour: discord.Colour) -> ui.Container[ui.LayoutView]:
    return ui.Container(accent_colour=colour)


def _who(job: Job) -> str:
    return f"<@{job.row.user_id}>"


def _charge(job: Job) -> str:
    if job.row.settled:
        return f"Charged: {credits_text(job.row.settled)}."
    return "Nothing was charged."


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
    if job.request.prompt:
        box.add_item(ui.TextDisplay(text.block(job.request.prompt), id=Part.PROMPT))
    if job.request.negative:
        box.add_item(ui.TextDisplay("-# Without"))
        box.add_item(ui.TextDisplay(text.block(job.request.negative), id=Part.NEGATIVE))


def _add_links(box: ui.Container[ui.LayoutView], links: Sequence[str]) -> None:
    """Link the messages with further pictures, as far as the room on the card goes."""
    line = head = "-# More pictures below:"
    room = MOST_TEXT - _text_length(box)
    for number, link in enumerate(links, 2):
        longer = f"{line} [{number}]({link})"
        if len(longer) > room:
            break
        line = longer
    if line != head:
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


def _with_thumbnail(
    job: Job, said: str, media: str | None, part: Part, description: str
) -> ui.Item[ui.LayoutView]:
    if media is None:
        return ui.TextDisplay(said)
    thumbnail: ui.Thumbnail[ui.LayoutView] = ui.Thumbnail(
        media, description=description, spoiler=job.request.spoiler, id=part
    )
    return ui.Section(said, accessory=thumbnail)


def _add_inputs(box: ui.Container[ui.LayoutView], job: Job, on_card: OnCard) -> None:
    """Show the mask and the style references, so that they can be had again from the card."""
    if on_card.mask is not None:
        said = "-# Mask: what is white was made anew."
        box.add_item(_with_thumbnail(job, said, on_card.mask, Part.MASK, "Mask"))
    if on_card.references:
        box.add_item(ui.TextDisplay("-# Style references"))
        items = [
            discord.MediaGalleryItem(
                media, description=f"Style reference {number}", spoiler=job.request.spoiler
            )
            for number, media in enumerate(on_card.references, 1)
        ]
        box.add_item(ui.MediaGallery(*items, id=Part.REFERENCES))


def _gallery(job: Job, after: Sequence[tuple[int, str]]) -> ui.Item[ui.LayoutView]:
    results = job.outcome.results if job.outcome else ()
    items = [
        discord.MediaGalleryItem(
            media,
            description=f"After {number}: {job.request.prompt}"[:ALT_TEXT],
            spoiler=job.request.spoiler or results[number - 1].flagged,
        )
        for number, media in after
    ]
    return ui.MediaGallery(*items, id=Part.AFTER)


def _can_redo(job: Job, on_card: OnCard) -> bool:
    """Whether the card shows all pictures that the operation cannot do without."""
    match job.request.operation:
        case Operation.GENERATE:
            return True
        case Operation.EDIT:
            return on_card.before is not None and on_card.mask is not None
        case Operation.REMIX | Operation.REFRAME:
            return on_card.before is not None


def _add_notes(box: ui.Container[ui.LayoutView], lines: Sequence[str]) -> None:
    """Add lines in small print, as far as the room on the card goes."""
    room, shown = MOST_TEXT - _text_length(box), ""
    for line in lines:
        longer = f"{shown}\n-# {line}" if shown else f"-# {line}"
        if len(longer) <= room:
            shown = longer
    if shown:
        box.add_item(ui.TextDisplay(shown))


def custom_ids(card: Card) -> set[str]:
    """The custom ids of a card's buttons and selects."""
    return {
        item.custom_id
        for item in card.walk_children()
        if isinstance(item, (ui.Button, ui.Select)) and item.custom_id
    }


def quote(draft_id: str, sentence: str) -> Card:
    """What only the member sees before a dear request: its price, and Start."""
    start = rows.button(draft_id, Action.START, "Start", discord.ButtonStyle.primary)
    return Card(ui.TextDisplay(sentence), ui.ActionRow(start))
