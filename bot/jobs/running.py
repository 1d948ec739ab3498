"""The running step: follow accepted work, read its pictures, settle."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing, suppress

from bot.backends.base import (
    Finished,
    Output,
    Reason,
    Rejected,
    Unconfirmed,
)
from bot.backends.shapes import shape
from bot.jobs import results
from bot.jobs.money import NOTHING, Bill
from bot.jobs.presenter import NotStopped
from bot.jobs.record import Failure, Outcome, Result, write_outcome
from bot.jobs.run import Run
from bot.jobs.source import SourceError
from bot.jobs.submitting import log_rejection
from bot.quotas import micros
from storage import calls
from storage.calls import CallRow
from storage.states import CallOutcome, JobState

log = logging.getLogger(__name__)

LAST_LOOK = 60.0
"""Work is followed so long at least, however late it was taken up again."""
CROP_TOLERANCE = 0.01


async def step(run: Run) -> None:
    """Bring accepted work to its end."""
    call = await calls.latest(run.context.database, run.job.id)
    if call is None or call.ticket is None:
        raise RuntimeError("a running job has no ticket")
    try:
        finished = await _follow(run, call, call.ticket)
    except Rejected as error:
        await _failed(run, call, error)
    except Unconfirmed as error:
        log.warning("call.lost", extra={"reason": error.reason, "detail": error.detail})
        await run.give_up(call)
    else:
        if finished is not None:
            await _finish(run, call, finished)


async def _failed(run: Run, call: CallRow, error: Rejected) -> None:
    log_rejection(run, error)
    bill = run.unpaid_bill() if error.billed else NOTHING
    # Work that was asked to stop may end in a failure a moment later.
    stopped = run.job.row.cancel and not error.billed
    await run.end(
        JobState.CANCELLED if stopped else JobState.FAILED,
        Failure.CANCELLED if stopped else error.reason,
        call=call,
        bill=bill,
        cost_micros=bill.spent_micros,
    )


async def _follow(run: Run, call: CallRow, ticket: str) -> Finished | None:
    """Follow until the work is finished; None where the job was ended instead."""
    age = (run.context.clock.now() - (call.accepted or call.intended)) / 1000
    watching = asyncio.create_task(_watch(run, ticket, age))
    deadline = asyncio.get_running_loop().time() + max(LAST_LOOK, run.entry.deadline_seconds - age)
    try:
        while not watching.done():
            if await _wait(run, watching, deadline):
                continue
            stopped = run.entry.cancels and await run.backend.cancel(ticket)
            if stopped:
                await _stopped(run, call)
                return None
            if not run.wake.is_set() and not watching.done():
                await run.give_up(call)
                return None
            # The provider would not stop: the result will be shown and charged.
            run.wake.clear()
            run.news.hear(NotStopped())
            await run.reload()
        return await watching
    finally:
        watching.cancel()
        await asyncio.wait({watching})


async def _watch(run: Run, ticket: str, age: float) -> Finished:
    async with aclosing(run.backend.watch(ticket, age=age)) as reports:
        async for progress in reports:
            if isinstance(progress, Finished):
                return progress
            run.news.hear(progress)
    raise Unconfirmed(Reason.UPSTREAM, "the provider stopped reporting")


async def _wait(run: Run, watching: asyncio.Task[Finished], deadline: float) -> bool:
    """Wait for the result; False when the job was asked to cancel, or its time is up."""
    left = deadline - asyncio.get_running_loop().time()
    waking = asyncio.create_task(run.wake.wait())
    try:
        await asyncio.wait(
            {watching, waking}, timeout=max(0.0, left), return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        waking.cancel()
    return watching.done()


async def _stopped(run: Run, call: CallRow) -> None:
    if run.wake.is_set():
        await run.end(JobState.CANCELLED, Failure.CANCELLED, call=call, cost_micros=0)
    else:
        await run.end(JobState.FAILED, Failure.DEADLINE, call=call, cost_micros=0)


async def _finish(run: Run, call: CallRow, finished: Finished) -> None:
    found = await results.collect(run, finished.outputs)
    spent = _spent(run, finished, len(found))
    if not found:
        withheld = any(not output.safe for output in finished.outputs)
        reason = Reason.UNSAFE_OUTPUT if withheld else Reason.NO_RESULT
        await run.end(
            JobState.FAILED, reason, call=call, bill=spent, cost_micros=spent.spent_micros
        )
        return
    outcome = await _outcome(run, finished.outputs, found)
    await run.end(
        JobState.SUCCEEDED,
        None,
        call=call,
        outcome=CallOutcome.DONE,
        bill=spent,
        cost_micros=spent.spent_micros,
        results=write_outcome(outcome),
    )


def _spent(run: Run, finished: Finished, on_hand: int) -> Bill:
    row = run.job.row
    made = len(finished.outputs)
    cost = row.micros_each * made if finished.cost is None else micros(finished.cost)
    return Bill(
        credits=min(row.reserved, row.credits_each * on_hand),
        spent_credits=min(row.reserved, row.credits_each * made),
        spent_micros=cost,
    )


async def _outcome(run: Run, outputs: Sequence[Output], found: Sequence[Result]) -> Outcome:
    outcome = Outcome(results=tuple(found), withheld=len(outputs) - len(found))
    with suppress(SourceError):
        prepared = await run.source()
        source = prepared.source
        asked = shape(run.entry, run.job.request, (source.width, source.height))
        outcome = Outcome(
            results=outcome.results,
            withheld=outcome.withheld,
            shape="" if asked is None else str(asked),
            cropped=asked is not None and asked.crop(source.width, source.height) > CROP_TOLERANCE,
            animated=prepared.animated,
            source_type=source.media_type,
        )
    return outcome
