"""What stands above members is never passed, however many ask at once, and told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.budget import tell_stop
from bot.jobs.reservation import DeniedError
from bot.logbook import POST
from bot.quotas import Denial, periods
from bot.servers import read_server
from storage import budgets
from storage.budgets import Scope
from storage.database import Transaction, integer, text
from tests.quotas.bank import SERVER, Bank
from tests.storage.engines import Engine

NOW = 1_801_353_600_000
"""2027-01-31 00:00 in UTC."""
HOUR, DAY = 3_600_000, 86_400_000
LOG = 77


@pytest.fixture
async def bank(engine: Engine, tmp_path: Path) -> AsyncIterator[Bank]:
    opened = await Bank.open(engine, tmp_path)
    yield opened
    await opened.close()


async def at_once(bank: Bank, costs: Sequence[int], *, now: int = NOW) -> list[DeniedError | str]:
    """Let as many members reserve at the same time; gives the job or what denied it, of each."""

    async def one(member: int, cost: int) -> DeniedError | str:
        try:
            return (await bank.reserve(cost, now=now, member=1000 + member)).id
        except DeniedError as error:
            return error

    return await asyncio.gather(*(one(member, cost) for member, cost in enumerate(costs)))


def denials(found: Sequence[DeniedError | str]) -> set[Denial]:
    return {one.denial for one in found if isinstance(one, DeniedError)}


async def used(bank: Bank, scope: Scope, starts: int) -> int:
    scope_id = 0 if scope is Scope.OPERATOR_DAY else SERVER
    return await budgets.used(bank.books.database.read, scope, scope_id, starts=starts)


async def told(bank: Bank) -> list[str]:
    """What the log channel is told of the budget, in order."""
    rows = await bank.rows("SELECT body FROM log_posts WHERE channel_id = ? ORDER BY created", LOG)
    posts = [POST.validate_json(text(row, "body")) for row in rows]
    return [post.lines[0] for post in posts if not post.lines[0].startswith("By ")]


async def set_budget(bank: Bank, credits_: int | None, *, now: int = NOW) -> None:
    await bank.set(lambda was: replace(was, budget=credits_, log_channel=LOG), now=now)


async def _stop(tx: Transaction, *, error: DeniedError) -> None:
    """Tell the log channel of a refusal."""
    settings_ = (await read_server(tx.run, SERVER)).settings
    await tell_stop(tx, settings_, SERVER, error.budget_start, now=NOW + 1)


async def test_two_hundred_at_once_cannot_pass_the_servers_budget(bank: Bank) -> None:
    await set_budget(bank, 100)

    found = await at_once(bank, [3] * 200)

    assert sum(isinstance(one, str) for one in found) == 33
    assert denials(found) == {Denial.SERVER_BUDGET}
    assert await used(bank, Scope.SERVER_BUDGET, periods(NOW).month) == 99


@pytest.mark.parametrize(
    ("caps", "scope", "denial"),
    [
        ({"month": 100}, Scope.SERVER_MONTH, Denial.SERVER_MONTH),
        ({"day": 1_000_000}, Scope.OPERATOR_DAY, Denial.DAILY_SPEND),
    ],
)
async def test_two_hundred_at_once_cannot_pass_the_operators_caps(
    engine: Engine, tmp_path: Path, caps: dict[str, int], scope: Scope, denial: Denial
) -> None:
    bank = await Bank.open(engine, tmp_path, **caps)
    await set_budget(bank, None)

    found = await at_once(bank, [3] * 200)

    starts = periods(NOW).day if scope is Scope.OPERATOR_DAY else periods(NOW).month
    each = 10_000 if scope is Scope.OPERATOR_DAY else 1
    assert sum(isinstance(one, str) for one in found) == 33
    assert denials(found) == {denial}
    assert await used(bank, scope, starts) == 99 * each
    await bank.close()


@settings(
    max_examples=10,
    # The engine is the same for all examples; each has a database of its own.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    costs=st.lists(st.integers(1, 9), min_size=30, max_size=60),
    budget=st.integers(0, 120),
    month=st.none() | st.integers(0, 120),
)
async def test_no_order_of_prices_passes_any_cap_and_none_is_refused_that_fits(
    engine: Engine,
    tmp_path_factory: pytest.TempPathFactory,
    costs: list[int],
    budget: int,
    month: int | None,
) -> None:
    bank = await Bank.open(engine, tmp_path_factory.mktemp("bank"), month=month)
    await set_budget(bank, budget)

    found = await at_once(bank, costs)

    spent = sum(cost for cost, one in zip(costs, found, strict=True) if isinstance(one, str))
    least = budget if month is None else min(budget, month)
    assert spent <= least
    assert await used(bank, Scope.SERVER_BUDGET, periods(NOW).month) == spent
    for cost, one in zip(costs, found, strict=True):
        assert isinstance(one, str) or spent + cost > least
    accounts = await bank.rows(
        "SELECT CAST(SUM(used) AS BIGINT) AS used, CAST(SUM(running) AS BIGINT) AS running"
        " FROM accounts"
    )
    assert (accounts[0]["used"] or 0) == spent
    await bank.close()


async def test_four_fifths_and_all_of_the_budget_are_told_once_each(bank: Bank) -> None:
    await set_budget(bank, 60)

    await at_once(bank, [3] * 15, now=NOW)
    before = await told(bank)
    await at_once(bank, [3] * 3, now=NOW + 1)
    warned = await told(bank)
    await at_once(bank, [3] * 180, now=NOW + 2)
    stopped = await told(bank)
    await at_once(bank, [3] * 20, now=NOW + 3)

    assert before == []
    assert len(warned) == 1
    assert "**48 of 60 credits**" in warned[0]
    assert len(stopped) == 2
    assert "budget of **60 credits** is used up" in stopped[1]
    assert await told(bank) == stopped


async def test_a_refusal_before_the_last_credit_is_told_once(bank: Bank) -> None:
    await set_budget(bank, 10)
    await at_once(bank, [3] * 3)
    (error,) = await at_once(bank, [3], now=NOW + 1)
    assert isinstance(error, DeniedError)

    for _ in range(3):
        await bank.books.database.transaction(partial(_stop, error=error))

    assert [line[:12] for line in await told(bank)] == ["**9 of 10 cr", "This month's"]


@pytest.mark.parametrize("budget", [0, 2])
async def test_a_budget_that_lets_not_even_the_first_be_made_is_told_once(
    bank: Bank, budget: int
) -> None:
    await set_budget(bank, budget)
    errors = [one for one in await at_once(bank, [3, 3]) if isinstance(one, DeniedError)]

    for error in errors:
        await bank.books.database.transaction(partial(_stop, error=error))

    assert [line[:12] for line in await told(bank)] == ["This month's"]
    assert await used(bank, Scope.SERVER_BUDGET, periods(NOW).month) == 0


async def test_a_changed_budget_is_told_anew(bank: Bank) -> None:
    await set_budget(bank, 30)
    await at_once(bank, [3] * 20)
    assert len(await told(bank)) >= 1

    await set_budget(bank, 60, now=NOW + 1)
    first = len(await told(bank))
    await at_once(bank, [3] * 7, now=NOW + 2)
    second = await told(bank)
    await at_once(bank, [3] * 7, now=NOW + 3)
    third = await told(bank)

    assert [len(second) - first, len(third) - first] == [1, 2]
    assert "of 60 credits**" in second[-1]
    assert "**60 credits** is used up" in third[-1]


async def test_a_refund_makes_room_and_tells_nothing_twice(bank: Bank) -> None:
    await set_budget(bank, 30)
    jobs = [one for one in await at_once(bank, [3] * 10) if isinstance(one, str)]
    posts = await told(bank)

    for job_id in jobs[:5]:
        await bank.end(job_id, paid=None, now=NOW + 1)
    found = await at_once(bank, [3] * 50, now=NOW + 2)

    assert sum(isinstance(one, str) for one in found) == 5
    assert await told(bank) == posts
    assert await used(bank, Scope.SERVER_BUDGET, periods(NOW).month) == 30


async def test_a_new_month_has_a_budget_of_its_own_in_the_servers_zone(bank: Bank) -> None:
    zoned = {"zone": "Asia/Kathmandu"}  # 5:45 ahead of UTC
    await bank.set(
        lambda was: replace(was, budget=9, log_channel=LOG, period=replace(was.period, **zoned)),
        now=NOW,
    )
    evening = NOW + 18 * HOUR  # 23:45 on the 31st there
    morning = evening + HOUR // 2

    first = await at_once(bank, [3] * 5, now=evening)
    second = await at_once(bank, [3] * 5, now=morning)

    assert sum(isinstance(one, str) for one in first) == 3
    assert sum(isinstance(one, str) for one in second) == 3
    rows = await bank.rows(
        "SELECT starts, used FROM budgets WHERE scope = 'server_budget' ORDER BY starts"
    )
    assert [integer(row, "used") for row in rows] == [9, 9]
    # The operator's month, in UTC, has both.
    assert await used(bank, Scope.SERVER_MONTH, periods(NOW).month) == 18
    assert len(await told(bank)) == 2
