"""The real books: a database and the transactions of `bot.jobs`, driven one at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from bot.backends.base import Request
from bot.jobs import reservation, settlement
from bot.jobs.record import Job, read, write_request
from bot.jobs.settlement import Bill
from bot.moderation import Moderation, NothingToChangeError
from bot.people import MovedError, People
from bot.privacy.erasing import Erasing
from bot.quotas import Limits, Price, periods
from storage import calls, jobs, slots
from storage.database import Database, Row, StorageError, Transaction
from storage.job_rows import JobRow, NewJob
from storage.states import CallOutcome, JobState, Shown
from tests.storage.engines import Engine

T = TypeVar("T")

PEOPLE = People(b"a key")
PROVIDER = "ideogram"
PLACES = 10


@dataclass(frozen=True, kw_only=True)
class Books:
    """One database, and what it holds."""

    engine: Engine
    folder: Path
    """Its database is meant."""
    database: Database

    @classmethod
    async def open(cls, engine: Engine, folder: Path) -> Books:
        database = await engine.open(folder)
        # One process at a time is at it, so an erasure need not wait for what others may write.
        database.exclusive = True
        return cls(engine=engine, folder=folder, database=database)

    async def discard(self) -> None:
        """Close the database, which nobody wants any more."""
        await self.database.close()
        await self.engine.discard(self.folder)

    async def reserve(self, job: NewJob, price: Price, limits: Limits) -> JobRow:
        async def work(tx: Transaction) -> JobRow:
            return await reservation.reserve(tx, job, price, limits, people=PEOPLE)

        try:
            return await self.database.transaction(work)
        except MovedError as moved:
            job = replace(job, account_id=moved.alias)
            return await self.database.transaction(work)

    async def job(self, job_id: str) -> Job:
        row = await jobs.get(self.database, job_id)
        assert row is not None
        return read(row)

    async def submit(self, job: Job, *, now: int) -> bool:
        """Intend a call; False where there is no room, and nothing was written."""

        async def work(tx: Transaction) -> bool:
            await jobs.advance(tx, job.id, JobState.SUBMITTING, fence=job.row.fence)
            if not await slots.take(tx, PROVIDER, job.request.count, limit=PLACES):
                raise _NoRoomError
            await calls.intend(
                tx,
                job.id,
                backend="ideogram-v2",
                key=f"{job.id}-{now}-{job.row.attempts}",
                secret="secret",
                provider=PROVIDER,
                slots=job.request.count,
                now=now,
            )
            await jobs.change(tx, job.id, fence=job.row.fence, attempts=job.row.attempts + 1)
            return True

        try:
            return await self.database.transaction(work)
        except _NoRoomError:
            return False

    async def accept(self, job: Job, *, now: int, **changes: int | str) -> None:
        """Store a ticket: for the first time, or late."""
        call = await calls.latest(self.database, job.id)
        assert call is not None

        async def work(tx: Transaction) -> None:
            await calls.accept(tx, call, "ticket", now=now)
            await jobs.advance(tx, job.id, JobState.RUNNING, fence=job.row.fence, **changes)

        await self.database.transaction(work)

    async def queue_again(self, job: Job, *, now: int) -> None:
        """Let another call follow one that cost nothing."""
        call = await calls.latest(self.database, job.id)
        assert call is not None

        async def work(tx: Transaction) -> None:
            await jobs.advance(tx, job.id, JobState.QUEUED, fence=job.row.fence)
            await calls.end(tx, call, CallOutcome.NOT_ACCEPTED, now=now, cost_micros=0)
            await slots.give_back(tx, call.provider, call.slots)

        await self.database.transaction(work)

    async def close(self, job: Job, state: JobState, bill: Bill, *, now: int) -> None:
        call = await calls.latest(self.database, job.id)
        if call is not None and call.outcome is CallOutcome.NOT_ACCEPTED:
            call = None  # Queued again: it gave its places back.
        outcome = {
            JobState.SUCCEEDED: CallOutcome.DONE,
            JobState.UNCONFIRMED: CallOutcome.UNKNOWN,
        }.get(state, CallOutcome.FAILED)

        async def work(tx: Transaction) -> JobRow:
            return await settlement.close(
                tx, job, state, bill, call=call, outcome=outcome, now=now, reason="why"
            )

        await self.database.transaction(work)

    async def give_back(self, job: Job, *, now: int) -> None:
        async def work(tx: Transaction) -> JobRow:
            return await settlement.give_back(tx, job, now=now)

        await self.database.transaction(work)

    async def show(self, job: Job) -> None:
        async def work(tx: Transaction) -> JobRow:
            return await jobs.mark_shown(tx, job.id, Shown.YES, fence=job.row.fence)

        await self.database.transaction(work)

    async def crash(self, job: NewJob, price: Price) -> Books:
        """Die with a reservation written and not committed, and come up again."""

        async def work(tx: Transaction) -> None:
            # Where it is refused, what was written before that was found is lost.
            with suppress(reservation.DeniedError, MovedError):
                await reservation.reserve(tx, job, price, _NO_LIMITS, people=PEOPLE)
            self.engine.die(self.database)

        with suppress(StorageError):
            await self.database.transaction(work)
        await self.engine.bury(self.database)
        return await Books.open(self.engine, self.folder)

    async def moderate(self, what: Callable[[Moderation], Awaitable[T]], *, now: int) -> T | None:
        """Let a moderator change something; None where there was nothing to change."""
        moderation = Moderation(database=self.database, clock=Now(now), people=PEOPLE)
        try:
            return await what(moderation)
        except NothingToChangeError:
            return None

    def erasing(self, *, now: int) -> Erasing:
        """What erases members at a moment."""
        return Erasing(database=self.database, clock=Now(now), people=PEOPLE)

    async def rows(self, sql: str) -> list[Row]:
        return await self.database.read(sql)


@dataclass(frozen=True)
class Now:
    """A clock that stands."""

    at: int

    def now(self) -> int:
        return self.at


class _NoRoomError(Exception):
    pass


_NO_LIMITS = Limits(
    default_credits=None,
    server_monthly_credits=None,
    daily_spend_micros=None,
    allowed_servers=frozenset(),
)


def new_job(
    job_id: str,
    interaction: int,
    member: tuple[int, int],
    pressed: str | None,
    price: Price,
    now: int,
) -> NewJob:
    starts = periods(now)
    request = Request(backend="ideogram-v2", prompt="a prompt", strength=50, count=price.count)
    return NewJob(
        id=job_id,
        interaction_id=interaction,
        server_id=member[0],
        channel_id=1,
        user_id=member[1],
        account_id=member[1],
        owner="this",
        pressed=pressed,
        parent_id=None,
        backend=request.backend,
        request=write_request(request),
        source='{"url": "https://cdn.discordapp.com/source.png"}',
        token="token",
        token_ends=now + 900_000,
        upload_limit=10_000_000,
        credits_each=price.credits_each,
        micros_each=price.micros_each,
        reserved=price.credits,
        period=0,
        month_start=starts.month,
        day_start=starts.day,
        budget_start=0,
        created=now,
    )
