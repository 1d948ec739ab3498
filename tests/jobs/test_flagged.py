"""Pictures that were flagged for their content: never read, refunded a few times a day."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.backends.errors import Reason
from bot.jobs.presenter import Delivery
from bot.jobs.record import Failure, Job
from storage.states import JobState
from tests.jobs.surroundings import MEMBER, UNLIMITED
from tests.jobs.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNSAFE = "an __unsafe__ city"
DAY = 24 * 3600


async def allowing(world: World, refunds: int | None) -> None:
    await world.restart(limits=replace(UNLIMITED, flagged_refunds=refunds))


async def unsafe(world: World, name: str = "runware-v2", **more: object) -> Job:
    return await world.ended((await world.remix(name, UNSAFE, **more)).id)


def is_charged(job: Job) -> bool:
    charged = job.row.reason == Failure.UNSAFE_CHARGED
    assert job.state is JobState.FAILED
    assert job.row.reason in (Reason.UNSAFE_OUTPUT, Failure.UNSAFE_CHARGED)
    assert job.row.settled == (job.row.reserved if charged else None)
    return charged


@pytest.mark.parametrize("name", ["runware-v2", "ideogram-v2"])
async def test_flagged_pictures_are_refunded_three_times_a_day_and_then_charged(
    world: World, name: str
) -> None:
    jobs = [await unsafe(world, name) for _ in range(5)]

    assert [is_charged(job) for job in jobs] == [False, False, False, True, True]
    assert await world.entries(jobs[2].id) == [("reserve", 8), ("refund", -8)]
    assert await world.entries(jobs[3].id) == [("reserve", 8), ("settle", 0)]
    assert world.charged() == await world.spend() == 5 * 80_000
    assert await world.server_month() == 5 * 8
    assert not [call for call in world.server(name).calls if call.method == "GET"]


async def test_refunds_are_counted_exactly_however_many_jobs_end_at_once(world: World) -> None:
    world.providers.runware.gate.clear()
    started = await asyncio.gather(*(world.remix("runware-v2", UNSAFE) for _ in range(8)))
    for job in started:
        await world.in_state(job.id, JobState.RUNNING)

    world.providers.runware.gate.set()
    jobs = [await world.ended(job.id) for job in started]

    assert sum(not is_charged(job) for job in jobs) == 3


async def test_each_member_of_each_server_has_refunds_of_their_own_for_each_day(
    world: World,
) -> None:
    await allowing(world, 1)

    first = [await unsafe(world) for _ in range(2)]
    others = [await unsafe(world, user_id=MEMBER + 1), await unsafe(world, server_id=7)]
    await world.beat(seconds=DAY)
    tomorrow = [await unsafe(world) for _ in range(2)]

    assert [is_charged(job) for job in first] == [False, True]
    assert [is_charged(job) for job in others] == [False, False]
    assert [is_charged(job) for job in tomorrow] == [False, True]


async def test_a_clock_that_goes_back_gives_no_further_refunds(world: World) -> None:
    await allowing(world, 1)
    first = await unsafe(world)

    await world.beat(seconds=-DAY)
    second = await unsafe(world)

    assert [is_charged(first), is_charged(second)] == [False, True]


@pytest.mark.parametrize(("refunds", "charged"), [(None, False), (0, True)])
async def test_refunds_may_be_without_limit_or_none_at_all(
    world: World, refunds: int | None, *, charged: bool
) -> None:
    await allowing(world, refunds)

    assert [is_charged(await unsafe(world)) for _ in range(4)] == [charged] * 4


@pytest.mark.parametrize(("refunds", "settled"), [(3, 16), (0, 24)])
async def test_flagged_pictures_among_good_ones_are_refunded_or_charged_with_them(
    world: World, refunds: int, settled: int
) -> None:
    await allowing(world, refunds)

    job = await world.ended((await world.remix("runware-v2", "a __mixed__ city", count=3)).id)

    assert (job.state, job.row.reserved, job.row.settled) == (JobState.SUCCEEDED, 24, settled)
    assert job.outcome is not None
    assert (len(job.outcome.results), job.outcome.withheld, job.outcome.flagged) == (2, 1, 1)
    assert job.outcome.charged_flagged == (settled - 16) // 8
    assert await world.entries(job.id) == [("reserve", 24), ("settle", settled - 24)]
    assert world.charged() == 240_000
    accounts = await world.database.read("SELECT flagged_refunds FROM accounts")
    assert [row["flagged_refunds"] for row in accounts] == [1 if refunds else 0]


async def test_flagged_pictures_that_the_provider_does_not_bill_use_up_no_refund(
    world: World,
) -> None:
    await allowing(world, 1)
    world.providers.runware.price = Decimal(0)

    jobs = [await unsafe(world) for _ in range(3)]

    assert [is_charged(job) for job in jobs] == [False] * 3


async def test_a_charge_that_nobody_could_be_told_of_is_given_back(world: World) -> None:
    await allowing(world, 0)
    world.discord.deliveries.append(Delivery.NO_WAY)

    job = await unsafe(world)

    assert is_charged(job)
    assert await world.entries(job.id) == [("reserve", 8), ("settle", 0), ("return", -8)]


async def test_a_flagged_picture_is_read_only_where_it_may_be_shown(world: World) -> None:
    def fetched() -> bool:
        return any("/image/" in call.path for call in world.providers.runware.calls)

    withheld = await world.ended((await world.remix("runware-v2", "a city __nsfw__")).id)
    before = fetched()
    shown = await world.ended(
        (await world.remix("runware-v2", "a city __nsfw__", shows_flagged=True)).id
    )

    assert withheld.state is JobState.FAILED
    assert not before
    assert fetched()
    assert shown.state is JobState.SUCCEEDED
    assert shown.outcome is not None
    assert [result.flagged for result in shown.outcome.results] == [True]
    assert (shown.row.settled, shown.outcome.flagged, shown.outcome.withheld) == (8, 0, 0)
