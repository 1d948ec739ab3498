"""A job of several pictures gets those that are there in time; the rest is given back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.backends.catalogue import CATALOGUE
from bot.jobs import running
from bot.jobs.record import Job
from storage.states import JobState
from tests.jobs.world import World

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    # A process that is killed closes its files by that.
    pytest.mark.filterwarnings("ignore:.*FileIO:pytest.PytestUnraisableExceptionWarning"),
]


async def assert_settled(world: World, job: Job, pictures: int) -> None:
    assert (job.state, job.row.settled) == (JobState.SUCCEEDED, 8 * pictures)
    assert job.outcome is not None
    assert len({result.image_id for result in job.outcome.results}) == pictures
    reserved = job.row.reserved
    assert await world.entries(job.id) == [
        ("reserve", reserved),
        ("settle", 8 * pictures - reserved),
    ]
    (shown,) = world.discord.shown[job.id]
    assert shown.kinds == ["result"] * pictures + ["source"]


async def test_pictures_are_settled_where_the_provider_fails_at_the_others(world: World) -> None:
    world.providers.runware.mishaps.break_work("timeoutProvider", pictures=[1, 3])

    job = await world.ended((await world.remix("runware-v2", count=4)).id)

    await assert_settled(world, job, 2)
    assert world.charged() == await world.spend() == 160_000


async def test_pictures_on_hand_at_the_deadline_are_settled_and_the_rest_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LAST_LOOK", 2)
    quick = tuple(replace(entry, deadline_seconds=2) for entry in CATALOGUE)
    await world.restart(catalogue=quick)
    world.providers.runware.arrivals.allow(2)

    job = await world.ended((await world.remix("runware-v2", count=3)).id)

    await assert_settled(world, job, 2)
    assert await world.spend() == 240_000, "nobody knows whether the third will be billed"
    assert await world.server_month() == 24


async def test_pictures_that_are_there_are_read_while_others_are_made(world: World) -> None:
    runware = world.providers.runware
    runware.arrivals.allow(2)
    job = await world.remix("runware-v2", count=3)

    async def two_are_there() -> bool:
        lying = await world.context.spool.sizes(job.id)
        return sum(name.startswith("result-") for name in lying) == 2

    await world.until(two_are_there)
    assert (await world.row(job.id)).state is JobState.RUNNING
    runware.arrivals.allow(None)

    await assert_settled(world, await world.ended(job.id), 3)
    read = [call.path for call in runware.calls if call.method == "GET"]
    assert len(read) == len(set(read)) == 3


async def test_no_picture_is_read_twice_or_lost_where_a_restart_finds_them_in_another_order(
    world: World,
) -> None:
    runware = world.providers.runware
    runware.arrivals.shuffled = True
    runware.arrivals.allow(3)
    job = await world.remix("runware-v2", count=5)

    async def some_are_there() -> bool:
        lying = await world.context.spool.sizes(job.id)
        return sum(name.startswith("result-") for name in lying) == 3

    await world.until(some_are_there)
    await world.kill()
    runware.arrivals.allow(None)
    await world.start()

    await assert_settled(world, await world.ended(job.id), 5)
    (shown,) = world.discord.shown[job.id]
    files = [data for name, data in shown.files.items() if name.startswith("result-")]
    assert len(set(files)) == 5
    read = [call.path for call in runware.calls if call.method == "GET"]
    assert len(read) == len(set(read)) == 5
