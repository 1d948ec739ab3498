"""A job's pictures, packed into as many messages as they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import discord

from bot.backends.entry import Entry
from bot.jobs.context import SOURCE_NAME
from bot.jobs.record import Job, Result
from cogs import cards, text

MOST_FILES = 10
MOST_BYTES = 24_000_000
"""Discord takes 25 MiB a request; the rest is for what stands around the files."""
SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What one message shows: part 0 is the card."""

    part: int
    before: tuple[str, Path] | None
    """File name and path of the source."""
    after: tuple[tuple[int, Result, str, Path], ...]
    """Number, result, file name and path of each picture."""

    def files(self) -> list[discord.File]:
        """The files to send, opened now: each can be sent only once."""
        named = [(name, path) for _, _, name, path in self.after]
        if self.before is not None:
            named.insert(0, self.before)
        return [discord.File(path, filename=name) for name, path in named]


def pack(job: Job, files: Mapping[str, Path]) -> list[Parcel]:
    """Pack a job's pictures: at most 10 files and 24 MB a message, the source with the first."""
    before = _source(job, files)
    results = job.outcome.results if job.outcome else ()
    left = [
        (number, result, f"after-{number}.{SUFFIXES[result.media_type]}", files[result.name])
        for number, result in enumerate(results, 1)
        if result.name in files
    ]
    packed: list[Parcel] = []
    while left or not packed:
        first = before if not packed else None
        count = _fitting(left, first)
        packed.append(Parcel(part=len(packed), before=first, after=tuple(left[:count])))
        left = left[count:]
    return packed


def card(job: Job, entry: Entry | None, parcel: Parcel, links: Sequence[str]) -> cards.Card:
    """The layout that shows a parcel."""
    after = [(number, result, f"attachment://{name}") for number, result, name, _ in parcel.after]
    if parcel.part:
        return cards.further(job, parcel.part, after)
    before = None if parcel.before is None else f"attachment://{parcel.before[0]}"
    return cards.done(job, entry, before=before, after=after, further=links)


def link(job: Job, message_id: int) -> str:
    """The address of a message in the job's channel."""
    return text.message_link(job.row.server_id, job.row.channel_id, message_id)


def _source(job: Job, files: Mapping[str, Path]) -> tuple[str, Path] | None:
    if job.outcome is None or job.outcome.source_type is None or SOURCE_NAME not in files:
        return None
    return f"before.{SUFFIXES[job.outcome.source_type]}", files[SOURCE_NAME]


def _fitting(left: Sequence[tuple[int, Result, str, Path]], before: tuple[str, Path] | None) -> int:
    """How many of the pictures go into the next message; at least one."""
    size = before[1].stat().st_size if before else 0
    count = 0
    for _, result, _, _ in left[: MOST_FILES - bool(before)]:
        size += result.size
        if count and size > MOST_BYTES:
            break
        count += 1
    return count
