"""Carrying jobs on: one coroutine for each, entered again wherever a job was left."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack

from bot.backends.entry import Entry
from bot.backends.registry import NotOffered
from bot.jobs import late, queued, running, submitting
from bot.jobs.context import Context
from bot.jobs.news import News
from bot.jobs.presenter import News as Item
from bot.jobs.record import Failure, Job, read
from bot.jobs.run import Run
from bot.jobs.showing import show
from bot.logs import job_context
from storage import calls, jobs
from storage.database import StorageError, Transaction
from storage.job_rows import JobRow
from storage.jobs import LostError
from storage.states import JobState

log = logging.getLogger(__name__)

MOST_FAULTS = 5
"""After so many unexpected errors a job is given up."""
DISK_FAULTS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
"""The disk's own: it is full, or cannot be written."""


class Carrier:
    """The jobs of this process that are under way."""

    def __init__(self, context: Context, cancel: Callable[[str], Awaitable[object]]) -> None:
        """Begin with none.

        Args:
            context: The engine's surroundings.
            cancel: Asks a job to stop, since its card was deleted.
        """
        self.runs: dict[str, asyncio.Task[None]] = {}
        self.paid: set[asyncio.Task[object]] = set()
        self._context = context
        self._cancel = cancel
        self._wakes: dict[str, asyncio.Event] = {}
        self._nudges: dict[str, asyncio.Event] = {}
        self._cards: dict[str, asyncio.Future[int | None]] = {}
        self._fresh: set[str] = set()
        self._showing: set[str] = set()

    def expect(self, job_id: str) -> bool:
        """Take it that this process answers with the job's card; False where it does already."""
        if job_id in self._cards:
            return False
        self._cards[job_id] = asyncio.get_running_loop().create_future()
        self._fresh.add(job_id)
        return True

    def expect_no_more(self, job_id: str) -> None:
        """Take it that no card comes, because there is no job."""
        # A sweep may have taken the job up already, if it was written after all.
        self._cards.pop(job_id).set_result(None)
        self._fresh.discard(job_id)

    def confirm(self, job_id: str, message_id: int | None) -> None:
        """Say which message the card became; None where its confirmation was lost."""
        card = self._cards.get(job_id)
        if card is not None and not card.done():
            card.set_result(message_id)
        if job_id not in self.runs:
            self._cards.pop(job_id, None)

    def start(self, job_id: str) -> None:
        """Carry a job on, unless that is being done."""
        if job_id in self.runs:
            return
        self._wakes[job_id] = asyncio.Event()
        self._nudges[job_id] = asyncio.Event()
        task = asyncio.create_task(self._carry(job_id), name=f"job-{job_id}")
        self.runs[job_id] = task
        task.add_done_callback(lambda _: self._forget(job_id))

    def wake(self, job_id: str) -> None:
        """Tell a job that it was asked to cancel."""
        if job_id in self._wakes:
            self._wakes[job_id].set()

    def nudge(self, job_id: str) -> bool:
        """Tell a job that a webhook told of its call; False where it is not under way."""
        if job_id not in self._nudges:
            return False
        self._nudges[job_id].set()
        return True

    async def stop(self) -> None:
        """End all, after the paid calls that cannot be resumed, and what is just being shown."""
        shown = {self.runs[job_id] for job_id in self._showing if job_id in self.runs}
        # First of all, since one that waits for its turn would still buy something meanwhile.
        _cancel_all(set(self.runs.values()) - shown)
        if shown:
            await asyncio.wait(shown, timeout=self._context.tempo.stop_showing)
        # Not the others again: that would cut what they do as they end.
        _cancel_all(shown)
        while self.paid or self.runs:
            await asyncio.wait({*self.paid, *self.runs.values()})

    async def entry(self, job: Job) -> Entry:
        """Give the backend at which a job is, or goes on: the one of its last call, if any.

        Raises:
            NotOffered: It is not offered any more.
        """
        registry, operation = self._context.registry, job.request.operation
        call = await calls.latest(self._context.database, job.id)
        if call is not None and call.backend != job.row.backend:
            try:
                return registry.entry(call.backend, operation)
            except NotOffered:
                if job.state is not JobState.QUEUED:
                    raise
        return registry.entry(job.row.backend, operation)

    def _forget(self, job_id: str) -> None:
        self.runs.pop(job_id, None)
        self._wakes.pop(job_id, None)
        self._nudges.pop(job_id, None)
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
                await self._context.spool.let_go(job_id)
            except Exception as error:
                if _is_of_storage(error):
                    # No fault of the job's: a sweep carries it on, and again until it is mended.
                    log.error("job.not_stored", extra={"reason": str(error)})  # noqa: TRY400 - it is said whole
                    return
                log.exception("job.fault")
                await self._try_to_count_fault(job_id)

    async def _carry_to_end(self, job_id: str) -> None:
        await self._context.gate.admit()
        job = await self._get(job_id)
        if job is None or job.row.owner != self._context.process_id:
            return
        resumed = job_id not in self._fresh
        if job.unfinished:
            job = await self._work(job)
        if not job.unfinished:
            self._showing.add(job_id)
            await self._context.gate.admit()
            await show(self._context, job, resumed=resumed)

    async def _work(self, job: Job) -> Job:
        """Bring a job to its end, and give it as it is then."""
        async with AsyncExitStack() as stack:
            try:
                run = await self._open(job, stack)
            except NotOffered:
                return await late.abandon(self._context, job)
            stack.push_async_callback(queued.remember_card, run)
            stack.push_async_callback(submitting.take_back, run)
            stack.push_async_callback(run.paid_ended)
            stack.push_async_callback(run.news.close)
            while run.job.unfinished:
                await _step(run)
            return run.job

    async def _open(self, job: Job, stack: AsyncExitStack) -> Run:
        context, registry = self._context, self._context.registry
        # One that is queued anew has a time for that; an id can be fresh twice, where a draft's
        # button is pressed again.
        if job.id in self._fresh and job.state is JobState.QUEUED and not job.row.due:
            entry = registry.entry(job.row.backend, job.request.operation)
        else:
            entry = await self.entry(job)
        opened = await stack.enter_async_context(AsyncExitStack())
        wake = self._wakes[job.id]
        if job.row.cancel:
            wake.set()
        return Run(
            context=context,
            job=job,
            entry=entry,
            backend=await opened.enter_async_context(registry.open(entry.name, entry.operation)),
            opened=opened,
            session=await stack.enter_async_context(registry.session()),
            news=News(self._teller(job.id), gap=context.tempo.news_after),
            wake=wake,
            nudge=self._nudges[job.id],
            paid=self.paid,
            card=self._cards.get(job.id),
        )

    def _teller(self, job_id: str) -> Callable[[Item], Awaitable[None]]:
        async def tell(item: Item) -> None:
            job = await self._get(job_id)
            if job is None or not job.unfinished or job.row.message_id is None:
                return
            deleted = not await self._context.presenter.tell(job, item)
            if deleted and job.state is JobState.QUEUED:
                # Before the submit that is a cancel; after it the result is charged.
                await self._cancel(job_id)

        return tell

    async def _try_to_count_fault(self, job_id: str) -> None:
        try:
            await self._count_fault(job_id)
        except LostError:
            log.info("job.lost")
        except Exception:
            log.exception("job.fault_not_counted")

    async def _count_fault(self, job_id: str) -> None:
        job = await self._get(job_id)
        if job is None:
            return
        faults = job.row.attempts + 1
        if faults >= MOST_FAULTS and job.unfinished:
            await late.abandon(self._context, job, reason=Failure.INTERNAL)
            return

        async def work(tx: Transaction) -> JobRow:
            return await jobs.change(tx, job_id, fence=job.row.fence, attempts=faults)

        await self._context.database.transaction(work)
        await asyncio.sleep(self._context.tempo.gap(faults))

    async def _get(self, job_id: str) -> Job | None:
        row = await jobs.get(self._context.database, job_id)
        return None if row is None else read(row)


def _cancel_all(runs: Iterable[asyncio.Task[None]]) -> None:
    for run in runs:
        run.cancel()


def _is_of_storage(error: Exception) -> bool:
    """Whether the database or the disk failed, and not what was done with them."""
    of_disk = isinstance(error, OSError) and error.errno in DISK_FAULTS
    return of_disk or isinstance(error, StorageError)


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
