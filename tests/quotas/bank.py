"""The real books of one server, as hosts whose clocks differ and moderators write in them."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.jobs import reservation
from bot.jobs.settlement import NOTHING, Bill
from bot.jobs.standing import Standing, look
from bot.moderation import By, Moderation
from bot.quotas import Limits, Price
from bot.servers import ServerSettings
from storage.database import Row, Transaction, Value
from storage.job_rows import JobRow
from storage.states import JobState
from tests.ledger.books import PEOPLE, Books, Now, new_job
from tests.storage.engines import Engine

T = TypeVar("T")

SERVER, MEMBER = 1, 10


@dataclass(kw_only=True)
class Bank:
    """One database."""

    books: Books
    limits: Limits
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    async def open(
        cls,
        engine: Engine,
        folder: Path,
        *,
        default: int | None = None,
        month: int | None = None,
        day: int | None = None,
    ) -> Bank:
        """Open one with the operator's limits."""
        limits = Limits(
            default_credits=default,
            server_monthly_credits=month,
            daily_spend_micros=day,
            allowed_servers=frozenset(),
        )
        return cls(books=await Books.open(engine, folder), limits=limits)

    async def close(self) -> None:
        await self.books.discard()

    async def reserve(
        self, credits_: int, *, now: int, roles: Collection[int] = (), member: int = MEMBER
    ) -> JobRow:
        """Reserve a job of that many credits; each is a cent.

        Raises:
            bot.jobs.reservation.DeniedError: A limit forbids it.
        """
        number = next(self._ids)
        price = Price(credits_each=credits_, micros_each=credits_ * 10_000, count=1)
        job = new_job(f"{number:016x}", number, (SERVER, member), None, price, now)

        async def work(tx: Transaction) -> JobRow:
            return await reservation.reserve(
                tx, job, price, self.limits, people=PEOPLE, role_ids=roles
            )

        return await self.books.database.transaction(work)

    async def end(self, job_id: str, *, paid: int | None, now: int) -> None:
        """Settle a job at so many credits; None: refund it."""
        job = await self.books.job(job_id)
        if paid is None:
            await self.books.close(job, JobState.CANCELLED, NOTHING, now=now)
            return
        await self.books.submit(job, now=now)
        await self.books.accept(await self.books.job(job_id), now=now)
        bill = Bill(credits=paid, spent_credits=paid, spent_micros=paid * 10_000)
        await self.books.close(await self.books.job(job_id), JobState.SUCCEEDED, bill, now=now)

    async def moderate(self, what: Callable[[Moderation, By], Awaitable[T]], *, now: int) -> T:
        """Let a moderator change something."""
        moderation = Moderation(database=self.books.database, clock=Now(now), people=PEOPLE)
        return await what(moderation, self.by())

    async def set(self, alter: Callable[[ServerSettings], ServerSettings], *, now: int) -> None:
        """Let a moderator change settings."""
        await self.moderate(
            lambda it, by: it.servers.change(by, alter, say=lambda *_: ("so", "so")), now=now
        )

    def by(self) -> By:
        """A moderator in an interaction of their own."""
        return By(interaction_id=next(self._ids), server_id=SERVER, user_id=99)

    async def look(self, *, now: int, roles: Collection[int] = ()) -> Standing:
        """Look at the member's account."""
        return await look(
            self.books.database.read,
            SERVER,
            MEMBER,
            role_ids=roles,
            limits=self.limits,
            now=now,
        )

    async def rows(self, sql: str, *values: Value) -> list[Row]:
        return await self.books.database.read(sql, *values)
