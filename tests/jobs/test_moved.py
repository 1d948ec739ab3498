"""A community that moved to another database goes on there, and nothing is bought twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from storage.copying import Place, copy
from storage.database import BrokenError, StorageError, Transaction
from storage.states import JobState
from tests.jobs.surroundings import FAST
from tests.jobs.world import World
from tests.storage.engines import Engine

pytestmark = [pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def other(
    engine: Engine, engines: Mapping[str, Engine], tmp_path: Path
) -> AsyncIterator[Engine]:
    """The engine to which the world moves. Asked for first: the world is checked before it goes."""
    [found] = [one for name, one in engines.items() if name != engine.name]
    yield found
    await found.discard(tmp_path / "new")


async def move(world: World, other: Engine) -> None:
    """Move a world to the other engine, and to a folder of its own."""
    old, new = world.folder, world.folder / "new"
    new.mkdir()
    places = [
        Place(url=await engine.url(folder), spool=folder / "spool")
        for engine, folder in ((world.engine, old), (other, new))
    ]
    async with aclosing(copy(*places, lease=60_000, clock=world.clock.now)) as steps:
        async for _ in steps:
            pass
    world.engine, world.folder = other, new


async def test_jobs_of_every_kind_are_carried_on_with_their_pictures(
    other: Engine, world: World
) -> None:
    # Nobody asks for a card that is not confirmed yet.
    await world.restart(tempo=replace(FAST, answer_within=60))
    ended = await world.ended((await world.remix()).id)
    world.providers.fal.gate.clear()
    running = await world.remix("fal-v2a")
    await world.in_state(running.id, JobState.RUNNING)
    queued = await world.jobs.submit(world.order("runware-v2"))
    await world.until(lambda: world.context.spool.has(queued.id, "source"))
    world.discord.answer(queued.id)
    read = len(world.sources.served)

    await world.stop()
    await move(world, other)
    world.providers.fal.gate.set()
    await world.start(tempo=FAST)

    assert (await world.ended(running.id)).state is JobState.SUCCEEDED
    assert (await world.ended(queued.id)).state is JobState.SUCCEEDED
    assert sorted(await world.entries(ended.id)) == [("reserve", 4), ("settle", 0)]
    assert [len(await world.calls(job.id)) for job in (ended, running, queued)] == [1, 1, 1]
    # The sources came along: Discord's links to them may be dead by now.
    assert len(world.sources.served) == read
    assert (await world.ended((await world.remix()).id)).state is JobState.SUCCEEDED


async def fall_silent(tx: Transaction) -> None:
    """Give no sign of life for longer than any lease, as a process that stands still."""
    await tx.run("UPDATE processes SET heartbeat = 0")


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_what_slept_through_the_move_buys_nothing_when_it_wakes(
    other: Engine, world: World
) -> None:
    await world.restart(counts_its_life=True, tempo=replace(FAST, answer_within=60))
    job = await world.jobs.submit(world.order())
    await world.database.transaction(fall_silent)
    await move(world, other)

    world.discord.answer(job.id)
    with pytest.raises(BrokenError, match="the community goes on there"):
        await world.jobs._beat()
    await world.stop()
    bought = len(world.providers.fal.bill)
    await world.start()

    assert bought == 0
    assert (await world.ended(job.id)).state is JobState.SUCCEEDED
    assert len(world.providers.fal.bill) == 1


async def test_a_process_does_not_start_on_what_was_left(other: Engine, still: World) -> None:
    world = still
    await world.start()
    await world.stop()
    old = (world.engine, world.folder)
    await move(world, other)

    world.engine, world.folder = old
    try:
        with pytest.raises(StorageError, match="the community goes on there"):
            await world.start()
    finally:
        await world.stop()
