"""Jobs of a few members, reserved and closed at once by several processes: the books stay right."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from bot.jobs.record import Job
from bot.jobs.reservation import DeniedError
from bot.jobs.settlement import NOTHING, Bill
from bot.quotas import Limits, Price
from storage.database import integer
from storage.jobs import LostError
from storage.states import JobState
from tests.jobs.checks import check_accounts
from tests.ledger.books import Books, new_job
from tests.storage.engines import Engine

NOW = 1_801_353_600_000
MEMBERS = [(1, 10), (1, 11), (2, 10)]
ALLOWANCE, SPEND, JOBS = 40, 1_500_000, 60
LIMITS = Limits(
    default_credits=ALLOWANCE,
    server_monthly_credits=70,
    daily_spend_micros=SPEND,
    allowed_servers=frozenset(),
)


async def close(books: Books, job: Job, state: JobState, bill: Bill) -> bool:
    """Close a job; False where someone was first."""
    try:
        await books.close(job, state, bill, now=NOW)
    except LostError:
        return False
    return True


async def live(number: int, processes: list[Books], chance: random.Random) -> bool:
    """Reserve a job, and carry it to its end, which two processes see at once."""
    own, other = chance.sample(processes, 2)
    credits_ = chance.randint(1, 4)
    price = Price(credits_each=credits_, micros_each=credits_ * 10_000, count=chance.randint(1, 2))
    job_id = f"{number:016x}"
    order = new_job(job_id, number, chance.choice(MEMBERS), None, price, NOW)
    try:
        await own.reserve(order, price, LIMITS)
    except DeniedError:
        return False
    if chance.random() < 0.3 or not await own.submit(await own.job(job_id), now=NOW):
        ways = [(JobState.CANCELLED, NOTHING), (JobState.FAILED, NOTHING)]
    else:
        await own.accept(await own.job(job_id), now=NOW)
        paid = Bill(credits=credits_, spent_credits=credits_, spent_micros=credits_ * 10_000)
        ways = [(JobState.SUCCEEDED, paid), (JobState.FAILED, NOTHING)]
    job = await own.job(job_id)
    ends = zip((own, other), ways, strict=True)
    closed = await asyncio.gather(*(close(books, job, *way) for books, way in ends))
    assert sum(closed) == 1
    return True


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_crosses_accounts_equal_their_folds_and_no_limit_is_passed(
    engine: Engine, tmp_path: Path, seed: int
) -> None:
    first = await Books.open(engine, tmp_path)
    shared = engine.name == "postgres"
    others = [await Books.open(engine, tmp_path) if shared else first for _ in range(2)]
    processes = [first, *others]
    chance = random.Random(seed)

    lives = [live(number, processes, random.Random(chance.random())) for number in range(1, JOBS)]
    granted = await asyncio.gather(*lives)

    assert any(granted)
    assert not all(granted), "no limit was reached"
    await check_accounts(first.database)
    await check_places(first)
    for row in await first.rows("SELECT * FROM accounts"):
        assert (row["held"], row["running"]) == (0, 0)
        assert integer(row, "used") <= ALLOWANCE
    for row in await first.rows("SELECT * FROM budgets WHERE scope = 'operator_day'"):
        assert integer(row, "used") <= SPEND
    for books in {id(one.database): one for one in processes}.values():
        await books.database.close()


async def check_places(books: Books) -> None:
    rows = await books.rows("SELECT used FROM slots")
    assert [integer(row, "used") for row in rows] in ([], [0])
