"""Ideogram takes ten pictures in flight: more wait here, and every end makes room."""

from __future__ import annotations

import pytest

from bot.jobs.presenter import WaitingForRoom
from storage.database import integer
from storage.states import JobState
from tests.jobs.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def places(world: World) -> int:
    rows = await world.database.read("SELECT used FROM slots")
    return integer(rows[0], "used") if rows else 0


async def in_flight(world: World, pictures: int) -> None:
    async def holds() -> bool:
        return world.providers.ideogram.in_flight == pictures

    await world.until(holds)


async def test_the_eleventh_picture_waits_and_is_told_so(world: World) -> None:
    world.providers.ideogram.gate.clear()
    first = [await world.remix("ideogram-v2", count=count) for count in (4, 4, 2)]
    await in_flight(world, 10)

    waiting = await world.remix("ideogram-v2", count=1)

    async def told() -> bool:
        return world.discord.told[waiting.id] == [WaitingForRoom()]

    await world.until(told)
    assert (await world.row(waiting.id)).state is JobState.QUEUED
    assert (await places(world), world.providers.ideogram.in_flight) == (10, 10)
    assert not await world.calls(waiting.id)
    world.providers.ideogram.gate.set()

    for job in (*first, waiting):
        assert (await world.ended(job.id)).state is JobState.SUCCEEDED
        assert [call["outcome"] for call in await world.calls(job.id)] == ["done"]
    assert await places(world) == 0


ENDS = {
    "success": ("a city", JobState.SUCCEEDED),
    "a refused prompt": ("a __policy__ city", JobState.FAILED),
    "unsafe pictures": ("an __unsafe__ city", JobState.FAILED),
    "a lost answer": ("a __down__ city", JobState.UNCONFIRMED),
}


@pytest.mark.parametrize("end", ENDS)
async def test_places_are_given_back_however_a_call_ends(world: World, end: str) -> None:
    world.bills_are_known = end != "a lost answer"
    prompt, state = ENDS[end]

    job = await world.ended((await world.remix("ideogram-v2", prompt, count=2)).id)

    assert job.state is state
    assert await places(world) == 0


async def test_a_turned_away_call_keeps_no_place_while_it_waits(world: World) -> None:
    refusing = world.providers.ideogram.faults.add(status=429, times=3)

    job = await world.ended((await world.remix("ideogram-v2", count=2)).id)

    assert refusing.hits == 3
    assert job.state is JobState.SUCCEEDED
    assert len(await world.calls(job.id)) == 4
    assert await places(world) == 0


async def test_many_jobs_at_once_are_never_turned_away(world: World) -> None:
    world.providers.ideogram.latency = 0.02

    jobs = [await world.remix("ideogram-v2", count=4) for _ in range(3)]
    ended = [await world.ended(job.id) for job in jobs]

    assert {job.state for job in ended} == {JobState.SUCCEEDED}
    for job in jobs:
        assert [call["outcome"] for call in await world.calls(job.id)] == ["done"]


async def test_places_of_a_killed_process_are_given_back(world: World) -> None:
    world.bills_are_known = False
    world.providers.ideogram.gate.clear()
    job = await world.remix("ideogram-v2", count=8)
    await in_flight(world, 8)

    await world.restart()
    world.providers.ideogram.gate.set()

    assert (await world.ended(job.id)).state is JobState.UNCONFIRMED
    assert await places(world) == 0
