"""A stop leaves nothing half-told: paid calls are waited for, all else goes on later."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot import serve
from bot.jobs.engine import Jobs
from bot.jobs.refusals import StoppingError
from storage.database import BrokenError
from storage.states import JobState
from tests.jobs.surroundings import FAST
from tests.jobs.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("name", ["fal-v2a", "runware-v2", "ideogram-v2"])
async def test_a_stop_waits_for_the_open_paid_call_and_stores_its_ticket(
    world: World, name: str
) -> None:
    server = world.server(name)
    go_on = asyncio.Event()
    sending = server.faults.add(method="POST", hold=go_on)
    job = await world.remix(name)
    await sending.processed.wait()

    stopping = asyncio.create_task(world.stop())
    done, _ = await asyncio.wait({stopping}, timeout=0.1)
    assert not done, "it stopped with a paid call open"
    go_on.set()
    await stopping
    await world.start()
    ended = await world.ended(job.id)

    assert ended.state is JobState.SUCCEEDED
    assert world.charged() == ended.row.micros_each
    assert len(await world.calls(job.id)) == 1


@pytest.mark.parametrize("point", [2, 3, 4, 5])
@pytest.mark.parametrize("name", ["fal-v2a", "ideogram-v2"])
@pytest.mark.parametrize("moment", ["as it begins", "as it ends"])
async def test_a_stop_at_any_transaction_loses_nothing(
    world: World, name: str, point: int, moment: str
) -> None:
    """Unlike a kill: the process that stops still says what it did not send."""
    stopping = asyncio.get_running_loop().create_future()

    def stop() -> None:
        stopping.set_result(asyncio.create_task(world.stop()))

    getattr(world.database, "before" if moment == "as it begins" else "after")[point] = stop
    job = await world.remix(name)
    await (await stopping)
    await world.start()
    ended = await world.ended(job.id)

    assert ended.state is JobState.SUCCEEDED
    assert await world.entries(job.id) == [("reserve", ended.row.reserved), ("settle", 0)]
    assert world.charged() == ended.row.micros_each


async def test_a_job_that_waits_for_its_card_goes_on_after_the_stop(world: World) -> None:
    job = await world.jobs.submit(world.order())

    await world.stop()
    world.jobs.confirm(job.id, world.discord.answer(job.id))
    await world.start()

    assert (await world.ended(job.id)).state is JobState.SUCCEEDED


async def test_an_order_that_was_taken_while_the_bot_stopped_is_not_begun(world: World) -> None:
    world.database.before[1] = lambda: world.jobs.__setattr__("_accepting", False)

    job = await world.remix()
    assert not world.jobs._carrier.runs
    await world.stop()
    await world.start()

    assert (await world.ended(job.id)).state is JobState.SUCCEEDED


async def test_a_stop_waits_for_what_is_being_shown_but_not_for_long(world: World) -> None:
    world.discord.hold = asyncio.Event()
    job = await world.remix()

    async def showing() -> bool:
        return bool(world.discord.shown[job.id])

    await world.until(showing)
    stopping = asyncio.create_task(world.jobs.stop())
    await asyncio.wait({stopping}, timeout=0.02)
    assert not stopping.done()
    world.discord.hold.set()
    await stopping
    assert (await world.ended(job.id)).state is JobState.SUCCEEDED

    await world.database.close()
    await world.start()


async def test_a_stop_does_not_wait_for_a_discord_that_hangs(world: World) -> None:
    world.discord.hold = asyncio.Event()
    job = await world.remix()

    async def showing() -> bool:
        return bool(world.discord.shown[job.id])

    await world.until(showing)
    async with asyncio.timeout(3):
        await world.stop()
    world.discord.hold = None
    await world.start()

    assert (await world.ended(job.id)).state is JobState.SUCCEEDED
    assert [one.again for one in world.discord.shown[job.id]] == [False, True]


async def test_a_stop_while_the_engine_starts_leaves_nothing_at_work(world: World) -> None:
    job = await world.remix()
    await world.jobs.stop()
    starting, stopping = Jobs(world.context), asyncio.get_running_loop().create_future()

    def stop() -> None:
        stopping.set_result(asyncio.create_task(starting.stop()))

    world.database.before[world.database.transactions + 1] = stop
    await starting.start()
    await starting.carry_on()
    with pytest.raises(StoppingError):
        await starting.submit(world.order())
    await (await stopping)
    assert not starting._loops
    assert not starting._carrier.runs

    await world.database.close()
    await world.start()
    assert (await world.ended(job.id)).state is JobState.SUCCEEDED


@pytest.mark.parametrize("moment", ["before the stop", "during the stop"])
async def test_a_stop_has_an_end_once_the_database_is_broken(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, moment: str
) -> None:
    monkeypatch.setattr(serve, "STOP_SECONDS", 0.01)
    broken = asyncio.get_running_loop().create_future()
    begun = asyncio.Event()

    async def stop() -> None:
        begun.set()
        await asyncio.Event().wait()

    async def breaks() -> BrokenError:
        return await broken

    breaking = asyncio.create_task(breaks())
    if moment == "before the stop":
        broken.set_result(BrokenError("damaged"))
        await breaking
    stopping = asyncio.create_task(serve._stop_jobs(stop, breaking))
    await begun.wait()
    if moment == "during the stop":
        broken.set_result(BrokenError("damaged"))
    async with asyncio.timeout(5):
        await stopping

    assert "bot.stopped_early" in caplog.messages


async def test_nothing_is_bought_while_a_stop_waits_for_what_is_being_shown(world: World) -> None:
    await world.restart(tempo=replace(FAST, stop_showing=20))
    world.discord.hold = asyncio.Event()
    shown = await world.remix()

    async def showing() -> bool:
        return bool(world.discord.shown[shown.id])

    await world.until(showing)
    queued = await world.jobs.submit(world.order("ideogram-v2"))
    stopping = asyncio.create_task(world.jobs.stop())

    async def is_left() -> bool:
        world.jobs.confirm(queued.id, world.discord.cards.get(queued.id))
        return queued.id not in world.jobs._carrier.runs

    world.discord.answer(queued.id)
    await world.until(is_left)
    assert not stopping.done()
    assert (await world.row(queued.id)).state is JobState.QUEUED
    assert not world.providers.ideogram.calls
    assert not await world.calls(queued.id)

    world.discord.hold.set()
    await stopping
    await world.database.close()
    await world.start()
    assert (await world.ended(shown.id)).state is JobState.SUCCEEDED
    assert (await world.ended(queued.id)).state is JobState.SUCCEEDED
    assert len(world.discord.shown[shown.id]) == 1
