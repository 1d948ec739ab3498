"""Reading the source of a job: from Discord, through the picture worker, into the spool."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.backends.base import Source
from bot.backends.entry import Entry
from bot.backends.http import Session
from bot.backends.http_errors import Broken, Dead, Forbidden, TooLarge
from bot.backends.shapes import is_too_wide
from bot.images import Fault, Normalised, Unreadable
from bot.jobs.context import SOURCE_NAME, Context
from bot.jobs.record import Failure, Job
from storage.spool import SpoolFullError

log = logging.getLogger(__name__)

MAX_BYTES = 25_000_000
DEADLINE = 30.0
"""Seconds for one reading of a source."""
ATTEMPTS = 3


class SourceError(Exception):
    """The source cannot be used; the job is refunded."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A source in the spool."""

    source: Source
    animated: bool


async def prepare(context: Context, session: Session, job: Job, entry: Entry) -> Prepared:
    """Read and normalise the source into the spool; what lies there already is not read again.

    Raises:
        SourceError: It is gone, or cannot be used.
    """
    try:
        async with context.sources:
            found = await _normalised(context, session, job, entry)
    except Unreadable as error:
        raise SourceError(f"{Failure.SOURCE_UNREADABLE}:{error.reason}") from error
    except SpoolFullError as error:
        raise SourceError(Failure.SPOOL_FULL) from error
    if is_too_wide(found.width, found.height):
        raise SourceError(Failure.SOURCE_SHAPE)
    source = Source(
        path=context.spool.path(job.id, SOURCE_NAME),
        media_type=found.media_type,
        size=found.size,
        width=found.width,
        height=found.height,
    )
    return Prepared(source=source, animated=found.animated)


async def _normalised(context: Context, session: Session, job: Job, entry: Entry) -> Normalised:
    spool = context.spool
    limit = min(entry.max_source_bytes, job.row.upload_limit)
    ready = spool.staging(job.id, SOURCE_NAME)
    try:
        if await spool.has(job.id, SOURCE_NAME):
            # Read before a restart: a second pass finds out again what it is.
            raw = spool.path(job.id, SOURCE_NAME)
            return await context.images.normalise(raw, ready, max_bytes=limit)
        raw = spool.staging(job.id, "raw")
        try:
            await _download(context, session, job, raw)
            found = await context.images.normalise(raw, ready, max_bytes=limit)
        finally:
            await spool.discard(raw)
        await spool.commit(job.id, SOURCE_NAME, ready)
        return found
    finally:
        await spool.discard(ready)


async def _download(context: Context, session: Session, job: Job, to: Path) -> None:
    ref = job.pictures.source
    if ref is None:
        raise SourceError(Failure.SOURCE_GONE)
    url = ref.url
    for attempt in range(ATTEMPTS):
        try:
            if urlsplit(url).netloc not in context.discord_hosts:
                raise SourceError(Failure.SOURCE_GONE)
            await session.download(url, to, limit=MAX_BYTES, deadline=DEADLINE)
        except TooLarge as error:
            raise SourceError(f"{Failure.SOURCE_UNREADABLE}:{Fault.TOO_LARGE}") from error
        except Forbidden as error:
            raise SourceError(Failure.SOURCE_GONE) from error
        except (Dead, Broken) as error:
            log.info("job.source_retry", extra={"job": job.id, "error": str(error)})
            # The link may have expired while the job waited, or before a restart.
            url = await context.presenter.fresh_link(ref) or url
            if attempt + 1 < ATTEMPTS:
                await asyncio.sleep(context.tempo.gap(attempt))
        else:
            return
    raise SourceError(Failure.SOURCE_GONE)
