"""What the buttons of a card make of it: the next request and its pictures."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import discord

from bot import strength
from bot.backends.base import Operation, Request
from bot.backends.capabilities import Brought, clash, missing
from bot.backends.entry import Entry, Feature
from bot.errors import REASONS
from bot.jobs.record import Failure, Job, Pictures, SourceRef
from cogs import media
from cogs.desk import SorryError
from cogs.ids import Action, Part

GONE = {
    Part.BEFORE: REASONS[Failure.SOURCE_GONE],
    Part.AFTER: REASONS[Failure.SOURCE_GONE],
    Part.MASK: REASONS[Failure.MASK_GONE],
    Part.REFERENCES: REASONS[Failure.REFERENCE_GONE],
}
CARRIED = (
    *("strength", "count", "style", "style_preset", "style_codes", "palette", "speed", "seed"),
    *("negative", "magic_prompt", "magic_version", "format", "quality"),
)
"""What a remix of a result keeps; its shape was chosen for another picture."""


def request_of(job: Job, message: discord.Message) -> Request:
    """What a card asked for; its prompts are read from it where the database has none.

    Raises:
        SorryError: They are nowhere.
    """
    if job.request.prompt or job.request.operation is Operation.REFRAME:
        return job.request
    prompt = media.prompt(message, Part.PROMPT)
    if prompt is None:
        raise SorryError("This card's prompt is not kept any more. Use the command with a new one.")
    return replace(job.request, prompt=prompt, negative=media.prompt(message, Part.NEGATIVE))


def changed(request: Request, action: Action, job: Job, entry: Entry | None) -> Request:
    """The request of a button that needs no further word."""
    asked = strength.DEFAULT if request.strength is None else request.strength
    match action:
        case Action.CLOSER:
            value = strength.closer(asked)
        case Action.BOLDER:
            value = strength.bolder(asked)
        case Action.REROLL:
            return replace(request, seed=None)
        case _:
            return request
    if value is None:
        raise SorryError("It cannot go further in that direction.")
    # The same seed shows what the strength alone does.
    return replace(request, strength=value, seed=_seed(job, entry))


def pictures_of(job: Job, message: discord.Message) -> Pictures:
    """The pictures that a card was made from; the click brought fresh links to them.

    Raises:
        SorryError: One that it takes is not there.
    """
    operation = job.request.operation
    return Pictures(
        source=None if operation is Operation.GENERATE else picture_of(job, message, Part.BEFORE),
        mask=picture_of(job, message, Part.MASK) if operation is Operation.EDIT else None,
        references=references_of(job, message),
    )


def stored_pictures(job: Job) -> Pictures:
    """The pictures that a job was to be made from, for a job of anybody."""
    owner_id = job.row.user_id
    return job.pictures.changed(lambda one: replace(one, author_id=one.author_id or owner_id))


def references_of(job: Job, message: discord.Message) -> tuple[SourceRef, ...]:
    """The style references that a card shows."""
    shown = media.pictures(message, Part.REFERENCES)
    return tuple(picture_of(job, message, Part.REFERENCES, index) for index in range(len(shown)))


def picture_of(job: Job, message: discord.Message, part: Part, index: int = 0) -> SourceRef:
    """One picture of a card, to be read again.

    Raises:
        SorryError: It is not there.
    """
    shown = media.pictures(message, part)
    if index >= len(shown):
        raise SorryError(GONE[part])
    return SourceRef(
        url=shown[index].url,
        width=shown[index].width,
        height=shown[index].height,
        card_channel_id=message.channel.id,
        card_message_id=message.id,
        card_component=part,
        card_index=index,
        author_id=_author_of(job, part, index),
    )


def _author_of(job: Job, part: Part, index: int) -> int:
    """Whose picture of a card it is: its member's, unless they took another's."""
    taken = stored_pictures(job)
    match part:
        case Part.BEFORE if taken.source is not None:
            return taken.source.author_id or job.row.user_id
        case Part.REFERENCES if index < len(taken.references):
            return taken.references[index].author_id or job.row.user_id
        case _:
            return job.row.user_id


def as_remix(request: Request, entry: Entry, references: int) -> Request:
    """The request that remixes a result, with all that its backend takes of what was asked.

    Args:
        request: Of the card that shows the result, whatever its operation.
        entry: The backend that is to remix it.
        references: How many style references come along.
    """
    brought = Brought(source=True, references=references)
    kept = Request(backend=entry.name, prompt=request.prompt, spoiler=request.spoiler)
    for name in CARRIED:
        wanted = replace(kept, **{name: getattr(request, name)})
        lack = missing(entry, wanted, brought)
        # A prompt that is still to be typed is no reason to leave anything out.
        if (lack is None or lack.needed) and clash(entry, wanted, brought) is None:
            kept = wanted
    return kept


def index_of(message: discord.Message, picture: int) -> int:
    """Where a result stands in the gallery of the message whose button or select named it."""
    for component in media.components(message):
        if isinstance(component, discord.SelectMenu):
            numbers = [option.value for option in component.options]
            return numbers.index(str(picture)) if str(picture) in numbers else len(numbers)
    return 0


def require_alive(pictures: Pictures, now: int) -> None:
    """Check that no stored link has run out, unless a card can give a new one.

    Raises:
        SorryError: A picture cannot be had any more.
    """
    named = [
        (pictures.source, Part.BEFORE),
        (pictures.mask, Part.MASK),
        *((one, Part.REFERENCES) for one in pictures.references),
    ]
    for one, part in named:
        if one is None or one.card_message_id is not None:
            continue
        if not one.url or _ends(one.url) <= now:
            raise SorryError(GONE[part])


def _ends(url: str) -> int:
    if not url:  # Dropped, as it was too old.
        return 0
    ends = parse_qs(urlsplit(url).query).get("ex", ["7fffffff"])[0]
    return int(ends, 16) * 1000


def _seed(job: Job, entry: Entry | None) -> int | None:
    if entry is None or not entry.takes(Feature.SEED) or job.outcome is None:
        return None
    return next((r.seed for r in job.outcome.results if r.seed is not None), job.request.seed)
