"""An answer that comes after the refund is a gift, for a day."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.backends.catalogue import CATALOGUE
from bot.jobs import running
from bot.jobs.record import Job
from storage import calls
from storage.states import JobState
from tests.jobs.world import World
from tests.storage.rows import do

pytestmark = pytest.mark.asyncio(loop_scope="session")

REFUNDED = [("reserve", 4), ("refund", -4)]


@pytest_asyncio.fixture(loop_scope="session")
async def impatient(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which a job is given up at once, and looked for later."""
    monkeypatch.setattr(running, "LAST_LOOK", 0.1)
    for server in world.providers.servers:
        server.gate.clear()
    quick = tuple(replace(entry, deadline_seconds=0.1) for entry in CATALOGUE)
    await world.restart(catalogue=quick)
    return world


async def given_up(world: World, name: str = "fal-v2a") -> Job:
    job = await world.ended((await world.remix(name)).id)
    assert job.state is JobState.UNCONFIRMED
    return job


def work_may_end(world: World) -> None:
    for server in world.providers.servers:
        server.gate.set()


@pytest.mark.parametrize("name", ["fal-v2a", "runware-v2"])
async def test_a_late_answer_is_shown_and_costs_the_member_nothing(
    impatient: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    job = await given_up(impatient, name)
    spend = await impatient.spend()

    monkeypatch.setattr(running, "LAST_LOOK", 60)
    work_may_end(impatient)

    async def succeeded() -> bool:
        return (await impatient.row(job.id)).state is JobState.SUCCEEDED

    await impatient.until(succeeded)
    ended = await impatient.ended(job.id)

    assert (ended.row.gift, ended.row.settled) == (True, None)
    reserved = ended.row.reserved
    assert await impatient.entries(job.id) == [("reserve", reserved), ("refund", -reserved)]
    assert await impatient.spend() == spend == ended.row.micros_each
    (call,) = await impatient.calls(job.id)
    assert (call["outcome"], call["cost_micros"]) == ("done", ended.row.micros_each)
    first, second = impatient.discord.shown[job.id]
    assert (first.state, first.gift) == (JobState.UNCONFIRMED, False)
    assert (second.state, second.gift) == (JobState.SUCCEEDED, True)
    assert "result" in second.kinds


async def test_a_ticket_that_a_lost_owner_added_is_followed(
    impatient: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner was given up for dead, its job refunded; then its answer came after all."""
    job = await given_up(impatient)
    await impatient.stop()
    database = await impatient.engine.open(impatient.folder)
    call = await calls.latest(database, job.id)
    assert call is not None
    assert call.ticket is not None
    await do(database, calls.accept, call, call.ticket, now=impatient.clock.now())
    await database.close()

    monkeypatch.setattr(running, "LAST_LOOK", 60)
    work_may_end(impatient)
    await impatient.start()

    async def succeeded() -> bool:
        return (await impatient.row(job.id)).state is JobState.SUCCEEDED

    await impatient.until(succeeded)
    assert (await impatient.ended(job.id)).row.gift
    assert await impatient.entries(job.id) == REFUNDED


async def test_work_that_failed_late_is_no_gift(impatient: World) -> None:
    impatient.bills_are_known = False
    job = await impatient.ended((await impatient.remix(prompt="a __down__ city")).id)
    work_may_end(impatient)

    async def closed() -> bool:
        (call,) = await impatient.calls(job.id)
        return call["outcome"] == "failed"

    await impatient.until(closed)
    (call,) = await impatient.calls(job.id)

    assert (await impatient.row(job.id)).state is JobState.UNCONFIRMED
    assert call["ticket"] is None
    assert len(impatient.discord.shown[job.id]) == 1


async def test_after_a_day_nobody_looks_any_more(impatient: World) -> None:
    job = await given_up(impatient)
    await impatient.beat(seconds=24 * 3600 + 1)
    # The process's own looks, of which one may have begun before the day was over, are ended.
    for loop in impatient.jobs._loops:
        loop.cancel()
    await asyncio.wait(impatient.jobs._loops)
    impatient.jobs._late._next.clear()
    before = len(impatient.providers.fal.calls)

    assert await impatient.jobs._late.look() == []

    assert len(impatient.providers.fal.calls) == before
    work_may_end(impatient)
    assert (await impatient.row(job.id)).state is JobState.UNCONFIRMED
    impatient.bills_are_known = False


async def test_a_job_whose_refund_is_just_being_shown_is_left_alone(
    impatient: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the result would be marked as shown, and cleared, by the refund's own showing."""
    impatient.discord.hold = asyncio.Event()
    job = await impatient.remix()

    async def showing() -> bool:
        return bool(impatient.discord.shown[job.id])

    await impatient.until(showing)
    monkeypatch.setattr(running, "LAST_LOOK", 60)
    work_may_end(impatient)
    await impatient.providers.fal.works[next(iter(impatient.providers.fal.works))].done.wait()
    assert await impatient.jobs._late.look() == []
    assert (await impatient.row(job.id)).state is JobState.UNCONFIRMED

    impatient.discord.hold.set()

    async def succeeded() -> bool:
        # A look that came while the refund was still being shown puts the next one off.
        impatient.clock.move(seconds=60)
        return (await impatient.row(job.id)).state is JobState.SUCCEEDED

    await impatient.until(succeeded)
    await impatient.ended(job.id)
    assert [one.gift for one in impatient.discord.shown[job.id]] == [False, True]


async def test_a_late_answer_is_found_after_a_restart(
    impatient: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await given_up(impatient)
    monkeypatch.setattr(running, "LAST_LOOK", 60)
    work_may_end(impatient)
    await impatient.restart(catalogue=CATALOGUE)

    async def succeeded() -> bool:
        return (await impatient.row(job.id)).state is JobState.SUCCEEDED

    await impatient.until(succeeded)
    assert (await impatient.ended(job.id)).row.gift
    assert await impatient.entries(job.id) == REFUNDED


async def test_a_call_whose_ticket_was_never_had_is_found_under_our_id(world: World) -> None:
    silent = world.providers.runware.faults.add(path="/v1", drop="after", times=None)
    job = await world.ended((await world.remix("runware-v2")).id)
    (call,) = await world.calls(job.id)
    assert (job.state, call["ticket"]) == (JobState.UNCONFIRMED, None)
    assert silent.hits >= 2

    world.providers.runware.faults.clear()

    async def succeeded() -> bool:
        return (await world.row(job.id)).state is JobState.SUCCEEDED

    await world.until(succeeded)
    assert (await world.ended(job.id)).row.gift
    assert [charge.id for charge in world.providers.runware.bill] == [call["key"]]
