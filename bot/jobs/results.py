"""Reading a job's pictures: from the provider, through the picture worker, into the spool."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from bot.backends.base import Output, Rejected, Unavailable
from bot.images import Fault, Normalised, Unreadable
from bot.jobs.record import Result
from bot.jobs.run import Run
from storage.spool import SpoolFullError

log = logging.getLogger(__name__)

MAX_FILE_BYTES = 10 * 1024 * 1024
"""What Discord takes for one file anywhere; a server may take more, but downloads slower."""
AT_ONCE = 3


async def collect(run: Run, outputs: Sequence[Output]) -> list[Result]:
    """Read, check and spool every picture that the provider gave; those that fail are left out."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, output: Output) -> Result | None:
        async with gate:
            return await _one(run, number, output)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(n, output)) for n, output in enumerate(outputs, 1)]
    return [result for task in tasks if (result := task.result()) is not None]


async def _one(run: Run, number: int, output: Output) -> Result | None:
    # A flagged picture is never read: nothing may show what was never here.
    if output.url is None or not output.safe:
        return None
    try:
        name, found = await _spool(run, number, output)
    except (Rejected, Unavailable, Unreadable, SpoolFullError) as error:
        log.warning("result.lost", extra={"picture": number, "error": str(error)})
        return None
    changed = output.prompt if output.prompt != run.job.request.prompt else None
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
    )


async def _spool(run: Run, number: int, output: Output) -> tuple[str, Normalised]:
    loop = asyncio.get_running_loop()
    give_up = loop.time() + run.context.tempo.fetch_within
    attempt = 0
    while True:
        try:
            async with run.context.results:
                return await _read(run, number, output)
        except (Unavailable, SpoolFullError, Unreadable) as error:
            # Unread for a fault of ours, it may be sound.
            final = isinstance(error, Unreadable) and error.reason is not Fault.FAILED
            if final or loop.time() > give_up:
                raise
            wait = min(30.0, run.context.tempo.gap(attempt))
            if isinstance(error, Unavailable):
                wait = max(error.retry_in, wait)
        await asyncio.sleep(wait)
        attempt += 1


async def _read(run: Run, number: int, output: Output) -> tuple[str, Normalised]:
    spool, name = run.context.spool, f"result-{number}"
    limit = min(MAX_FILE_BYTES, run.job.row.upload_limit)
    ready = spool.staging(run.job.id, name)
    try:
        if await spool.has(run.job.id, name):
            # Read before a restart; its link may be dead by now.
            lying = spool.path(run.job.id, name)
            return name, await run.context.images.check(lying, ready, max_bytes=limit)
        raw = spool.staging(run.job.id, f"raw-{number}")
        try:
            await run.backend.fetch(output, raw)
            found = await run.context.images.check(raw, ready, max_bytes=limit)
        finally:
            await spool.discard(raw)
        await spool.commit(run.job.id, name, ready)
        return name, found
    finally:
        await spool.discard(ready)
