"""A database that is put back to an earlier state: nothing is bought that was queued in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.jobs.record import Failure, Job
from storage.database import BrokenError
from storage.opening import open_lineage
from storage.states import JobState
from tests.jobs.surroundings import FAST, held
from tests.jobs.test_storage_faults import logged
from tests.jobs.world import World

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    # A process that is killed closes its files by that.
    pytest.mark.filterwarnings("ignore:.*FileIO:pytest.PytestUnraisableExceptionWarning"),
]

on_postgres = pytest.mark.parametrize("engine", ["postgres"], indirect=True)


@pytest_asyncio.fixture(loop_scope="session")
async def counting(world: World) -> World:
    """A world whose process notices that its database was restored."""
    # What was bought since the copy is in no books any more.
    world.bills_are_known = False
    # Nobody asks for a card that is not confirmed yet.
    await world.restart(counts_its_life=True, tempo=replace(FAST, answer_within=60))
    return world


async def back_up(world: World) -> Path:
    """Copy the database while it is in use."""
    copy = world.folder / "copy"
    await world.engine.back_up(world.folder, copy)
    return copy


async def put_back(world: World, copy: Path) -> None:
    await world.engine.put_back(world.folder, copy)


async def queued(world: World) -> Job:
    """Order what waits for the word that its card is there."""
    job = await world.jobs.submit(world.order())
    world.discord.answer(job.id)
    return job


def sent(world: World) -> int:
    """Remixes that fal took."""
    return len(world.providers.fal.bill)


async def stopped(world: World) -> None:
    await world.stop()


async def killed(world: World) -> None:
    await world.kill()


async def on_another_machine(world: World) -> None:
    await world.stop()
    (world.folder / "bot.db.life").unlink(missing_ok=True)


@pytest.mark.parametrize("ended", [stopped, killed, on_another_machine])
async def test_what_was_queued_in_a_copy_is_not_bought_when_the_copy_comes_back(
    counting: World, ended: Callable[[World], Awaitable[None]]
) -> None:
    world = counting
    job = await queued(world)
    copy = await back_up(world)
    world.jobs.confirm(job.id, world.discord.cards[job.id])
    await world.ended(job.id)

    await ended(world)
    await put_back(world, copy)
    await world.start()
    again = await world.ended(job.id)

    assert (again.state, again.row.reason) == (JobState.FAILED, Failure.RESTORED)
    assert await world.entries(job.id) == [("reserve", 4), ("refund", -4)]
    assert sent(world) == 1
    # Its card shows what was bought; that is for Discord's side to find out, and to leave there.
    assert [one.of_the_past for one in world.discord.shown[job.id]] == [False, True]
    assert (await world.ended((await world.remix()).id)).state is JobState.SUCCEEDED


async def test_what_was_queued_goes_on_after_a_kill_without_a_restore(counting: World) -> None:
    world = counting
    job = await queued(world)
    await world.jobs._beat()

    await world.restart()

    assert (await world.ended(job.id)).state is JobState.SUCCEEDED
    assert sent(world) == 1


@pytest.mark.parametrize("works", [True, False])
async def test_what_ran_in_a_copy_is_fetched_again_and_goes_nowhere_else(
    counting: World, *, works: bool
) -> None:
    world = counting
    await world.restart(fallback=True)
    world.providers.fal.gate.clear()
    job = await world.remix("fal-v2a", "a city" if works else "a __down__ city")
    await world.in_state(job.id, JobState.RUNNING)
    copy = await back_up(world)
    await world.jobs._beat()

    await world.kill()
    await put_back(world, copy)
    await world.start()
    world.providers.fal.gate.set()
    ended = await world.ended(job.id)

    wanted = (JobState.SUCCEEDED, None) if works else (JobState.FAILED, Failure.RESTORED)
    assert (ended.state, ended.row.reason) == wanted
    assert len(await world.calls(job.id)) == 1


async def test_a_call_that_was_being_sent_is_not_repeated_under_its_id(counting: World) -> None:
    world = counting
    sending = held(world.providers.runware, "/v1", arrived=False)
    job = await world.remix("runware-v2")
    await sending.hit.wait()
    copy = await back_up(world)
    await world.jobs._beat()

    await world.kill()
    await put_back(world, copy)
    await world.start()

    assert (await world.ended(job.id)).state is JobState.UNCONFIRMED
    assert not world.providers.runware.jobs


async def found_out(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Wait until a job met what its process is told at its next heartbeat; then start again."""
    world.errors_are_expected = True
    await logged(world, caplog, "job.not_stored")
    with pytest.raises(BrokenError, match="start the bot again"):
        await world.jobs._beat()
    await world.stop()
    await world.start()


@on_postgres
async def test_a_process_under_which_the_copy_comes_back_buys_nothing(
    counting: World, caplog: pytest.LogCaptureFixture
) -> None:
    """It owns what was queued in the copy, and takes it up again at once."""
    world = counting
    job = await queued(world)
    copy = await back_up(world)
    world.jobs.confirm(job.id, world.discord.cards[job.id])
    await world.ended(job.id)

    await put_back(world, copy)
    await found_out(world, caplog)
    again = await world.ended(job.id)

    assert (again.state, again.row.reason) == (JobState.FAILED, Failure.RESTORED)
    assert sent(world) == 1


@on_postgres
async def test_a_process_under_which_the_copy_comes_back_repeats_nothing(
    counting: World, caplog: pytest.LogCaptureFixture
) -> None:
    world = counting
    go_on = asyncio.Event()
    faults = world.providers.runware.faults
    sending = faults.add(method="POST", path="/v1", hold_before=go_on, drop="before")
    job = await world.remix("runware-v2")
    await sending.hit.wait()
    copy = await back_up(world)

    await put_back(world, copy)
    go_on.set()
    await found_out(world, caplog)

    assert (await world.ended(job.id)).state is JobState.UNCONFIRMED
    assert not world.providers.runware.jobs


@on_postgres
async def test_a_process_notices_though_another_was_started_on_the_copy(counting: World) -> None:
    world = counting
    await put_back(world, await back_up(world))
    other = open_lineage(await world.engine.url(world.folder))

    restored = await other.is_restored(world.database)
    await world.database.transaction(other.advance)

    assert restored
    with pytest.raises(BrokenError):
        await world.jobs._beat()
