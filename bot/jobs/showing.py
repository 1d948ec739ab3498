"""Showing a job's end: a step with its own mark, tried again for a day."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from bot.jobs import settlement
from bot.jobs.context import MASK_NAME, SOURCE_NAME, Context, reference_name
from bot.jobs.presenter import Delivery, Showing
from bot.jobs.record import Job, read
from bot.jobs.restored import is_of_the_past
from storage import jobs, messages
from storage.database import Transaction
from storage.job_rows import JobRow
from storage.jobs import LostError
from storage.states import JobState, Shown

log = logging.getLogger(__name__)

LEAST_TRIES = 20
"""So often this process tries before it is too late, which takes an hour: a clock that jumps may
say at the first try that a day went by."""


async def show(context: Context, job: Job, *, resumed: bool) -> None:
    """Show the end of a job until Discord took it, or it is too late; then clear its spool.

    Args:
        context: The engine's surroundings.
        job: It has ended.
        resumed: Whether it was taken up from storage, so that something may have been sent.
    """
    attempt = 0
    while job.row.shown is Shown.NO:
        delivery = await _try_to_deliver(context, job, again=resumed or attempt > 0)
        try:
            job = await _mark(context, job, delivery, tries=attempt + 1)
        except LostError:
            await context.spool.let_go(job.id)
            return
        if job.row.shown is Shown.NO:
            await asyncio.sleep(context.tempo.gap(attempt))
            attempt += 1
    await context.spool.clear(job.id)
    log.info("job.shown", extra={"shown": job.row.shown.value, "attempts": attempt + 1})


async def _try_to_deliver(context: Context, job: Job, *, again: bool) -> Delivery:
    try:
        return await _deliver(context, job, again=again)
    except Exception:
        # Else a fault of ours would outlast the day after which the member is given back.
        log.exception("show.fault")
        return Delivery.LATER


async def _deliver(context: Context, job: Job, *, again: bool) -> Delivery:
    async def record_part(part: int, message_id: int) -> None:
        async def work(tx: Transaction) -> None:
            await messages.add(tx, job.id, part, message_id)

        await context.database.transaction(work)

    showing = Showing(
        job=job,
        files=await _files(context, job),
        parts=await messages.by_part(context.database, job.id) if again else {},
        record_part=record_part,
        again=again,
        of_the_past=is_of_the_past(context, job),
    )
    return await context.presenter.show(showing)


async def _files(context: Context, job: Job) -> dict[str, Path]:
    if job.state is not JobState.SUCCEEDED or job.outcome is None:
        return {}
    lying = await context.spool.sizes(job.id)
    references = range(1, len(job.pictures.references) + 1)
    wanted = [
        SOURCE_NAME,
        MASK_NAME,
        *(reference_name(number) for number in references),
        *(result.name for result in job.outcome.results),
    ]
    return {name: context.spool.path(job.id, name) for name in wanted if name in lying}


async def _mark(context: Context, job: Job, delivery: Delivery, *, tries: int) -> Job:
    now = context.clock.now()
    a_day_old = now - (job.row.finished or now) > context.tempo.show_within * 1000

    async def work(tx: Transaction) -> JobRow:
        if delivery is Delivery.SHOWN:
            return await jobs.mark_shown(tx, job.id, Shown.YES, fence=job.row.fence)
        if delivery is Delivery.CARD_DELETED:
            return await jobs.mark_shown(tx, job.id, Shown.DELETED, fence=job.row.fence)
        return await settlement.give_back(tx, job, now=now)

    if delivery is Delivery.LATER and not (a_day_old and tries >= LEAST_TRIES):
        return job
    if delivery in {Delivery.LATER, Delivery.NO_WAY} and job.state is JobState.SUCCEEDED:
        # First the card: after a kill in between the next start comes here again.
        await _give_up(context, job)
    return read(await context.database.transaction(work))


async def _give_up(context: Context, job: Job) -> None:
    row = await jobs.get(context.database, job.id)
    if row is None or row.fence != job.row.fence or row.shown is not Shown.NO:
        raise LostError  # Someone else may have shown it meanwhile.
    try:
        await context.presenter.give_up(job)
    except Exception:
        # A fault of ours must not keep the member from what they are given back.
        log.exception("show.fault")
