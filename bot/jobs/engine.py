"""The engine: takes orders, and looks after the jobs of this process and of dead ones."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from enum import StrEnum

from bot.backends.registry import NotOffered
from bot.jobs import late, restored
from bot.jobs.carrier import Carrier
from bot.jobs.context import Context
from bot.jobs.drafts import Draft, keep_draft, read_draft
from bot.jobs.record import Job, read
from bot.jobs.refusals import NotStoringError, StoppingError
from bot.jobs.reservation import DuplicateError
from bot.jobs.submit import Order, balance, check, new_id, reserve
from bot.quotas import Balance, Price
from storage import calls, drafts, jobs, messages, moves, processes, waiting
from storage.database import StorageError, Transaction
from storage.job_rows import JobRow
from storage.states import UNFINISHED, JobState

log = logging.getLogger(__name__)

DRAFT_MS = 24 * 3600 * 1000
DEAD_MS = 24 * 3600 * 1000
"""So long after its lease a process that died is forgotten."""


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
        self._stopping = False
        self._carrier = Carrier(context, self.cancel)
        self._loops: list[asyncio.Task[None]] = []
        self._late = late.Late(context)
        self._heard: dict[str, str] = {}

    async def start(self) -> None:
        """Take over what was left, sweep the spool, and begin to work."""
        if self.context.database.exclusive:
            # Whoever wrote here before is gone: its jobs need not wait for its lease.
            await self._forget_others()
        await restored.heed(self.context)
        await self._beat()
        # A copy that began since the database was opened has not seen this process.
        await moves.require_home(self.context.database, now=self.context.clock.now())
        mine = await jobs.with_work_left(self.context.database, self.context.process_id)
        await self.context.spool.sweep(set(mine))
        # A stop that came meanwhile found nothing to end.
        if not self._stopping:
            self._begin()

    def _begin(self) -> None:
        tempo = self.context.tempo
        self._loops = [
            asyncio.create_task(_every(tempo.heartbeat, self._beat), name="heartbeat"),
            asyncio.create_task(_every(tempo.sweep, self._sweep), name="sweep"),
            asyncio.create_task(
                _every(tempo.late_gap, self._look_late, pause=self._late.pause), name="late"
            ),
        ]
        if self.context.public_url is not None:
            listening = _every(tempo.hints, self._look_for_hints)
            self._loops.append(asyncio.create_task(listening, name="hints"))
        self._accepting = True

    async def carry_on(self) -> None:
        """Start every job that has work left; to be called once Discord can be reached."""
        await self._sweep()

    async def stop(self) -> None:
        """Take no new work, wait for paid calls that cannot be resumed, and end.

        What is left goes on at the next start.
        """
        self._stopping = True
        self._accepting = False
        for loop in self._loops:
            loop.cancel()
        await self._carrier.stop()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await self._leave()

    async def submit(self, order: Order) -> Job:
        """Reserve an order's price and begin to read its pictures.

        The caller now answers the interaction with the card and calls `confirm`, whatever
        happens; nothing is bought before.

        Raises:
            bot.jobs.refusals.RefusedError: It is refused, and nothing was written.
            bot.jobs.reservation.DuplicateError: The same click made a job already.
        """
        if not self._accepting:
            raise StoppingError
        if self.context.unstored:
            raise NotStoringError
        job_id = order.job_id or new_id()
        # Before the job is written, so that nobody takes it for one without an answer.
        if not self._carrier.expect(job_id):
            raise DuplicateError
        try:
            job = await reserve(self.context, replace(order, job_id=job_id))
        except BaseException:
            self._carrier.expect_no_more(job_id)
            raise
        log.info("job.reserved", extra={"job": job_id, "backend": job.row.backend})
        self._start(job_id)
        return job

    def confirm(self, job_id: str, message_id: int | None) -> None:
        """Say which message the card became; None where its confirmation was lost."""
        self._carrier.confirm(job_id, message_id)

    async def cancel(self, job_id: str) -> CancelAnswer:
        """Ask a job to stop: refunded before the submit, or once the provider stopped."""
        job = await self.get(job_id)
        if job is None or not job.unfinished:
            return CancelAnswer.ENDED
        states = UNFINISHED if await self._can_stop(job) else (JobState.QUEUED,)

        async def work(tx: Transaction) -> JobRow | None:
            return await jobs.request_cancel(tx, job_id, states)

        if await self.context.database.transaction(work) is None:
            job = await self.get(job_id)
            return CancelAnswer.TOO_LATE if job and job.unfinished else CancelAnswer.ENDED
        self._carrier.wake(job_id)
        return CancelAnswer.ASKED

    def hear(self, job_id: str) -> None:
        """Take it that a webhook told of a job's call, and its hint is stored."""
        if not self._carrier.nudge(job_id):
            self._late.hear(job_id)

    async def get(self, job_id: str) -> Job | None:
        """The job as it is stored now."""
        row = await jobs.get(self.context.database, job_id)
        return None if row is None else read(row)

    def quote(self, order: Order) -> Price:
        """What an order costs.

        Raises:
            bot.jobs.refusals.RefusedError: It is refused for what it asks.
        """
        return check(self.context, order.server_id, order.request, order.pictures, order.settings)

    async def balance(
        self, server_id: int, user_id: int, role_ids: Collection[int] = ()
    ) -> Balance:
        """What a member has left in the present period."""
        return await balance(self.context, server_id, user_id, role_ids)

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

    async def _can_stop(self, job: Job) -> bool:
        try:
            return (await self._carrier.entry(job)).cancels
        except NotOffered:
            return False

    def _start(self, job_id: str) -> None:
        # What is written while the bot stops goes on at the next start.
        if self._accepting:
            self._carrier.start(job_id)

    async def _sweep(self) -> None:
        context = self.context
        for job_id in await jobs.with_work_left(context.database, context.process_id):
            self._start(job_id)
        # The button may have been pressed in a server of another process.
        # Asked again at each look: the provider may not have heard of it the last time.
        for job_id in await jobs.to_cancel(context.database, context.process_id):
            self._carrier.wake(job_id)

    async def _look_late(self) -> None:
        for job_id in await self._late.look():
            self._start(job_id)

    async def _look_for_hints(self) -> None:
        """Heed what webhooks told other processes of our jobs."""
        context = self.context
        since = context.clock.now() - int(context.tempo.late_within * 1000)
        found = await calls.hinted(context.database, context.process_id, late_since=since)
        for job_id, hint in found.items():
            if self._heard.get(job_id) != hint:
                self.hear(job_id)
        self._heard = found

    async def _forget_others(self) -> None:
        async def work(tx: Transaction) -> None:
            await processes.forget_others(tx, self.context.process_id)

        await self.context.database.transaction(work)

    async def _leave(self) -> None:
        context = self.context

        async def work(tx: Transaction) -> None:
            await processes.forget(tx, context.process_id)

        try:
            await context.database.transaction(work)
            await context.count_alone()
        except StorageError as error:
            # Its lease ends all the same.
            log.warning("process.not_forgotten", extra={"reason": str(error)})

    async def _beat(self) -> None:
        context = self.context
        now = context.clock.now()
        # Processes of several machines measure one another by one clock.
        alive = await context.database.server_time() or now
        dead_since = alive - int(context.tempo.lease * 1000)
        late_since = now - int(context.tempo.late_within * 1000)

        async def work(tx: Transaction) -> tuple[int, int]:
            await processes.beat(tx, context.process_id, now=alive)
            await processes.sweep(tx, older_than=dead_since - DEAD_MS)
            await jobs.erase_tokens(tx, now=now)
            await drafts.sweep(tx, older_than=now - DRAFT_MS)
            await waiting.sweep(tx, now=now)
            taken = await jobs.take_over(
                tx, context.process_id, dead_since=dead_since, late_since=late_since
            )
            return taken, await context.count(tx)

        taken, count = await context.database.transaction(work)
        context.last_beat = now
        context.keep_count(count)
        if taken:
            log.info("jobs.taken_over", extra={"jobs": taken})


async def _every(
    seconds: float,
    work: Callable[[], Awaitable[None]],
    *,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Do `work` again and again; a failure is logged and the next turn tries again."""
    while True:
        await pause(seconds)
        try:
            await work()
        except StorageError as error:
            log.error("engine.not_stored", extra={"reason": str(error)})  # noqa: TRY400 - it is said whole
        except Exception:
            log.exception("engine.fault")
