"""One job on its way: a coroutine that can be entered again at any stored state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeVar, cast

from bot.backends.base import Backend
from bot.backends.entry import Entry
from bot.backends.http import Session
from bot.jobs import settlement
from bot.jobs.context import Context
from bot.jobs.news import News
from bot.jobs.record import Failure, Job, read
from bot.jobs.settlement import NOTHING, Bill
from bot.jobs.source import Prepared, prepare
from bot.quotas import Price
from storage import calls, jobs, slots
from storage.calls import CallRow
from storage.database import Transaction, Value
from storage.job_rows import JobRow
from storage.states import CallOutcome, JobState

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Run:
    """What the steps of one job share."""

    context: Context
    job: Job
    entry: Entry
    """The backend that is to do it, or does: the one that was asked, or one in its place."""
    backend: Backend
    opened: AsyncExitStack
    """Holds `backend` open."""
    session: Session
    news: News
    wake: asyncio.Event
    """Set when the job was asked to cancel."""
    nudge: asyncio.Event
    """Set when a webhook told of the job's call."""
    paid: set[asyncio.Task[object]]
    """The engine's paid calls that a stop must wait for."""
    card: asyncio.Future[int | None] | None = None
    """Resolved by the process that answered the interaction: the card's message id, or
    None where its confirmation was lost. No future after a restart."""
    fresh_call: CallRow | None = None
    """A call that this process intended and has not sent yet."""
    next: Entry | None = None
    """The backend to which the job goes on, if that is another one."""
    prepared: Prepared | None = None
    paying: asyncio.Task[object] | None = None

    async def source(self) -> Prepared:
        """The normalised pictures of the request, read now if they were not before.

        Raises:
            bot.jobs.source.SourceError: It is gone, or cannot be used.
        """
        if self.prepared is None:
            self.prepared = await prepare(self.context, self.session, self.job, self.entry)
        return self.prepared

    async def turn(self) -> None:
        """Go on with the other backend, if there is one to go to.

        Raises:
            bot.backends.registry.NotOffered: It is not offered any more.
        """
        entry, self.next = self.next, None
        if entry is None:
            return
        await self.opened.aclose()
        self.backend = await self.opened.enter_async_context(
            self.context.registry.open(entry.name, entry.operation)
        )
        self.entry = entry
        # Another backend may want its pictures smaller, or its mask the other way round.
        self.prepared = None

    @property
    def price(self) -> Price:
        """What is paid here."""
        return settlement.price_at(self.job, self.entry)

    async def write(self, work: Callable[[Transaction], Awaitable[JobRow]]) -> None:
        """Run a transaction that changes the job, and go on from what it wrote."""
        previous = self.job.state
        self.job = read(await self.context.database.transaction(work))
        if self.job.state is not previous:
            self._log(previous)

    async def reload(self) -> bool:
        """Read the job again after someone was first; False where it is not ours any more."""
        row = await jobs.get(self.context.database, self.job.id)
        if row is None or row.owner != self.context.process_id:
            return False
        self.job = read(row)
        return True

    async def end(
        self,
        state: JobState,
        reason: str | None,
        *,
        bill: Bill = NOTHING,
        call: CallRow | None = None,
        outcome: CallOutcome = CallOutcome.FAILED,
        cost_micros: int | None = None,
        **changes: Value,
    ) -> None:
        """End the job and close what it reserved.

        Raises:
            LostError: Someone was first.
        """
        now = self.context.clock.now()

        async def work(tx: Transaction) -> JobRow:
            return await settlement.close(
                tx,
                self.job,
                state,
                bill,
                call=call,
                outcome=outcome,
                cost_micros=cost_micros,
                now=now,
                reason=reason,
                **changes,
            )

        await self.write(work)
        await self.tell_room(call)

    async def queue_again(
        self,
        call: CallRow,
        *,
        wait: float,
        outcome: CallOutcome = CallOutcome.NOT_ACCEPTED,
    ) -> None:
        """Queue the job for another call, after one that certainly cost nothing.

        Raises:
            LostError: Someone was first.
        """
        now = self.context.clock.now()
        due = now + int(wait * 1000)

        async def work(tx: Transaction) -> JobRow:
            row = await jobs.advance(
                tx, self.job.id, JobState.QUEUED, fence=self.job.row.fence, due=due
            )
            await calls.end(tx, call, outcome, now=now, cost_micros=0)
            await slots.give_back(tx, call.provider, call.slots)
            return row

        await self.write(work)
        await self.tell_room(call)

    async def give_up(self, call: CallRow) -> None:
        """End the job as unconfirmed: refunded, though it may have been bought.

        Raises:
            LostError: Someone was first.
        """
        await self.end(
            JobState.UNCONFIRMED,
            Failure.UNCONFIRMED,
            call=call,
            outcome=CallOutcome.UNKNOWN,
            bill=self.unpaid_bill(),
        )

    async def tell_room(self, call: CallRow | None) -> None:
        """Wake the jobs that wait for a place at a provider."""
        if call is not None and call.slots:
            self.context.room.tell()

    async def rest(self, seconds: float) -> bool:
        """Wait, or less when the job is woken; True when it was."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self.wake.wait()
        except TimeoutError:
            return False
        return True

    async def listen(self, seconds: float) -> bool:
        """Wait for a webhook to tell of the call; False where none did in that time."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self.nudge.wait()
        except TimeoutError:
            return False
        self.nudge.clear()
        return True

    def pay(self, work: Coroutine[object, object, T]) -> asyncio.Task[T]:
        """Start a paid call as a task that neither cancelling the job nor a stop cuts."""
        task = asyncio.create_task(work, name=f"paid-{self.job.id}")
        self.paying = cast("asyncio.Task[object]", task)
        self.paid.add(self.paying)
        task.add_done_callback(self._paid_done)
        return task

    async def paid_ended(self) -> None:
        """Wait for the paid call that is open, if any: it uses the connections of the job."""
        if self.paying is not None and not self.paying.done():
            await asyncio.wait({self.paying})

    def unpaid_bill(self) -> Bill:
        """The member pays nothing, though the provider may bill all that was asked for."""
        asked = self.price
        return Bill(credits=0, spent_credits=asked.credits, spent_micros=asked.micros)

    def seconds(self) -> float:
        """Seconds since the job's interaction."""
        return (self.context.clock.now() - self.job.row.created) / 1000

    def _paid_done(self, task: asyncio.Task[T]) -> None:
        self.paid.discard(cast("asyncio.Task[object]", task))
        if not task.cancelled():
            task.exception()  # Retrieved: the job reads it where it still waits for it.

    def _log(self, previous: JobState) -> None:
        log.info(
            "job.state",
            extra={
                "backend": self.entry.name,
                "from": previous.value,
                "to": self.job.state.value,
                "seconds": round(self.seconds(), 3),
                "reason": self.job.row.reason,
            },
        )
