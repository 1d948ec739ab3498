"""Work that outlives its job: late answers, and jobs that nobody can carry on."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing, suppress

from bot.backends.base import Backend, Finished
from bot.backends.entry import Entry
from bot.backends.errors import Rejected, Unavailable, Unconfirmed
from bot.backends.registry import NotOffered
from bot.jobs import settlement
from bot.jobs.context import Context
from bot.jobs.record import Failure, Job, read
from bot.jobs.settlement import NOTHING, Bill
from bot.logs import job_context
from storage import calls, jobs
from storage.calls import CallRow
from storage.database import Transaction
from storage.job_rows import JobRow
from storage.jobs import LostError
from storage.states import CallOutcome, JobState, Shown

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0
"""One look at one call takes no longer."""


class Late:
    """Looks now and then whether an unconfirmed call was done after all."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._next: dict[str, int] = {}
        self._heard = asyncio.Event()

    def hear(self, job_id: str) -> None:
        """Take it that a webhook told of a call: it is asked for at once."""
        self._next[job_id] = 0
        self._heard.set()

    async def pause(self, seconds: float) -> None:
        """Wait until the next look, or less when a webhook told of a call."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._heard.wait()
        self._heard.clear()

    async def look(self) -> list[str]:
        """Look at what is due; returns the jobs that are running again.

        The gap grows with the age of the job, so that old ones cost little.
        """
        context = self._context
        now = context.clock.now()
        since = now - int(context.tempo.late_within * 1000)
        found = await jobs.unconfirmed_since(context.database, context.process_id, since)
        self._next = {job_id: self._next.get(job_id, 0) for job_id in found}
        revived: list[str] = []
        for job_id in found:
            if self._next[job_id] <= now:
                with job_context(job_id):
                    if await self._look_at(job_id):
                        revived.append(job_id)
        return revived

    async def _look_at(self, job_id: str) -> bool:
        context = self._context
        row = await jobs.get(context.database, job_id)
        call = await calls.latest(context.database, job_id)
        if row is None or call is None or row.owner != context.process_id:
            return False
        now = context.clock.now()
        self._next[job_id] = now + max(int(context.tempo.late_gap * 1000), (now - row.created) // 8)
        # Accepted: an owner that was given up for dead has added the ticket since.
        hopeful = call.outcome in (CallOutcome.UNKNOWN, CallOutcome.ACCEPTED)
        if not hopeful or row.shown is Shown.NO:
            return False  # What is just being shown may not change under its card.
        return await self._ask(read(row), call)

    async def _ask(self, job: Job, call: CallRow) -> bool:
        registry, operation = self._context.registry, job.request.operation
        age = (self._context.clock.now() - (call.accepted or call.intended)) / 1000
        try:
            async with (
                asyncio.timeout(LOOK_SECONDS),
                registry.open(call.backend, operation) as backend,
            ):
                ticket = call.ticket
                can_ask = registry.entry(call.backend, operation).deduplicates or call.hint
                if ticket is None and can_ask:
                    count = job.request.count
                    ticket = await backend.find(call.key, count=count, hint=call.hint)
                return ticket is not None and await self._watch(backend, job, ticket, age)
        except Rejected as error:
            await self._failed(call, error)
        except (TimeoutError, Unavailable, Unconfirmed, NotOffered):
            log.info("late.nothing")
        return False

    async def _watch(self, backend: Backend, job: Job, ticket: str, age: float) -> bool:
        async with aclosing(backend.watch(ticket, age=age)) as reports:
            async for progress in reports:
                if isinstance(progress, Finished):
                    return await self._revive(job, ticket)
        return False

    async def _revive(self, job: Job, ticket: str) -> bool:
        context = self._context
        call = await calls.latest(context.database, job.id)
        if call is None:
            return False
        now = context.clock.now()

        async def work(tx: Transaction) -> JobRow:
            row = await jobs.advance(
                tx, job.id, JobState.RUNNING, fence=job.row.fence, gift=1, shown=Shown.NO
            )
            await calls.accept(tx, call, ticket, now=now)
            return row

        try:
            await context.database.transaction(work)
        except LostError:
            return False
        log.info("late.found")
        return True

    async def _failed(self, call: CallRow, error: Rejected) -> None:
        log.info("late.failed", extra={"reason": error.reason, "detail": error.detail})
        now = self._context.clock.now()

        async def work(tx: Transaction) -> None:
            await calls.end(tx, call, CallOutcome.FAILED, now=now)

        await self._context.database.transaction(work)


async def abandon(context: Context, job: Job, *, reason: Failure = Failure.NOT_OFFERED) -> Job:
    """End a job that cannot be carried on, and give it as it is then.

    Where a call may be open, it is unconfirmed: the budgets keep what may have been bought.
    """
    call = await calls.latest(context.database, job.id)
    is_open = call is not None and call.outcome in (CallOutcome.INTENDED, CallOutcome.ACCEPTED)
    bill = NOTHING
    if call is not None and is_open:
        asked = settlement.price_at(job, _entry(context, job, call))
        bill = Bill(credits=0, spent_credits=asked.credits, spent_micros=asked.micros)
    now = context.clock.now()

    async def work(tx: Transaction) -> JobRow:
        return await settlement.close(
            tx,
            job,
            JobState.UNCONFIRMED if is_open else JobState.FAILED,
            bill,
            call=call if is_open else None,
            outcome=CallOutcome.UNKNOWN,
            now=now,
            reason=Failure.UNCONFIRMED if is_open else reason,
        )

    ended = read(await context.database.transaction(work))
    log.warning("job.abandoned", extra={"reason": ended.row.reason, "to": ended.state.value})
    return ended


def _entry(context: Context, job: Job, call: CallRow) -> Entry | None:
    try:
        return context.registry.entry(call.backend, job.request.operation)
    except NotOffered:
        return None
