"""The engine: takes orders, carries jobs on, takes over what others left."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from enum import StrEnum

from bot.backends.registry import NotOffered
from bot.jobs import late, queued, running, submitting
from bot.jobs.context import Context
from bot.jobs.drafts import Draft, keep_draft, read_draft
from bot.jobs.money import DuplicateError
from bot.jobs.news import News
from bot.jobs.presenter import News as Item
from bot.jobs.record import Failure, Job, read
from bot.jobs.run import Run
from bot.jobs.showing import show
from bot.jobs.submit import Order, StoppingError, balance, check, new_id, reserve
from bot.logs import job_context
from bot.quotas import Balance, Price
from storage import drafts, jobs, messages, processes
from storage.database import Transaction
from storage.jobs import JobRow, LostError
from storage.states import UNFINISHED, JobState

log = logging.getLogger(__name__)

MOST_FAULTS = 5
"""After so many unexpected errors a job is given up."""
DRAFT_MS = 24 * 3600 * 1000


class CancelAnswer(StrEnum):
    """What pressing Cancel did."""

    ASKED = "asked"
    """The job's next step honours it."""
    TOO_LATE = "too_late"
    """It was sent, and its provider cannot stop."""
    ENDED = "ended"


def new_process_id() -> str:
    """An id for this process."""
    return secrets.token_hex(8)


class Jobs:
    """All jobs of this process."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._accepting = False
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._wakes: dict[str, asyncio.Event] = {}
        self._cards: dict[str, asyncio.Future[int | None]] = {}
        self._fresh: set[str] = set()
        self._paid: set[asyncio.Task[object]] = set()
        self._showing: set[str] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._late = late.Late(context)

    async def start(self) -> None:
        """Take over what was left, sweep the spool, and begin to work."""
        if self.context.database.exclusive:
            # Whoever wrote here before is gone: its jobs need not wait for its lease.
            await self._forget_others()
        await self._beat()
        mine = await jobs.with_work_left(self.context.database, self.context.process_id)
        await self.context.spool.sweep(set(mine))
        tempo = self.context.tempo
        self._loops = [
            asyncio.create_task(_every(tempo.heartbeat, self._beat), name="heartbeat"),
            asyncio.create_task(_every(tempo.sweep, self._sweep), name="sweep"),
            asyncio.create_task(_every(tempo.late_gap, self._look_late), name="late"),
        ]
        self._accepting = True

    async def carry_on(self) -> None:
        """Start every job that has work left; to be called once Discord can be reached."""
        await self._sweep()

    async def stop(self) -> None:
        """Take no new work, wait for paid calls that cannot be resumed, and end.

        What is left goes on at the next start.
        """
        self._accepting = False
        for loop in self._loops:
            loop.cancel()
        shown = [self._runs[job_id] for job_id in self._showing if job_id in self._runs]
        if shown:
            await asyncio.wait(shown, timeout=self.context.tempo.stop_showing)
        for run in self._runs.values():
            run.cancel()
        while self._paid or self._runs:
            await asyncio.wait({*self._paid, *self._runs.values()})
        await asyncio.gather(*self._loops, return_exceptions=True)

        async def work(tx: Transaction) -> None:
            await processes.forget(tx, self.context.process_id)

        await self.context.database.transaction(work)

    async def submit(self, order: Order) -> Job:
        """Reserve an order's price and begin to read its source.

        The caller now answers the interaction with the card and calls `confirm`, whatever
        happens; nothing is bought before.

        Raises:
            bot.jobs.submit.RefusedError: It is refused, and nothing was written.
            bot.jobs.money.DuplicateError: The same click made a job already.
        """
        if not self._accepting:
            raise StoppingError
        job_id = order.job_id or new_id()
        if job_id in self._cards:
            raise DuplicateError
        # Before the job is written, so that nobody takes it for one without an answer.
        self._cards[job_id] = asyncio.get_running_loop().create_future()
        self._fresh.add(job_id)
        try:
            job = await reserve(self.context, replace(order, job_id=job_id))
        except BaseException:
            # A sweep may have taken the job up already, if it was written after all.
            self._cards.pop(job_id).set_result(None)
            self._fresh.discard(job_id)
            raise
        log.info("job.reserved", extra={"job": job_id, "backend": job.row.backend})
        self._start(job_id)
        return job

    def confirm(self, job_id: str, message_id: int | None) -> None:
        """Say which message the card became; None where its confirmation was lost."""
        card = self._cards.get(job_id)
        if card is not None and not card.done():
            card.set_result(message_id)
        if job_id not in self._runs:
            self._cards.pop(job_id, None)

    async def cancel(self, job_id: str) -> CancelAnswer:
        """Ask a job to stop: refunded before the submit, or once the provider stopped."""
        job = await self.get(job_id)
        if job is None or not job.unfinished:
            return CancelAnswer.ENDED
        states = UNFINISHED if self._can_stop(job) else (JobState.QUEUED,)

        async def work(tx: Transaction) -> JobRow | None:
            return await jobs.request_cancel(tx, job_id, states)

        if await self.context.database.transaction(work) is None:
            job = await self.get(job_id)
            return CancelAnswer.TOO_LATE if job and job.unfinished else CancelAnswer.ENDED
        if job_id in self._wakes:
            self._wakes[job_id].set()
        return CancelAnswer.ASKED

    async def get(self, job_id: str) -> Job | None:
        """The job as it is stored now."""
        row = await jobs.get(self.context.database, job_id)
        return None if row is None else read(row)

    def quote(self, order: Order) -> Price:
        """What an order costs.

        Raises:
            bot.jobs.submit.RefusedError: It is refused for what it asks.
        """
        return check(self.context, order.server_id, order.request, order.pictures)

    async def balance(self, server_id: int, user_id: int) -> Balance:
        """What a member has left in the present period."""
        return await balance(self.context, server_id, user_id)

    async def recent(self, server_id: int, user_id: int, *, limit: int) -> list[Job]:
        """A member's last jobs, newest first."""
        rows = await jobs.recent(self.context.database, server_id, user_id, limit=limit)
        return [read(row) for row in rows]

    async def further_messages(self, job_id: str) -> list[int]:
        """The messages with a job's further pictures."""
        return list((await messages.by_part(self.context.database, job_id)).values())

    async def keep_draft(self, order: Order) -> str:
        """Keep an order until its member starts it; gives the draft's id."""
        return await keep_draft(self.context, order)

    async def draft(self, draft_id: str) -> Draft | None:
        """A draft that was kept; None where it has run out."""
        return await read_draft(self.context, draft_id)

    def _can_stop(self, job: Job) -> bool:
        try:
            return self.context.registry.entry(job.row.backend, job.request.operation).cancels
        except NotOffered:
            return False

    def _start(self, job_id: str) -> None:
        # What is written while the bot stops goes on at the next start.
        if job_id in self._runs or not self._accepting:
            return
        self._wakes[job_id] = asyncio.Event()
        task = asyncio.create_task(self._carry(job_id), name=f"job-{job_id}")
        self._runs[job_id] = task
        task.add_done_callback(lambda _: self._forget(job_id))

    def _forget(self, job_id: str) -> None:
        self._runs.pop(job_id, None)
        self._wakes.pop(job_id, None)
        self._fresh.discard(job_id)
        if job_id in self._cards and self._cards[job_id].done():
            del self._cards[job_id]
        self._showing.discard(job_id)

    async def _carry(self, job_id: str) -> None:
        """Carry one job on; an unexpected error counts an attempt and backs off."""
        with job_context(job_id):
            try:
                await self._carry_to_end(job_id)
            except LostError:
                log.info("job.lost")
            except Exception:
                log.exception("job.fault")
                await self._try_to_count_fault(job_id)

    async def _carry_to_end(self, job_id: str) -> None:
        job = await self.get(job_id)
        if job is None or job.row.owner != self.context.process_id:
            return
        resumed = job_id not in self._fresh
        if job.unfinished:
            job = await self._work(job)
        if not job.unfinished:
            self._showing.add(job_id)
            await show(self.context, job, resumed=resumed)

    async def _work(self, job: Job) -> Job:
        """Bring a job to its end, and give it as it is then."""
        async with AsyncExitStack() as stack:
            try:
                backend = await stack.enter_async_context(
                    self.context.registry.open(job.row.backend, job.request.operation)
                )
            except NotOffered:
                return await late.abandon(self.context, job)
            session = await stack.enter_async_context(self.context.registry.session())
            wake = self._wakes[job.id]
            if job.row.cancel:
                wake.set()
            run = Run(
                context=self.context,
                job=job,
                entry=self.context.registry.entry(job.row.backend, job.request.operation),
                backend=backend,
                session=session,
                news=News(self._teller(job.id), gap=self.context.tempo.news_after),
                wake=wake,
                paid=self._paid,
                card=self._cards.get(job.id),
            )
            stack.push_async_callback(queued.remember_card, run)
            stack.push_async_callback(submitting.take_back, run)
            stack.push_async_callback(run.paid_ended)
            stack.push_async_callback(run.news.close)
            while run.job.unfinished:
                await _step(run)
            return run.job

    def _teller(self, job_id: str) -> Callable[[Item], Awaitable[None]]:
        async def tell(item: Item) -> None:
            job = await self.get(job_id)
            if job is None or not job.unfinished or job.row.message_id is None:
                return
            deleted = not await self.context.presenter.tell(job, item)
            if deleted and job.state is JobState.QUEUED:
                # Before the submit that is a cancel; after it the result is charged.
                await self.cancel(job_id)

        return tell

    async def _try_to_count_fault(self, job_id: str) -> None:
        try:
            await self._count_fault(job_id)
        except LostError:
            log.info("job.lost")
        except Exception:
            log.exception("job.fault_not_counted")

    async def _count_fault(self, job_id: str) -> None:
        job = await self.get(job_id)
        if job is None:
            return
        faults = job.row.attempts + 1
        if faults >= MOST_FAULTS and job.unfinished:
            await late.abandon(self.context, job, reason=Failure.INTERNAL)
            return

        async def work(tx: Transaction) -> JobRow:
            return await jobs.change(tx, job_id, fence=job.row.fence, attempts=faults)

        await self.context.database.transaction(work)
        await asyncio.sleep(self.context.tempo.gap(faults))

    async def _sweep(self) -> None:
        context = self.context
        for job_id in await jobs.with_work_left(context.database, context.process_id):
            self._start(job_id)

    async def _look_late(self) -> None:
        for job_id in await self._late.look():
            self._start(job_id)

    async def _forget_others(self) -> None:
        async def work(tx: Transaction) -> None:
            await processes.forget_others(tx, self.context.process_id)

        await self.context.database.transaction(work)

    async def _beat(self) -> None:
        context = self.context
        now = context.clock.now()
        dead_since = now - int(context.tempo.lease * 1000)
        late_since = now - int(context.tempo.late_within * 1000)

        async def work(tx: Transaction) -> int:
            await processes.beat(tx, context.process_id, now=now)
            await jobs.erase_tokens(tx, now=now)
            await drafts.sweep(tx, older_than=now - DRAFT_MS)
            return await jobs.take_over(
                tx, context.process_id, dead_since=dead_since, late_since=late_since
            )

        taken = await context.database.transaction(work)
        context.last_beat = now
        if taken:
            log.info("jobs.taken_over", extra={"jobs": taken})


async def _step(run: Run) -> None:
    try:
        match run.job.state:
            case JobState.QUEUED:
                await queued.step(run)
            case JobState.SUBMITTING:
                await submitting.step(run)
            case _:
                await running.step(run)
    except LostError:
        if not await run.reload():
            raise


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` again and again; a failure is logged and the next turn tries again."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except Exception:
            log.exception("engine.fault")
