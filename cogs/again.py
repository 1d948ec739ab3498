"""What the buttons of a card make of it: the next request and its source."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import discord

from bot import strength
from bot.backends.base import Request
from bot.backends.entry import Entry, Feature
from bot.errors import REASONS
from bot.jobs.record import Failure, Job, Pictures, SourceRef
from cogs import media
from cogs.desk import SorryError
from cogs.ids import Action, Part

SOURCE_GONE = REASONS[Failure.SOURCE_GONE]


def request_of(job: Job, message: discord.Message) -> Request:
    """What a card asked for; its prompts are read from it where the database has none.

    Raises:
        SorryError: They are nowhere.
    """
    if job.request.prompt:
        return job.request
    prompt = media.prompt(message, Part.PROMPT)
    if prompt is None:
        raise SorryError("This card's prompt is not kept any more. Use /remix with a new one.")
    return replace(job.request, prompt=prompt, negative=media.prompt(message, Part.NEGATIVE))


def changed(request: Request, action: Action, job: Job, entry: Entry | None) -> Request:
    """The request of a button that needs no further word."""
    match action:
        case Action.CLOSER:
            value = strength.closer(request.strength or strength.DEFAULT)
        case Action.BOLDER:
            value = strength.bolder(request.strength or strength.DEFAULT)
        case Action.REROLL:
            return replace(request, seed=None)
        case _:
            return request
    if value is None:
        raise SorryError("It cannot go further in that direction.")
    # The same seed shows what the strength alone does.
    return replace(request, strength=value, seed=_seed(job, entry))


def source_of(message: discord.Message, part: Part, index: int = 0) -> SourceRef:
    """A picture of a card as the next source; the click brought a fresh link to it.

    Raises:
        SorryError: It is not there.
    """
    shown = media.pictures(message, part)
    if index >= len(shown):
        raise SorryError(SOURCE_GONE)
    return SourceRef(
        url=shown[index].url,
        width=shown[index].width,
        height=shown[index].height,
        card_channel_id=message.channel.id,
        card_message_id=message.id,
        card_component=part,
        card_index=index,
    )


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
    for one in (pictures.source, pictures.mask, *pictures.references):
        if one is not None and one.card_message_id is None and _ends(one.url) <= now:
            raise SorryError(SOURCE_GONE)


def _ends(url: str) -> int:
    ends = parse_qs(urlsplit(url).query).get("ex", ["7fffffff"])[0]
    return int(ends, 16) * 1000


def _seed(job: Job, entry: Entry | None) -> int | None:
    if entry is None or not entry.takes(Feature.SEED) or job.outcome is None:
        return None
    return next((r.seed for r in job.outcome.results if r.seed is not None), job.request.seed)
