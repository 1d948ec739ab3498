"""Members with a past in the books, and what is done about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar, cast

from bot.backends.base import Request
from bot.jobs import reservation, settlement
from bot.jobs.record import (
    Outcome,
    Pictures,
    Result,
    SourceRef,
    read,
    write_outcome,
    write_pictures,
    write_request,
)
from bot.jobs.settlement import Bill
from bot.moderation import By, Moderation
from bot.people import MovedError, People
from bot.privacy import Privacy
from bot.privacy.erasing import Deletion
from bot.quotas import Limits, Price
from storage import calls, card_reports, drafts, jobs, messages, prompt_rules
from storage.database import Database, Query, Row, Transaction, Value
from storage.drafts import DraftRow
from storage.job_rows import JobRow
from storage.prompt_rules import HitRow
from storage.states import CallOutcome, JobState, Shown
from storage.tables import tables
from tests.storage.engines import Engine
from tests.storage.rows import new_job

T = TypeVar("T")

HERE, THERE = 100, 101
ALICE, BOB, MODERATOR = 200_000_000_000_000_001, 200_000_000_000_000_002, 900
START = 1_801_440_000_000
DAY = 86_400_000
LINK = "https://cdn.discordapp.com/attachments/1/2/photo.jpg?ex=1&is=2&hm=3"
PRICE = Price(credits_each=4, micros_each=40_000, count=1)
LIMITS = Limits(
    default_credits=100,
    server_monthly_credits=None,
    daily_spend_micros=None,
    allowed_servers=frozenset(),
)


@dataclass
class Clock:
    """A clock that a test moves."""

    at: int = START

    def now(self) -> int:
        return self.at


class KilledError(BaseException):
    """The process is gone."""


class Mortal:
    """A database whose process is killed before one of its transactions."""

    def __init__(self, database: Database, *, transactions: int) -> None:
        self.exclusive = database.exclusive
        self._database = database
        self._left = transactions

    async def transaction(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        if not self._left:
            raise KilledError
        self._left -= 1
        return await self._database.transaction(work)

    async def read(self, sql: str, *values: Value) -> list[Row]:
        return await self._database.read(sql, *values)


class Channels:
    """Discord as far as messages can be deleted in it."""

    def __init__(self) -> None:
        self.deleted: list[int] = []
        self.closed: set[int] = set()
        """Channels that the bot has no access to."""
        self.out_of_order = False

    async def delete(self, channel_id: int, message_id: int) -> Deletion:
        if self.out_of_order:
            return Deletion.LATER
        if channel_id in self.closed:
            return Deletion.IMPOSSIBLE
        self.deleted.append(message_id)
        return Deletion.DELETED


class Lives:
    """One database with members in it."""

    def __init__(self, database: Database, people: People) -> None:
        self.database = database
        self.people = people
        self.clock = Clock()
        self.channels = Channels()
        self.privacy = self.privacy_of(database)
        self.moderation = Moderation(database=database, clock=self.clock, people=people)
        self._numbers = iter(range(1, 1_000_000))

    @classmethod
    async def open(cls, engine: Engine, folder: Path) -> Lives:
        database = await engine.open(folder)
        # No other process is at it, so nothing that one may still be writing is waited for.
        database.exclusive = True
        return cls(database, await People.open(database))

    def privacy_of(self, database: Database | Mortal) -> Privacy:
        return Privacy(
            database=cast("Database", database),  # A mortal one is never closed.
            clock=self.clock,
            people=self.people,
            keep_days=30,
            link=None,
        )

    def by(self, server_id: int = HERE, user_id: int = MODERATOR) -> By:
        return By(
            interaction_id=10_000_000 + next(self._numbers), server_id=server_id, user_id=user_id
        )

    async def do(self, function: Callable[..., Awaitable[T]], *args: object, **named: object) -> T:
        async def work(tx: Transaction) -> T:
            return await function(tx, *args, **named)

        return await self.database.transaction(work)

    # Jobs

    async def order(
        self, user_id: int = ALICE, server_id: int = HERE, *, author_id: int | None = None
    ) -> JobRow:
        """Reserve a remix."""
        number = next(self._numbers)
        source = SourceRef(url=LINK, width=9, height=9, author_id=author_id)
        job = new_job(
            id=f"{number:016x}",
            interaction_id=number,
            user_id=user_id,
            account_id=user_id,
            server_id=server_id,
            request=write_request(
                Request(backend="fal-v3", prompt=f"a harbour of {user_id}", negative="no boats")
            ),
            source=write_pictures(Pictures(source=source)),
            credits_each=PRICE.credits_each,
            micros_each=PRICE.micros_each,
            reserved=PRICE.credits,
            created=self.clock.now(),
        )

        async def work(tx: Transaction) -> JobRow:
            return await reservation.reserve(tx, job, PRICE, LIMITS, people=self.people)

        try:
            return await self.database.transaction(work)
        except MovedError as moved:
            job = replace(job, account_id=moved.alias)
            return await self.database.transaction(work)

    async def submit(self, row: JobRow) -> JobRow:
        """Let a provider accept it."""

        async def work(tx: Transaction) -> JobRow:
            await jobs.advance(tx, row.id, JobState.SUBMITTING, fence=row.fence)
            call = await calls.intend(
                tx,
                row.id,
                backend="fal-v3",
                key=f"key of {row.id}",
                secret=f"secret of {row.id}",
                provider="fal",
                slots=0,
                now=self.clock.now(),
            )
            await calls.accept(tx, call, "ticket", now=self.clock.now())
            return await jobs.advance(tx, row.id, JobState.RUNNING, fence=row.fence)

        return await self.database.transaction(work)

    async def close(self, row: JobRow, state: JobState = JobState.SUCCEEDED) -> None:
        """End it, and show that on a card with a further message."""
        result = Result(
            name="result-1.png",
            media_type="image/png",
            width=9,
            height=9,
            size=99,
            seed=7,
            prompt="a harbour, rewritten",
        )
        results = write_outcome(Outcome(results=(result,)))
        paid = PRICE.credits if state is JobState.SUCCEEDED else 0
        bill = Bill(credits=paid, spent_credits=paid, spent_micros=0)
        call = await calls.latest(self.database, row.id)
        unknown = state is JobState.UNCONFIRMED

        async def work(tx: Transaction) -> None:
            await settlement.close(
                tx,
                read(row),
                state,
                bill,
                call=call,
                outcome=CallOutcome.UNKNOWN if unknown else CallOutcome.DONE,
                now=self.clock.now(),
                results=None if unknown else results,
                message_id=int(row.id, 16) * 10,
            )
            await messages.add(tx, row.id, 1, int(row.id, 16) * 10 + 1)
            await jobs.mark_shown(tx, row.id, Shown.YES, fence=row.fence)

        await self.database.transaction(work)

    async def made(
        self, user_id: int = ALICE, server_id: int = HERE, *, author_id: int | None = None
    ) -> JobRow:
        """A remix from its beginning to its end."""
        row = await self.order(user_id, server_id, author_id=author_id)
        await self.close(await self.submit(row))
        return await self.job(row.id)

    async def job(self, job_id: str) -> JobRow:
        found = await jobs.get(self.database, job_id)
        assert found is not None
        return found

    # Everything else

    async def live(self, user_id: int = ALICE) -> None:
        """Leave something in every table that knows members."""
        here, there = self.by(HERE), self.by(THERE)
        first = await self.made(user_id, HERE)
        await self.made(user_id, THERE)
        await self.moderation.credits.grant(here, user_id, 30, expires=None, reason=None)
        await self.moderation.suspensions.suspend(there, user_id, until=None, reason="rude")
        await self.note(user_id, first.id)

    async def note(self, user_id: int, reported: str) -> None:
        """Leave what a member leaves by other ways than through their account."""
        now = self.clock.now()
        await self.do(card_reports.add, reported, user_id, now=now)
        hit = HitRow(
            server_id=HERE, user_id=user_id, at=now, rule="boat", action="report", prompt="boats"
        )
        await self.do(prompt_rules.record_hit, hit)
        draft = DraftRow(
            id=f"d{next(self._numbers):015x}",
            user_id=user_id,
            request=write_request(Request(backend="fal-v3", prompt="a draft")),
            source=write_pictures(Pictures(source=SourceRef(url=LINK))),
            parent_id=None,
            created=now,
        )
        await self.do(drafts.insert, draft)

    async def erased(self, user_id: int = ALICE) -> None:
        """Have a member erased, to the last message."""
        await self.privacy.erasing.ask(user_id)
        await self.go_on(self.privacy)

    async def go_on(self, privacy: Privacy) -> None:
        """Take turns until nothing is left to do now."""
        moved = True
        while moved:
            moved = await privacy.erasing.delete_next(self.channels.delete)
            moved = bool(await privacy.erasing.advance()) or moved

    async def rows(self, sql: str, *values: Value) -> list[dict[str, Value]]:
        return [dict(row) for row in await self.database.read(sql, *values)]

    async def everything(self) -> dict[str, list[dict[str, Value]]]:
        """All rows of all tables."""
        return {
            table.name: await self.rows(f"SELECT * FROM {table.name} ORDER BY 1, 2")  # noqa: S608 - our own names
            for table in tables()
        }

    async def mentions(self, word: object) -> Iterator[str]:
        """The tables that hold a word anywhere."""
        return (
            table for table, rows in (await self.everything()).items() if str(word) in str(rows)
        )

    @property
    def query(self) -> Query:
        return self.database.read


def without(rows: Sequence[dict[str, Value]], *names: str) -> list[dict[str, Value]]:
    """Rows without some columns."""
    return [{name: value for name, value in row.items() if name not in names} for row in rows]
