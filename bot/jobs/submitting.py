"""The submitting step: the one paid call, and what becomes of an answer that was lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TypeVar

from bot.backends.base import Call
from bot.backends.errors import Reason, Rejected, Unavailable, Unconfirmed
from bot.jobs import elsewhere
from bot.jobs.failing import fail, note
from bot.jobs.presenter import WaitingForRoom
from bot.jobs.record import read
from bot.jobs.restored import is_of_the_past
from bot.jobs.run import Run
from bot.jobs.source import SourceError
from storage import calls, jobs
from storage.calls import CallRow
from storage.database import StorageError, Transaction
from storage.job_rows import JobRow
from storage.jobs import LostError
from storage.states import CallOutcome, JobState

T = TypeVar("T")

log = logging.getLogger(__name__)

CERTAIN = frozenset({Reason.POLICY, Reason.BAD_REQUEST, Reason.BAD_IMAGE})
"""Refusals of the content, which would have met an earlier try of the same call too."""


CORRECTION = 60.0
"""Seconds by which a clock is put right now and then; more is a jump."""


class LapsedError(Exception):
    """A call was not sent: what is left of the process's lease is shorter than it may take."""


async def step(run: Run) -> None:
    """Send the intended call once, or find out what became of it."""
    call, run.fresh_call = run.fresh_call, None
    if call is not None:
        # Only the process that wrote the intent may send under it, and only once.
        await asyncio.shield(run.pay(_send(run, call)))
    if run.job.state is JobState.SUBMITTING:
        await _recover(run)


async def _send(run: Run, call: CallRow) -> None:
    """Send a call for the first time, and write down what became of it.

    The job stays `submitting` only if its answer was lost and may still be heard of.
    """
    try:
        await _store(run, call, await _order(run, call))
    except LapsedError:
        log.warning("call.lease_lapsed", extra={"backend": call.backend})
        await _insist(run, call, partial(run.queue_again, call, wait=0))
    except Rejected as error:
        await note(run, error)
        await _insist(run, call, partial(_give_away_or_fail, run, call, error))
    except Unavailable as error:
        await note(run, error)
        await _insist(run, call, partial(_try_again, run, call, error))
    except Unconfirmed as error:
        await note(run, error)
        if _heard_for(run, call) is None:
            await _insist(run, call, partial(run.give_up, call))


async def _give_away_or_fail(run: Run, call: CallRow, error: Rejected) -> None:
    if not await elsewhere.go(run, call, error):
        await fail(run, call, error)


async def _order(run: Run, call: CallRow) -> str:
    """Send the paid call, and give its ticket.

    Raises:
        LapsedError: It was not sent, because another process may soon take the job over.
    """
    pictures = await run.source()
    order = Call(
        key=call.key,
        request=replace(run.job.request, backend=run.entry.name),
        source=pictures.source,
        mask=pictures.mask,
        references=pictures.references,
        webhook=run.context.webhook(run.entry, call.secret),
    )
    # The process may have been stopped since the intent, for longer than its lease.
    if not run.context.may_pay(run.entry.provider):
        raise LapsedError
    return await run.backend.submit(order)


# A lost answer


def _heard_for(run: Run, call: CallRow) -> float | None:
    """For how many seconds something may yet be heard of a call; None: nothing ever will."""
    tempo = run.context.tempo
    waits: list[float] = []
    if run.entry.deduplicates:
        waits.append(tempo.find_within)
    if run.context.webhook(run.entry, call.secret) is not None:
        margin = run.entry.deadline_seconds + tempo.hear_margin
        # A clock that was put back makes it no younger than new.
        waits.append(margin - max(0.0, _age(run, call)))
    return max(waits, default=None)


def _age(run: Run, call: CallRow) -> float:
    """Seconds since a call's intent; below 0 where the clock was put back."""
    return (run.context.clock.now() - call.intended) / 1000


async def _recover(run: Run) -> None:
    """Wait for word of a call whose answer was lost, for as long as there can be any.

    It is asked for under our id, or once a webhook told of it; and repeated where the provider
    bills it once.
    """
    call = await _latest(run)
    left = _heard_for(run, call) or 0.0
    until = run.context.clock.now() + int(left * 1000)
    # Of both clocks the first ends it, or one that is put back would make it wait for hours.
    ends = asyncio.get_running_loop().time() + left
    attempt = 0
    while run.context.clock.now() < until and asyncio.get_running_loop().time() < ends:
        gap = run.context.tempo.sweep
        if run.entry.deduplicates or call.hint is not None:
            if await asyncio.shield(run.pay(_ask(run, call))):
                return
            gap = run.context.tempo.gap(attempt)
            attempt += 1
        if await run.listen(gap):
            attempt = 0
        call = await _latest(run)
    await run.give_up(call)


async def _ask(run: Run, call: CallRow) -> bool:
    """Ask once for a call, and send it again under our id where that is safe.

    False where nothing could be found out just now.
    """
    try:
        count = run.job.request.count
        ticket = await run.backend.find(call.key, count=count, hint=call.hint)
        if ticket is None and not run.entry.deduplicates:
            return False  # What the webhook told was not true, or is not yet known everywhere.
        if ticket is None and not _may_repeat(run, call):
            await run.give_up(call)
            return True
        if ticket is None:
            # It is paid for like any other, and has no intent of its own to be counted with.
            await run.context.count_alone()
        await _store(run, call, ticket or await _order(run, call))
    except Rejected as error:
        return await _refused(run, call, error)
    except SourceError:
        await run.give_up(call)
    except (Unavailable, Unconfirmed) as error:
        log.info("call.asked", extra={"reason": error.reason, "detail": error.detail})
        return False
    except LapsedError:
        return False
    return True


def _may_repeat(run: Run, call: CallRow) -> bool:
    """Whether a call that its provider does not know may be sent again under our id."""
    # Where the clock was put back nobody knows how old it is.
    young = -CORRECTION <= _age(run, call) <= run.context.tempo.repeat_within
    return young and not is_of_the_past(run.context, run.job)


async def _refused(run: Run, call: CallRow, error: Rejected) -> bool:
    await note(run, error)
    if error.reason in CERTAIN:
        await fail(run, call, error)
        return True
    # A key that was revoked meanwhile says nothing of what was sent before.
    if not run.entry.deduplicates:
        return False
    await run.give_up(call)
    return True


async def _store(run: Run, call: CallRow, ticket: str) -> None:
    """Store a ticket, whatever it takes: it may be all that is left of a payment."""
    now = run.context.clock.now()

    async def work(tx: Transaction) -> JobRow | None:
        row = None
        # The ticket is added in any case; where the job was lost, its new owner goes on.
        with suppress(LostError):
            row = await jobs.advance(
                tx, run.job.id, JobState.RUNNING, fence=run.job.row.fence, due=0
            )
        await calls.accept(tx, call, ticket, now=now)
        return row

    database = run.context.database
    work_id = run.backend.work_id(ticket)
    store = partial(database.transaction, work, must_run=True)
    row = await _insist(run, call, store, work_id=work_id)
    if row is None:
        raise LostError(f"job {run.job.id} was taken over")
    log.info("call.accepted", extra={"backend": call.backend, "seconds": round(run.seconds(), 3)})
    run.job = read(row)


async def _insist(
    run: Run, call: CallRow, store: Callable[[], Awaitable[T]], *, work_id: str | None = None
) -> T:
    """Store what became of a paid call, trying until it is stored; nothing new is taken meanwhile.

    Args:
        run: The job.
        call: Its call.
        store: Does it; may be done again after an error.
        work_id: The provider's own id of the work, for the operator if the process ends first.

    Raises:
        LostError: Another process has the job.
    """
    attempt = 0
    try:
        while True:
            try:
                return await store()
            except LostError:
                raise
            except Exception as error:  # Of ours too: it is paid for.
                run.context.unstored.add(run.job.id)
                about = {"call": call.key, "work": work_id, "backend": call.backend}
                fault = None if isinstance(error, StorageError) else error
                log.error("call.not_stored", extra={**about, "reason": str(error)}, exc_info=fault)  # noqa: TRY400 - a StorageError is said whole
            await asyncio.sleep(min(run.context.tempo.sweep, run.context.tempo.gap(attempt)))
            attempt += 1
    finally:
        run.context.unstored.discard(run.job.id)


# A call that was not accepted


async def take_back(run: Run) -> None:
    """Queue the job again if its call was intended and, since the bot stops, never sent."""
    call, run.fresh_call = run.fresh_call, None
    if call is not None:
        await run.queue_again(call, wait=0)


async def _try_again(run: Run, call: CallRow, error: Unavailable) -> None:
    """Queue the job again: here a few times, then at another backend that can do the same."""
    if await _is_worth_waiting(run, error) or not await elsewhere.go(run, call, error):
        # The longer it has waited already, the longer it can wait once more.
        await run.queue_again(call, wait=max(error.retry_in, min(60.0, run.seconds() / 4)))
        run.news.hear(WaitingForRoom())


async def _is_worth_waiting(run: Run, error: Unavailable) -> bool:
    tempo = run.context.tempo
    made = await calls.of_job(run.context.database, run.job.id)
    refused = [call for call in made if call.outcome is CallOutcome.NOT_ACCEPTED]
    here = sum(call.backend == run.entry.name for call in refused)
    return here < tempo.retries_here and error.retry_in <= tempo.retry_here_within


async def _latest(run: Run) -> CallRow:
    call = await calls.latest(run.context.database, run.job.id)
    if call is None:
        raise RuntimeError("a submitting job has no call")
    return call
