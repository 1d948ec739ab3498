"""What moderators read of a member's standing, of caps, and of who spent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.backends.base import Speed
from bot.caps import Cap, Caps, look
from bot.jobs.standing import Standing
from bot.periods import Period
from bot.quotas import Allowance, Limits, periods
from bot.servers import UNSET
from cogs.quota_limits import budget_lines
from cogs.quota_report import ERASED, _names
from cogs.quota_show import standing_lines
from storage import budgets
from storage.accounts import Account
from storage.budgets import Scope
from storage.database import Transaction
from storage.grants import Grant
from storage.suspensions import Suspension
from tests.cogs.panels import the
from tests.storage.template import fresh

NOW = 1_800_000_000_000
DAY = 86_400_000
LIMITS = Limits(
    default_credits=None,
    server_monthly_credits=50,
    daily_spend_micros=1_000_000,
    allowed_servers=frozenset(),
)


def given(number: int, remaining: int = 2, held: int = 0, expires: int | None = None) -> Grant:
    return Grant(
        id=number,
        server_id=1,
        user_id=5,
        credits=9,
        remaining=remaining,
        held=held,
        given=NOW,
        expires=expires,
        ended=None,
    )


STANDING = Standing(
    account=Account(
        server_id=1,
        user_id=5,
        period=1,
        period_start=NOW,
        used=10,
        held=4,
        running=2,
        last_start=NOW,
    ),
    settings=UNSET,
    period=Period(starts=NOW, ends=NOW + DAY),
    month=Period(starts=NOW, ends=NOW + DAY),
    allowance=Allowance(credits=12, kind=None),
    grants=(given(1, held=3), given(2, expires=NOW)),
    suspension=None,
    erased=False,
    leaving=False,
)


def test_a_standing_tells_spent_reserved_granted_and_left_apart() -> None:
    lines = standing_lines(5, STANDING)

    assert "**Allowance:** 12 credits a day, the default of whoever runs the bot" in lines
    assert "**Spent:** 6 credits of this period's allowance" in lines
    assert "**Reserved:** 7 credits" in lines
    assert "**Left:** 6 credits, with what is granted" in lines
    assert "**Under way:** 2" in lines
    assert "- 2 of 9 left, 3 reserved" in lines
    assert f"- 2 of 9 left, until <t:{NOW // 1000}:f>" in lines


def test_many_grants_are_summed_up_and_used_up_ones_left_out() -> None:
    grants = [*map(given, range(14)), given(99, remaining=0)]

    lines = standing_lines(5, replace(STANDING, grants=grants))

    assert "**Granted:** 28 credits left" in lines
    assert sum(line.startswith("- ") for line in lines) == 11
    assert "- 8 credits of 4 more" in lines
    assert len("\n".join(lines)) < 2000


def test_the_reason_of_a_suspension_cannot_format() -> None:
    suspension = Suspension(until=None, reason="`**` <@1>")

    lines = standing_lines(5, replace(STANDING, suspension=suspension))

    assert lines[-1] == "**Suspended** until restored. Reason: `\u02cb**\u02cb <@1>`"


def test_of_the_operators_day_only_whether_it_is_reached_is_told() -> None:
    cap = Cap(used=3, most=None, renews=NOW)
    caps = Caps(own=cap, operator=cap, has_daily=True, daily_reached=False, daily_renews=NOW)

    lines = [budget_lines(replace(caps, daily_reached=reached))[2] for reached in (False, True)]

    assert [line.partition(":** ")[2].partition(";")[0] for line in lines] == [
        "not reached",
        "reached",
    ]
    assert budget_lines(replace(caps, has_daily=False))[2].endswith(" none.")


@pytest.mark.parametrize(("spent", "reached"), [(0, False), (970_000, False), (970_001, True)])
async def test_the_day_is_reached_when_the_cheapest_picture_does_not_fit(
    tmp_path: Path, spent: int, *, reached: bool
) -> None:
    database = await fresh(tmp_path / "bot.db")
    prices = {Speed.TURBO: Decimal("0.03")}
    offered = [replace(the("fal-v3"), price=Decimal("0.06"), speed_prices=prices)]

    async def spend(tx: Transaction) -> None:
        starts = periods(NOW).day
        await budgets.add(tx, Scope.OPERATOR_DAY, 0, starts=starts, amount=spent, limit=None)

    await database.transaction(spend)
    caps = await look(database.read, 1, limits=LIMITS, offered=offered, now=NOW)

    assert (caps.has_daily, caps.daily_reached) == (True, reached)
    assert (caps.operator.used, caps.operator.most, caps.own.most) == (0, 50, None)
    await database.close()


async def test_who_was_erased_is_called_so_and_asked_of_nobody() -> None:
    assert await _names(None, [-5, 6]) == {-5: ERASED}
