"""What is refused before any charge, and what counts as one order."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.jobs.record import Pictures, SourceRef
from bot.jobs.refusals import (
    LacksError,
    NotOfferedError,
    OverLimitError,
    RefusedError,
    StoppingError,
    TooWideError,
)
from bot.jobs.reservation import DuplicateError
from bot.jobs.submit import balance
from bot.quotas import Denial
from storage.database import integer
from storage.states import JobState
from tests.jobs.surroundings import MEMBER, SERVER, START, UNLIMITED
from tests.jobs.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAY_END = START + 12 * 3_600_000
MONTH_END = START + (12 + 16 * 24) * 3_600_000
TABLES = ("jobs", "calls", "ledger", "ledger_lines", "accounts", "budgets", "slots")


async def written(world: World) -> dict[str, int]:
    counts = {}
    for table in TABLES:
        rows = await world.database.read(f"SELECT COUNT(*) AS n FROM {table}")  # noqa: S608 - ours
        counts[table] = integer(rows[0], "n")
    return counts


async def limited(world: World, **limits: Any) -> World:
    await world.restart(limits=replace(UNLIMITED, **limits))
    return world


async def test_an_order_above_the_allowance_writes_nothing_and_touches_nobody(
    world: World,
) -> None:
    await limited(world, default_credits=3)

    with pytest.raises(OverLimitError) as refused:
        await world.remix()

    error = refused.value
    assert (error.denial, error.cost, error.left) == (Denial.ALLOWANCE, 4, 3)
    assert error.renews == DAY_END
    assert set((await written(world)).values()) == {0}
    assert not world.sources.served
    assert not world.providers.fal.calls


async def test_eight_orders_at_once_with_credits_for_one_make_one(world: World) -> None:
    await limited(world, default_credits=7)

    found = await asyncio.gather(*(world.remix() for _ in range(8)), return_exceptions=True)

    granted = [one for one in found if not isinstance(one, BaseException)]
    refused = [one for one in found if isinstance(one, OverLimitError)]
    assert (len(granted), len(refused)) == (1, 7)
    assert {(one.denial, one.left) for one in refused} == {(Denial.ALLOWANCE, 3)}
    await world.ended(granted[0].id)
    assert len(world.providers.fal.bill) == 1
    assert await balance_of(world) == (4, 0, 3)


async def balance_of(world: World) -> tuple[int, int, int | None]:
    found = await balance(world.context, SERVER, MEMBER)
    return found.used, found.held, found.left


async def test_an_allowance_renews_with_the_day_and_what_is_held_stays_behind(
    world: World,
) -> None:
    await limited(world, default_credits=4)
    world.providers.fal.gate.clear()
    first = await world.remix()
    await world.in_state(first.id, JobState.RUNNING)
    assert await balance_of(world) == (4, 4, 0)

    await world.beat(seconds=12 * 3600)
    assert await balance_of(world) == (0, 0, 4)
    second = await world.remix()
    world.providers.fal.gate.set()
    await world.ended(first.id)
    await world.ended(second.id)

    assert await balance_of(world) == (4, 0, 0)
    with pytest.raises(OverLimitError):
        await world.remix()


@pytest.mark.parametrize(
    ("limits", "denial", "renews"),
    [
        ({"daily_spend_micros": 99_999}, Denial.DAILY_SPEND, DAY_END),
        ({"server_monthly_credits": 9}, Denial.SERVER_MONTH, MONTH_END),
    ],
)
async def test_the_operators_limits_hold_over_all_members(
    world: World, limits: dict[str, int], denial: Denial, renews: int
) -> None:
    await limited(world, **limits)

    orders = [world.remix("fal-v2-turbo", user_id=member) for member in range(6)]
    found = await asyncio.gather(*orders, return_exceptions=True)

    granted = [one for one in found if not isinstance(one, BaseException)]
    refused = [one for one in found if isinstance(one, OverLimitError)]
    assert (len(granted), len(refused)) == (1, 5)
    assert {(one.denial, one.left, one.renews) for one in refused} == {(denial, None, renews)}
    accounts = await world.database.read("SELECT * FROM accounts")
    assert len(accounts) == 1, "a refusal leaves no account behind"
    await world.ended(granted[0].id)


async def test_a_servers_month_binds_one_server_and_the_day_binds_all(world: World) -> None:
    await limited(world, server_monthly_credits=4, daily_spend_micros=80_000)

    first = await world.remix(server_id=1)
    with pytest.raises(OverLimitError, match="server_month"):
        await world.remix(server_id=1)
    second = await world.remix(server_id=2)
    with pytest.raises(OverLimitError, match="daily_spend"):
        await world.remix(server_id=3)

    for job in (first, second):
        await world.ended(job.id)


async def test_only_allowed_servers_are_served(world: World) -> None:
    await limited(world, allowed_servers=frozenset({SERVER}))

    with pytest.raises(OverLimitError, match="server"):
        await world.remix(server_id=SERVER + 1)

    await world.ended((await world.remix()).id)


async def test_the_same_interaction_makes_one_job(world: World) -> None:
    order = world.order()

    job = await world.jobs.submit(order)
    found = await asyncio.gather(
        *(world.jobs.submit(order) for _ in range(3)), return_exceptions=True
    )
    world.jobs.confirm(job.id, world.discord.answer(job.id))

    assert [type(one) for one in found] == [DuplicateError] * 3
    await world.ended(job.id)
    assert len(world.providers.fal.bill) == 1


async def test_two_presses_within_two_seconds_are_one(world: World) -> None:
    pressed = "remix:reroll:0123456789abcdef"

    found = await asyncio.gather(
        *(world.remix(pressed=pressed) for _ in range(2)), return_exceptions=True
    )
    (first,) = [one for one in found if not isinstance(one, BaseException)]
    (second,) = [one for one in found if isinstance(one, BaseException)]
    others = [
        await world.remix(pressed=pressed, user_id=MEMBER + 1),
        await world.remix(pressed="remix:closer:0123456789abcdef"),
    ]
    await world.beat(seconds=2.1)
    others.append(await world.remix(pressed=pressed))

    assert isinstance(second, DuplicateError)
    for job in (first, *others):
        await world.ended(job.id)
    assert len(world.providers.fal.bill) == 4


async def test_a_draft_is_started_once(world: World) -> None:
    draft = "00112233445566ff"
    orders = [world.order(job_id=draft) for _ in range(3)]

    found = await asyncio.gather(
        *(world.jobs.submit(order) for order in orders), return_exceptions=True
    )
    world.jobs.confirm(draft, world.discord.answer(draft))
    await world.ended(draft)

    assert sorted(type(one).__name__ for one in found) == ["DuplicateError"] * 2 + ["Job"]
    with pytest.raises(DuplicateError):
        await world.jobs.submit(world.order(job_id=draft))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"backend": "fal-v9"}, NotOfferedError),
        ({"backend": "runware-v2", "seed": 7}, LacksError),
        ({"backend": "fal-v2a", "count": 2}, LacksError),
        ({"backend": "fal-v3", "count": 0}, LacksError),
    ],
)
async def test_what_no_backend_can_do_is_refused_before_any_charge(
    world: World, changes: dict[str, Any], error: type[RefusedError]
) -> None:
    with pytest.raises(error):
        await world.remix(**changes)

    assert set((await written(world)).values()) == {0}


async def test_a_source_that_discord_calls_too_wide_is_refused_before_any_charge(
    world: World,
) -> None:
    order = world.order()
    wide = replace(order, pictures=Pictures(source=SourceRef(url="x", width=3001, height=1000)))

    with pytest.raises(TooWideError):
        await world.jobs.submit(wide)

    assert set((await written(world)).values()) == {0}


async def test_a_bot_that_stops_takes_no_orders(still: World) -> None:
    await still.start()
    await still.jobs.stop()

    with pytest.raises(StoppingError):
        await still.remix()

    assert set((await written(still)).values()) == {0}
    await still.database.close()
