"""Reading a job's pictures: from the provider, through the picture worker, into the spool."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence

from bot.backends.base import Output
from bot.backends.errors import Rejected, Unavailable
from bot.images import Fault, Normalised, Unreadable
from bot.jobs.record import Result
from bot.jobs.run import Run
from storage.spool import SpoolFullError

log = logging.getLogger(__name__)

MAX_FILE_BYTES = 10 * 1024 * 1024
"""What Discord takes for one file anywhere; a server may take more, but downloads slower."""
AT_ONCE = 3
LONGEST_GAP = 30.0
"""Seconds between two attempts at a picture."""


class Collector:
    """Reads, checks and spools the pictures of one job, each once and as soon as it is there."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._reading: dict[str, asyncio.Task[Normalised | None]] = {}

    def read_ahead(self, outputs: Sequence[Output]) -> None:
        """Begin to read pictures while others are still being made."""
        for output in outputs:
            # Without an id it is told from others by its place, which may change yet.
            if output.image_id is not None and self._is_given(output):
                self._read(_name(0, output), output)

    async def collect(self, outputs: Sequence[Output]) -> list[Result]:
        """Read all pictures that the provider gave; those that fail are left out."""
        named = [(_name(number, output), output) for number, output in enumerate(outputs, 1)]
        given = [(name, output) for name, output in named if self._is_given(output)]
        # What could not be read ahead is tried once more: its link may be another by now.
        tasks = [self._read(name, output) for name, output in given]
        found = await asyncio.gather(*tasks)
        return [
            self._result(name, output, normalised)
            for (name, output), normalised in zip(given, found, strict=True)
            if normalised is not None
        ]

    async def close(self) -> None:
        """Stop reading."""
        for task in self._reading.values():
            task.cancel()
        await asyncio.gather(*self._reading.values(), return_exceptions=True)

    def _is_given(self, output: Output) -> bool:
        # A flagged picture is read only where it may be shown: nothing shows what was never here.
        return output.url is not None and (output.safe or self._run.job.row.shows_flagged)

    def _read(self, name: str, output: Output) -> asyncio.Task[Normalised | None]:
        known = self._reading.get(name)
        if known is not None and (not known.done() or _succeeded(known)):
            return known
        task = asyncio.create_task(self._one(name, output))
        self._reading[name] = task
        return task

    async def _one(self, name: str, output: Output) -> Normalised | None:
        await self._run.context.gate.admit()
        async with self._gate:
            try:
                return await _spool(self._run, name, output)
            except (Rejected, Unavailable, Unreadable) as error:
                log.warning("result.lost", extra={"picture": name, "error": str(error)})
                return None

    def _result(self, name: str, output: Output, found: Normalised) -> Result:
        changed = output.prompt if output.prompt != self._run.job.request.prompt else None
        return Result(
            name=name,
            media_type=found.media_type,
            width=found.width,
            height=found.height,
            size=found.size,
            seed=output.seed,
            prompt=changed,
            style=output.style,
            image_id=output.image_id,
            flagged=not output.safe,
        )


def _succeeded(task: asyncio.Task[Normalised | None]) -> bool:
    return not task.cancelled() and task.exception() is None and task.result() is not None


def _name(number: int, output: Output) -> str:
    """The picture's name in the spool: the same after a restart, in whatever order they come."""
    if output.image_id is None:
        return f"result-{number}"
    return f"result-{hashlib.sha256(output.image_id.encode()).hexdigest()[:16]}"


async def _spool(run: Run, name: str, output: Output) -> Normalised:
    """Read a picture once there is room for it, however long that takes: it is paid for."""
    loop = asyncio.get_running_loop()
    # Jobs that wait for one another's room would wait for ever: in the end the cap gives way.
    cap_until = loop.time() + run.context.tempo.fetch_within
    attempt = 0
    while True:
        try:
            return await _fetch(run, name, output, past_cap=loop.time() > cap_until)
        except SpoolFullError as error:
            log.error("result.no_room", extra={"picture": name, "reason": str(error)})  # noqa: TRY400 - it is said whole
        await asyncio.sleep(min(LONGEST_GAP, run.context.tempo.gap(attempt)))
        attempt += 1


async def _fetch(run: Run, name: str, output: Output, *, past_cap: bool) -> Normalised:
    """Read a picture, trying for a while where its link does not answer."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + run.context.tempo.fetch_within
    attempt = 0
    while True:
        try:
            async with run.context.results:
                return await _read(run, name, output, past_cap=past_cap)
        except (Unavailable, Unreadable) as error:
            # Unread for a fault of ours, it may be sound.
            final = isinstance(error, Unreadable) and error.reason is not Fault.FAILED
            if final or loop.time() > give_up:
                raise
            wait = min(LONGEST_GAP, run.context.tempo.gap(attempt))
            if isinstance(error, Unavailable):
                wait = max(error.retry_in, wait)
        await asyncio.sleep(wait)
        attempt += 1


async def _read(run: Run, name: str, output: Output, *, past_cap: bool) -> Normalised:
    spool = run.context.spool
    limit = min(MAX_FILE_BYTES, run.job.row.upload_limit)
    ready = spool.staging(run.job.id, name, past_cap=past_cap)
    try:
        if await spool.has(run.job.id, name):
            # Read before a restart; its link may be dead by now.
            lying = spool.path(run.job.id, name)
            return await run.context.images.check(lying, ready, max_bytes=limit)
        raw = spool.staging(run.job.id, f"raw-{name}", past_cap=past_cap)
        try:
            await run.backend.fetch(output, raw)
            found = await run.context.images.check(raw, ready, max_bytes=limit)
            await spool.commit(run.job.id, name, ready)
            return found
        finally:
            spool.discard(raw)
    finally:
        spool.discard(ready)
