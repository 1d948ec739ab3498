"""A remix that goes well, on every backend."""

from __future__ import annotations

import asyncio
import io
import itertools
from dataclasses import replace

import pytest
from PIL import Image

from bot.backends.base import Operation
from bot.backends.catalogue import CATALOGUE
from bot.jobs.context import PICTURES_AT_ONCE
from bot.jobs.presenter import News
from bot.jobs.record import OUTCOME
from sandbox.faults import Fault
from storage.states import JobState
from tests.jobs.surroundings import FAST, QUICK
from tests.jobs.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


REMIXES = [entry.name for entry in CATALOGUE if entry.operation is Operation.REMIX]


@pytest.mark.parametrize("name", REMIXES)
async def test_a_remix_takes_few_transactions_and_is_charged_once(world: World, name: str) -> None:
    job = await world.ended((await world.remix(name)).id)

    # A shared spool is a table: the source, the result, and their removal.
    assert world.database.transactions == (5 if world.database.exclusive else 8)
    credits_ = job.row.credits_each
    assert (job.state, job.row.settled, job.row.reason) == (JobState.SUCCEEDED, credits_, None)
    assert await world.entries(job.id) == [("reserve", credits_), ("settle", 0)]
    (call,) = await world.calls(job.id)
    assert (call["outcome"], call["ticket"]) == ("done", None)
    assert call["cost_micros"] == job.row.micros_each
    if name == "ideogram-auto":
        # Which model it was is not told, so the dearest is counted.
        world.bills_are_known = False
        assert 0 < world.charged() <= job.row.micros_each
    else:
        assert world.charged() == job.row.micros_each
    (shown,) = world.discord.shown[job.id]
    assert shown.kinds == ["result", "source"]
    assert not shown.again
    (result,) = (data for name, data in shown.files.items() if name.startswith("result"))
    with Image.open(io.BytesIO(result)) as picture:
        assert picture.width >= 512
    assert job.outcome is not None
    assert job.row.results == OUTCOME.dump_json(job.outcome).decode()


@pytest.mark.parametrize("name", ["fal-v3", "runware-v2", "ideogram-v2"])
async def test_several_pictures_are_charged_by_those_on_hand(world: World, name: str) -> None:
    job = await world.ended((await world.remix(name, "a __mixed__ city", count=3)).id)

    assert job.outcome is not None
    made = 3
    on_hand = len(job.outcome.results)
    assert on_hand == (3 if name == "fal-v3" else 2)
    assert job.row.settled == on_hand * job.row.credits_each
    assert await world.entries(job.id) == [
        ("reserve", made * job.row.credits_each),
        ("settle", (on_hand - made) * job.row.credits_each),
    ]
    assert await world.server_month() == made * job.row.credits_each
    assert len(world.discord.shown[job.id][0].files) == 1 + on_hand


async def as_many_as_may(fault: Fault, turns: asyncio.Semaphore, waiting: int) -> bool:
    return (fault.hits, len(turns._waiters or ())) == (PICTURES_AT_ONCE, waiting)


async def test_more_jobs_than_the_spool_has_room_for_take_turns(still: World) -> None:
    """Each is promised room for two files of 25 MB while it reads, far more than it takes."""
    at_once, waiting = PICTURES_AT_ONCE, 12
    await still.start(
        spool_cap=2 * at_once * 2 * 25_000_000 + 100_000_000,
        # The first wait at the gates until the last are there, on a busy machine too.
        pace=replace(QUICK, read=40, answer=40, transfer=40, submit=40),
        tempo=replace(FAST, fetch_within=40),
    )
    gates = [asyncio.Event(), asyncio.Event()]
    sources = still.sources.faults.add(hold_before=gates[0], times=None)
    results = still.providers.fal.faults.add(path="_0.png", hold_before=gates[1], times=None)
    jobs = await asyncio.gather(*(still.remix() for _ in range(at_once + waiting)))

    for gate, fault, turns in (
        (gates[0], sources, still.context.sources),
        (gates[1], results, still.context.results),
    ):
        await still.until(lambda f=fault, t=turns: as_many_as_may(f, t, waiting))
        gate.set()
    ended = [await still.ended(job.id) for job in jobs]
    await still.check()
    await still.stop()

    assert {job.state for job in ended} == {JobState.SUCCEEDED}
    assert len({call.id for call in still.providers.fal.bill}) == len(jobs)


async def heard(world: World, job_id: str) -> list[News]:
    return world.discord.told[job_id]


async def test_news_are_told_once_each_and_none_after_the_end(world: World) -> None:
    world.providers.fal.queue_length = 2
    world.providers.fal.gate.clear()

    job = await world.remix()
    told = await world.until(lambda: heard(world, job.id))
    world.providers.fal.gate.set()
    await world.ended(job.id)
    until_the_end = list(told)
    await world.idle()

    assert told == until_the_end
    assert all(one != other for one, other in itertools.pairwise(told))
