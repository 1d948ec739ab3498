"""A database or a disk that fails for a while: nothing that was paid for is lost by it."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

import pytest
import pytest_asyncio

from bot.errors import explain
from bot.jobs.refusals import NotStoringError
from storage import failpoints
from storage.database import StorageError, Transaction
from storage.states import CallOutcome, JobState
from tests.jobs.hearing import logged
from tests.jobs.world import World
from tests.storage.rows import count

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("engine", ["sqlite"], indirect=True),
]

SENTENCE = (
    "The bot cannot write its records just now, so it takes no orders. Nothing was charged; "
    "try again in a few minutes."
)


@pytest_asyncio.fixture(loop_scope="session")
async def impatient(world: World) -> World:
    """A world whose process does not wait 5 s for a file that is held."""
    world.errors_are_expected = True
    await set_on_writer(world, "busy_timeout = 10")
    return world


async def set_on_writer(world: World, setting: str) -> None:
    async def work(tx: Transaction) -> None:
        await tx.run(f"PRAGMA {setting}")

    await world.database.transaction(work)


@asynccontextmanager
async def held_by_another(world: World) -> AsyncGenerator[None]:
    """Nothing can be written for as long as the block lasts."""
    path = world.folder / "bot.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("name", ["fal-v2a", "runware-v2", "ideogram-v2"])
async def test_a_ticket_that_cannot_be_stored_is_kept_and_nothing_new_is_taken_meanwhile(
    impatient: World, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    world, go_on = impatient, asyncio.Event()
    sending = world.server(name).faults.add(method="POST", hold=go_on)
    job = await world.remix(name)
    await sending.processed.wait()

    async with held_by_another(world):
        go_on.set()
        said = await logged(world, caplog, "call.not_stored", times=3)
        with pytest.raises(NotStoringError) as refused:
            await world.jobs.submit(world.order(name))
    ended = await world.ended(job.id)

    assert explain(refused.value) == SENTENCE
    assert await count(world.database, "jobs") == 1
    assert ended.state is JobState.SUCCEEDED
    assert len(world.server(name).bill) == 1
    # Ideogram's legacy API gives no id.
    wanted = None if name == "ideogram-v2" else world.server(name).bill[0].id
    assert [one["work"] for one in said[:1]] == [wanted]
    assert (await world.ended((await world.remix(name)).id)).state is JobState.SUCCEEDED


async def test_a_stop_waits_until_a_ticket_is_stored(
    impatient: World, caplog: pytest.LogCaptureFixture
) -> None:
    world, go_on = impatient, asyncio.Event()
    sending = world.providers.fal.faults.add(method="POST", hold=go_on)
    job = await world.remix()
    await sending.processed.wait()

    async with held_by_another(world):
        go_on.set()
        await logged(world, caplog, "call.not_stored")
        stopping = asyncio.create_task(world.stop())
        await logged(world, caplog, "call.not_stored", times=3)
        assert not stopping.done()
    await stopping
    await world.start()

    assert (await world.ended(job.id)).state is JobState.SUCCEEDED
    assert len(await world.calls(job.id)) == 1


async def test_that_a_call_was_not_accepted_is_kept_until_it_is_stored(
    impatient: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Else nobody could say any more that it cost nothing."""
    world, go_on = impatient, asyncio.Event()
    sending = world.providers.fal.faults.add(method="POST", status=429, hold_before=go_on)
    job = await world.remix()
    await sending.hit.wait()

    async with held_by_another(world):
        go_on.set()
        await logged(world, caplog, "call.not_stored")
    ended = await world.ended(job.id)

    assert ended.state is JobState.SUCCEEDED
    outcomes = [call["outcome"] for call in await world.calls(job.id)]
    assert outcomes == [CallOutcome.NOT_ACCEPTED, CallOutcome.DONE]


async def test_a_result_that_cannot_be_settled_is_settled_once_it_can(
    impatient: World, caplog: pytest.LogCaptureFixture
) -> None:
    world = impatient
    world.providers.fal.gate.clear()
    job = await world.remix()
    await world.in_state(job.id, JobState.RUNNING)

    async with held_by_another(world):
        world.providers.fal.gate.set()
        await logged(world, caplog, "job.not_stored", times=6)
        assert (await world.row(job.id)).attempts == 0
    ended = await world.ended(job.id)

    assert "job.fault" not in caplog.messages
    assert ended.state is JobState.SUCCEEDED
    assert await world.entries(job.id) == [("reserve", ended.row.reserved), ("settle", 0)]


async def test_an_order_that_cannot_be_stored_is_refused_with_a_sentence(impatient: World) -> None:
    world = impatient

    async with held_by_another(world):
        with pytest.raises(StorageError) as refused:
            await world.jobs.submit(world.order())

    assert explain(refused.value) == SENTENCE
    assert await count(world.database, "jobs") == 0
    assert not world.jobs._carrier.runs


async def test_a_picture_that_finds_no_room_on_the_disk_is_read_again_until_it_does(
    impatient: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = impatient

    def no_room(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", no_room)
        job = await world.remix()
        await logged(world, caplog, "job.not_stored", times=6)
    ended = await world.ended(job.id)

    assert "job.fault" not in caplog.messages
    assert (ended.state, ended.row.attempts) == (JobState.SUCCEEDED, 0)


async def test_a_fault_of_ours_loses_no_ticket(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.errors_are_expected = True
    faults = [RuntimeError("of ours")]

    def hook(name: str) -> None:
        if faults and name.endswith("submitting._store.work commit before"):
            raise faults.pop()

    failpoints.arm(hook)
    try:
        ended = await world.ended((await world.remix()).id)
    finally:
        failpoints.arm(None)

    assert not faults
    assert ended.state is JobState.SUCCEEDED
    assert len(world.providers.fal.bill) == 1
    (said,) = await logged(world, caplog, "call.not_stored")
    assert said["work"] == world.providers.fal.bill[0].id
