"""The submitting step: the one paid call, and what becomes of an answer that was lost."""

from __future__ import annotations

import asyncio
import logging

from bot.backends.base import Call, Reason, Rejected, Unavailable, Unconfirmed
from bot.jobs.money import NOTHING
from bot.jobs.presenter import WaitingForRoom
from bot.jobs.record import read
from bot.jobs.run import Run
from bot.jobs.source import SourceError
from storage import calls, jobs, slots
from storage.calls import CallRow
from storage.database import StorageError, Transaction
from storage.jobs import JobRow, LostError
from storage.states import CallOutcome, JobState

log = logging.getLogger(__name__)


CERTAIN = frozenset({Reason.POLICY, Reason.BAD_REQUEST, Reason.BAD_IMAGE})
"""Refusals of the content, which would have met an earlier try of the same call too."""


async def step(run: Run) -> None:
    """Send the intended call once, or find out what became of it."""
    call, run.fresh_call = run.fresh_call, None
    if call is not None:
        # Only the process that wrote the intent may send under it, and only once.
        await asyncio.shield(run.pay(_send(run, call)))
    if run.job.state is JobState.SUBMITTING:
        await _recover(run, call or await _latest(run))


async def _send(run: Run, call: CallRow) -> None:
    """Send a call for the first time, and write down what became of it.

    The job stays `submitting` only if its answer was lost and can be asked for.
    """
    try:
        await _store(run, call, await _order(run, call))
    except Rejected as error:
        await _reject(run, call, error)
    except Unavailable as error:
        await _requeue(run, call, error)
    except Unconfirmed as error:
        log.warning("call.unconfirmed", extra={"reason": error.reason, "detail": error.detail})
        if not run.entry.deduplicates:
            await run.give_up(call)


async def _order(run: Run, call: CallRow) -> str:
    """Send the paid call, and give its ticket."""
    source = (await run.source()).source
    return await run.backend.submit(Call(key=call.key, request=run.job.request, source=source))


async def _recover(run: Run, call: CallRow) -> None:
    """Ask for a call whose answer was lost, and repeat it where the provider bills it once."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + run.context.tempo.find_within
    attempt = 0
    while run.entry.deduplicates and loop.time() < give_up:
        if await asyncio.shield(run.pay(_ask(run, call))):
            return
        await asyncio.sleep(run.context.tempo.gap(attempt))
        attempt += 1
    await run.give_up(call)


async def _ask(run: Run, call: CallRow) -> bool:
    """Ask once for a call by our id, and send it again under it where nobody knows it.

    False where nothing could be found out just now.
    """
    try:
        ticket = await run.backend.find(call.key, count=run.job.request.count)
        if ticket is None and run.seconds() > run.context.tempo.submit_within:
            # Nobody says for how long the provider remembers an id.
            await run.give_up(call)
            return True
        await _store(run, call, ticket or await _order(run, call))
    except Rejected as error:
        # A key that was revoked meanwhile says nothing of what was sent before.
        certain = error.reason in CERTAIN
        await (_reject(run, call, error) if certain else run.give_up(call))
    except SourceError:
        await run.give_up(call)
    except (Unavailable, Unconfirmed) as error:
        log.info("call.asked", extra={"reason": error.reason, "detail": error.detail})
        return False
    return True


async def _reject(run: Run, call: CallRow, error: Rejected) -> None:
    log_rejection(run, error)
    bill = run.unpaid_bill() if error.billed else NOTHING
    await run.end(
        JobState.FAILED,
        error.reason,
        call=call,
        outcome=CallOutcome.FAILED if error.billed else CallOutcome.NOT_ACCEPTED,
        bill=bill,
        cost_micros=bill.spent_micros,
    )


def log_rejection(run: Run, error: Rejected) -> None:
    """Log a refusal; one of the operator's account is an error that they must mend."""
    if error.reason is Reason.ACCOUNT:
        log.error(
            "provider.account",
            extra={"provider": run.entry.provider.value, "detail": error.detail},
        )
    else:
        log.warning("call.rejected", extra={"reason": error.reason, "detail": error.detail})


async def _store(run: Run, call: CallRow, ticket: str) -> None:
    """Store a ticket, whatever it takes: it may be all that is left of a payment."""
    now = run.context.clock.now()

    async def work(tx: Transaction) -> JobRow | None:
        await calls.accept(tx, call, ticket, now=now)
        try:
            return await jobs.advance(
                tx, run.job.id, JobState.RUNNING, fence=run.job.row.fence, due=0
            )
        except LostError:
            return None  # The ticket is added all the same; the job's new owner goes on.

    attempt = 0
    while True:
        try:
            row = await run.context.database.transaction(work, must_run=True)
        except StorageError:
            log.exception("call.ticket_not_stored", extra={"call": call.key})
            await asyncio.sleep(run.context.tempo.gap(attempt))
            attempt += 1
        else:
            break
    if row is None:
        raise LostError(f"job {run.job.id} was taken over")
    log.info("call.accepted", extra={"backend": call.backend, "seconds": round(run.seconds(), 3)})
    run.job = read(row)


async def take_back(run: Run) -> None:
    """Queue the job again if its call was intended and, since the bot stops, never sent."""
    call, run.fresh_call = run.fresh_call, None
    if call is not None:
        await _not_accepted(run, call, wait=0)


async def _requeue(run: Run, call: CallRow, error: Unavailable) -> None:
    log.warning("call.unavailable", extra={"reason": error.reason, "detail": error.detail})
    # The longer it has waited already, the longer it can wait once more.
    await _not_accepted(run, call, wait=max(error.retry_in, min(60.0, run.seconds() / 4)))
    run.news.hear(WaitingForRoom())


async def _not_accepted(run: Run, call: CallRow, *, wait: float) -> None:
    now = run.context.clock.now()

    async def work(tx: Transaction) -> JobRow:
        row = await jobs.advance(
            tx,
            run.job.id,
            JobState.QUEUED,
            fence=run.job.row.fence,
            due=now + int(wait * 1000),
        )
        await calls.end(tx, call, CallOutcome.NOT_ACCEPTED, now=now)
        await slots.give_back(tx, call.provider, call.slots)
        return row

    await run.write(work)
    await run.tell_room(call)


async def _latest(run: Run) -> CallRow:
    call = await calls.latest(run.context.database, run.job.id)
    if call is None:
        raise RuntimeError("a submitting job has no call")
    return call
