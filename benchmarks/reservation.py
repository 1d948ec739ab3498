"""What a reservation costs, against the least that any transaction of this kind has to do."""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.figures import Figure, Part
from benchmarks.orders import order
from bot.clock import SystemClock
from bot.jobs.reservation import reserve
from bot.people import People
from bot.quotas import Limits, Price
from storage.database import Transaction
from storage.sqlite import SqliteDatabase

ROUNDS = 300
CROWD = 50
WARM = 20
BARE = (
    "CREATE TABLE bare_accounts (id INTEGER PRIMARY KEY, used INTEGER NOT NULL) STRICT",
    "CREATE TABLE bare_jobs (id INTEGER PRIMARY KEY, request TEXT NOT NULL) STRICT",
    "CREATE TABLE bare_ledger (id INTEGER PRIMARY KEY, job INTEGER NOT NULL) STRICT",
)

Once = Callable[[], Awaitable[object]]


async def reservation(folder: Path) -> Part:
    """Time both in turn, through the same connection, one at a time and many at once."""
    database = await SqliteDatabase.open(folder / "reservation.db")
    try:
        bare, own = await _bare(database), await _own(database)
        await _in_turn(bare, own, WARM, 1)
        alone = await _in_turn(bare, own, ROUNDS, 1)
        many = await _in_turn(bare, own, ROUNDS // CROWD, CROWD)
    finally:
        await database.close()
    part = Part(title="A reservation")
    part.figures = [
        Figure(
            what="a reservation, to a bare transaction",
            found=alone[1] / alone[0],
            target=4,
            unit="",
            ratio=True,
        )
    ]
    part.text.append(
        "A bare one raises a counter and writes two rows, without any check, through the same"
        f" connection: {_us(alone[0])} alone, {_us(many[0])} each of {CROWD} at once. A reservation"
        f" with all its limits: {_us(alone[1])} alone, {_us(many[1])} each of {CROWD} at once."
    )
    return part


def _us(seconds: float) -> str:
    return f"{seconds * 1_000_000:.0f} us"


async def _in_turn(bare: Once, own: Once, rounds: int, together: int) -> tuple[float, float]:
    """The middle of what each took, one after the other: a disk is not the same for long.

    Returns:
        Seconds for a bare transaction, and for one of ours.
    """
    took: list[tuple[float, float]] = [
        (await _timed(bare, together), await _timed(own, together)) for _ in range(rounds)
    ]
    theirs, ours = zip(*took, strict=True)
    return statistics.median(theirs), statistics.median(ours)


async def _timed(once: Once, together: int) -> float:
    begun = time.perf_counter()
    await asyncio.gather(*(once() for _ in range(together)))
    return (time.perf_counter() - begun) / together


async def _bare(database: SqliteDatabase) -> Once:
    async def create(tx: Transaction) -> None:
        for sql in BARE:
            await tx.run(sql)

    async def work(tx: Transaction) -> None:
        await tx.run(
            "INSERT INTO bare_accounts (id, used) VALUES (1, 1)"
            " ON CONFLICT (id) DO UPDATE SET used = used + 1"
        )
        job = secrets.randbits(62)
        await tx.run("INSERT INTO bare_jobs (id, request) VALUES (?, '{}')", job)
        await tx.run("INSERT INTO bare_ledger (job) VALUES (?)", job)

    await database.transaction(create)
    return lambda: database.transaction(work)


async def _own(database: SqliteDatabase) -> Once:
    people = await People.open(database)
    limits = Limits(
        default_credits=1_000_000,
        server_monthly_credits=1_000_000,
        daily_spend_micros=10**12,
        allowed_servers=frozenset(),
        flagged_refunds=3,
    )
    cost = Price(credits_each=4, micros_each=40_000, count=1)

    async def once() -> object:
        job = order(secrets.randbelow(CROWD) + 1, SystemClock().now())

        async def work(tx: Transaction) -> object:
            return await reserve(tx, job, cost, limits, people=people)

        return await database.transaction(work)

    return once
