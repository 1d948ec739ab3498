"""Making ready the pictures that come with a request: from Discord into the spool."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.backends.base import Source
from bot.backends.entry import Entry, Feature, MaskColour
from bot.backends.http import Session
from bot.backends.http_errors import TooLarge
from bot.backends.shapes import is_too_wide
from bot.images import Fault, Normalised, Unreadable
from bot.jobs.context import MASK_NAME, SOURCE_NAME, Context, reference_name
from bot.jobs.links import GoneError, download
from bot.jobs.record import Failure, Job, SourceRef
from storage.spool import FILE_BYTES, SpoolFullError
from storage.states import JobState

INVERTED_NAME = "mask-inverted"
"""The mask as a provider wants it for whom black changes."""


class SourceError(Exception):
    """A picture cannot be used; the job is refunded."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The pictures of a request, in the spool."""

    source: Source | None = None
    mask: Source | None = None
    """As the backend wants it; the one to be shown lies in the spool beside it."""
    references: tuple[Source, ...] = ()
    animated: bool = False
    """Whether the source moved and its first frame was taken."""


async def prepare(context: Context, session: Session, job: Job, entry: Entry) -> Prepared:
    """Read and normalise the pictures of a job; what lies in the spool is not read again.

    Raises:
        SourceError: One is gone, or cannot be used.
    """
    reading = _Reading(context, session, job, entry)
    try:
        if job.state is JobState.QUEUED:
            # For a result, as it comes and as it is kept: nothing is bought that finds no room.
            context.spool.require_room(2 * FILE_BYTES)
        return await reading.all()
    except Unreadable as error:
        raise SourceError(f"{Failure.SOURCE_UNREADABLE}:{error.code}") from error
    except SpoolFullError as error:
        raise SourceError(Failure.SPOOL_FULL) from error


@dataclass(frozen=True)
class _Reading:
    context: Context
    session: Session
    job: Job
    entry: Entry

    async def all(self) -> Prepared:
        source, mask, animated = None, None, False
        if self.job.pictures.source is not None:
            async with self.context.sources:
                found = await self._source(self.job.pictures.source)
                source, animated = self._at(SOURCE_NAME, found), found.animated
                if self.entry.takes(Feature.MASK):
                    mask = await self._mask_to_send()
        references: tuple[Source, ...] = ()
        if self.job.pictures.references:
            async with self.context.references:
                references = await self._references(self.job.pictures.references)
        return Prepared(source=source, mask=mask, references=references, animated=animated)

    @property
    def _limit(self) -> int:
        """Bytes of a file: each is sent to the provider and shown in Discord."""
        return min(self.entry.max_source_bytes, self.job.row.upload_limit)

    # The source, and a mask with it

    async def _source(self, ref: SourceRef) -> Normalised:
        marked = self.entry.takes(Feature.MASK)
        found = await (self._pair(ref) if marked else self._alone(ref))
        if is_too_wide(found.width, found.height):
            raise SourceError(Failure.SOURCE_SHAPE)
        return found

    async def _alone(self, ref: SourceRef) -> Normalised:
        async with self._raw(SOURCE_NAME, ref) as raw, self._staged(SOURCE_NAME) as ready:
            found = await self.context.images.normalise(raw, ready, max_bytes=self._limit)
            await self._keep(SOURCE_NAME, ready, found)
            return found

    async def _pair(self, ref: SourceRef) -> Normalised:
        mask_ref = self.job.pictures.mask
        lies = await self._lies(SOURCE_NAME) and await self._lies(MASK_NAME)
        async with AsyncExitStack() as stack:
            # Both or neither: the mask may be in the source, and is gone from the normalised one.
            raw = await stack.enter_async_context(self._raw(SOURCE_NAME, ref, lies=lies))
            raw_mask: Path | None = None
            if lies or mask_ref is not None:
                raw_mask = await stack.enter_async_context(
                    self._raw(MASK_NAME, mask_ref or ref, lies=lies)
                )
            ready = await stack.enter_async_context(self._staged(SOURCE_NAME))
            mask = await stack.enter_async_context(self._staged(MASK_NAME))
            found = await self.context.images.normalise_pair(
                raw, raw_mask, ready, mask, max_bytes=self._limit
            )
            await self._keep(MASK_NAME, mask, found.mask)
            await self._keep(SOURCE_NAME, ready, found.image)
            return found.image

    async def _mask_to_send(self) -> Source:
        white = self.entry.mask_colour is MaskColour.WHITE
        name = MASK_NAME if white else INVERTED_NAME
        kept = self.context.spool.path(self.job.id, MASK_NAME)
        async with self._staged(name) as ready:
            found = await self.context.images.polarise(kept, ready, white_changes=white)
            if not white:
                await self.context.spool.commit(self.job.id, name, ready)
            return self._at(name, found)

    # Style references

    async def _references(self, refs: tuple[SourceRef, ...]) -> tuple[Source, ...]:
        names = [reference_name(number) for number in range(1, len(refs) + 1)]
        limit = min(self.entry.max_reference_bytes, self.job.row.upload_limit)
        async with AsyncExitStack() as stack:
            raws = [
                await stack.enter_async_context(self._raw(name, ref))
                for name, ref in zip(names, refs, strict=True)
            ]
            ready = [
                await stack.enter_async_context(self._staged(name, size=limit)) for name in names
            ]
            found = await self.context.images.normalise_styles(
                list(zip(raws, ready, strict=True)), max_bytes=limit
            )
            for name, staged, one in zip(names, ready, found, strict=True):
                await self._keep(name, staged, one)
        return tuple(self._at(name, one) for name, one in zip(names, found, strict=True))

    # In the spool

    async def _lies(self, name: str) -> bool:
        return await self.context.spool.has(self.job.id, name)

    def _at(self, name: str, found: Normalised) -> Source:
        return Source(
            path=self.context.spool.path(self.job.id, name),
            media_type=found.media_type,
            size=found.size,
            width=found.width,
            height=found.height,
        )

    @asynccontextmanager
    async def _raw(
        self, name: str, ref: SourceRef, *, lies: bool | None = None
    ) -> AsyncGenerator[Path]:
        """A picture as it came, or as it was normalised before a restart."""
        if await self._lies(name) if lies is None else lies:
            yield self.context.spool.path(self.job.id, name)
            return
        async with self._staged(f"raw-{name}") as raw:
            try:
                await download(self.context, self.session, ref, raw)
            except GoneError as error:
                raise SourceError(_gone(name)) from error
            except TooLarge as error:
                raise Unreadable(Fault.TOO_LARGE, str(error), fact=_fact(name)) from error
            yield raw

    @asynccontextmanager
    async def _staged(self, name: str, *, size: int = FILE_BYTES) -> AsyncGenerator[Path]:
        staged = self.context.spool.staging(self.job.id, name, size=size)
        try:
            yield staged
        finally:
            self.context.spool.discard(staged)

    async def _keep(self, name: str, staged: Path, found: Normalised) -> None:
        """Put a picture in its place, unless just that one lies there."""
        if found.reencoded or not await self._lies(name):
            await self.context.spool.commit(self.job.id, name, staged)


def _gone(name: str) -> Failure:
    if name == SOURCE_NAME:
        return Failure.SOURCE_GONE
    return Failure.MASK_GONE if name == MASK_NAME else Failure.REFERENCE_GONE


def _fact(name: str) -> str:
    """Which of several pictures it is, as `Unreadable` has it."""
    if name == SOURCE_NAME:
        return ""
    return "mask" if name == MASK_NAME else name.replace("reference-", "style ")
