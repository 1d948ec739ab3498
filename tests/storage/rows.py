"""Rows to store, and plain looks at what is stored."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from storage import accounts, jobs
from storage.accounts import Account
from storage.database import Database, Transaction, Value, integer
from storage.job_rows import JobRow, NewJob
from storage.postgres import PostgresDatabase
from storage.sqlite import SqliteDatabase
from storage.states import JobState

T = TypeVar("T")

SERVER, MEMBER, NOW = 100, 200, 1_800_000_000_000
_numbers = itertools.count(1)


async def all_ended(database: Database) -> None:
    """Wait until nothing is under way that was asked for, also by callers who left."""
    assert isinstance(database, SqliteDatabase | PostgresDatabase)
    while tasks := database._under_way():
        await asyncio.wait(tasks)
        await asyncio.sleep(0)  # The next round begins when the last has ended.


def new_job(**changes: Any) -> NewJob:
    """A job with ids of its own."""
    number = next(_numbers)
    job = NewJob(
        id=f"{number:016x}",
        interaction_id=number,
        server_id=SERVER,
        channel_id=300,
        user_id=MEMBER,
        account_id=MEMBER,
        owner="this",
        pressed=None,
        parent_id=None,
        backend="fal-v3",
        request="{}",
        source="{}",
        token="interaction token",
        token_ends=NOW + 900_000,
        upload_limit=10_000_000,
        credits_each=6,
        micros_each=60_000,
        reserved=6,
        period=1,
        month_start=NOW,
        day_start=NOW,
        budget_start=NOW,
        created=NOW,
    )
    return replace(job, **changes)


async def do(
    database: Database, function: Callable[..., Awaitable[T]], *args: object, **options: object
) -> T:
    """Run one function of `storage` as a transaction of its own."""

    async def work(tx: Transaction) -> T:
        return await function(tx, *args, **options)

    return await database.transaction(work)


async def insert(database: Database, **changes: object) -> JobRow:
    """Store a job."""
    row = await do(database, jobs.insert, new_job(**changes))
    assert row is not None
    return row


async def insert_in(database: Database, state: JobState, **changes: object) -> JobRow:
    """Store a job, and put it into a state by force."""
    row = await insert(database, **changes)
    sql = "UPDATE jobs SET state = ?, finished = ? WHERE id = ? RETURNING id"
    await execute(database, sql, state, NOW, row.id)
    return await stored(database, row.id)


async def stored(database: Database, job_id: str) -> JobRow:
    row = await jobs.get(database, job_id)
    assert row is not None
    return row


async def account_at(tx: Transaction, start: int = NOW) -> Account:
    """Lock an account in the period that began then."""
    account = await accounts.lock(tx, SERVER, MEMBER)
    return await accounts.begin(tx, account, period_start=start, now=start)


async def execute(database: Database, sql: str, *values: Value) -> None:
    async def work(tx: Transaction) -> None:
        await tx.run(sql, *values)

    await database.transaction(work)


async def count(database: Database, table: str) -> int:
    rows = await database.read(f"SELECT COUNT(*) AS n FROM {table}")  # noqa: S608 - our own names
    return integer(rows[0], "n")
