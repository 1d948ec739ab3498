"""A job's pictures, packed into as many messages as they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import discord

from bot.backends.entry import Entry
from bot.jobs.context import MASK_NAME, SOURCE_NAME, reference_name
from bot.jobs.record import Job
from cogs import cards, text

MOST_FILES = 10
MOST_BYTES = 24_000_000
"""Discord takes 25 MiB a request; the rest is for what stands around the files."""
SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


File = tuple[str, Path]
"""Name in the message, and where it lies."""


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What one message shows: part 0 is the card, with what came with the request."""

    part: int
    before: File | None = None
    """The source."""
    mask: File | None = None
    references: tuple[File, ...] = ()
    after: tuple[tuple[int, File], ...] = ()
    """Number, from 1, and file of each result."""

    def files(self) -> list[discord.File]:
        """The files to send, opened now: each can be sent only once."""
        named = [*self.inputs, *(file for _, file in self.after)]
        return [discord.File(path, filename=name) for name, path in named]

    @property
    def inputs(self) -> list[File]:
        """What came with the request."""
        return [file for file in (self.before, self.mask, *self.references) if file is not None]


def pack(job: Job, files: Mapping[str, Path]) -> list[Parcel]:
    """Pack a job's pictures: at most 10 files and 24 MB a message, the inputs with the first.

    Inputs come to less than 24 MB: a source and four references to 10 MB each, and a mask of
    two colours.
    """
    results = job.outcome.results if job.outcome else ()
    left = [
        (number, (f"after-{number}.{SUFFIXES[result.media_type]}", files[result.name]))
        for number, result in enumerate(results, 1)
        if result.name in files
    ]
    first = _inputs(job, files)
    packed = [replace(first, after=_fitting(left, first.inputs))]
    left = left[len(packed[0].after) :]
    while left:
        packed.append(Parcel(part=len(packed), after=_fitting(left, [])))
        left = left[len(packed[-1].after) :]
    return packed


def card(
    job: Job,
    entry: Entry | None,
    parcel: Parcel,
    links: Sequence[str],
    *,
    reports: bool = False,
) -> cards.Card:
    """The layout that shows a parcel; on the card itself Report, where reports are taken."""
    after = [(number, _address(file)) for number, file in parcel.after]
    if parcel.part:
        return cards.further(job, parcel.part, after)
    on_card = cards.OnCard(
        before=None if parcel.before is None else _address(parcel.before),
        mask=None if parcel.mask is None else _address(parcel.mask),
        references=[_address(file) for file in parcel.references],
        after=after,
    )
    return cards.done(job, entry, on_card, links, reports=reports)


def link(job: Job, message_id: int) -> str:
    """The address of a message in the job's channel."""
    return text.message_link(job.row.server_id, job.row.channel_id, message_id)


def _inputs(job: Job, files: Mapping[str, Path]) -> Parcel:
    outcome = job.outcome
    if outcome is None:
        return Parcel(part=0)
    before, mask = None, None
    if outcome.source_type is not None and SOURCE_NAME in files:
        before = (f"before.{SUFFIXES[outcome.source_type]}", files[SOURCE_NAME])
    if outcome.masked and MASK_NAME in files:
        mask = ("mask.png", files[MASK_NAME])
    references = tuple(
        (f"style-{number}.{SUFFIXES[media_type]}", files[reference_name(number)])
        for number, media_type in enumerate(outcome.reference_types, 1)
        if reference_name(number) in files
    )
    return Parcel(part=0, before=before, mask=mask, references=references)


def _fitting(
    left: Sequence[tuple[int, File]], inputs: Sequence[File]
) -> tuple[tuple[int, File], ...]:
    """Those of the pictures that go into the next message; at least one, if nothing else does."""
    size = sum(path.stat().st_size for _, path in inputs)
    count = 0
    for _, (_, path) in left[: MOST_FILES - len(inputs)]:
        size += path.stat().st_size
        if size > MOST_BYTES and (count or inputs):
            break
        count += 1
    return tuple(left[:count])


def _address(file: File) -> str:
    return f"attachment://{file[0]}"
