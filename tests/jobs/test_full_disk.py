"""No room in the spool: what was bought waits for it, and nothing more is bought."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

import pytest

from bot.backends.base import Operation
from bot.jobs.record import Failure, Job
from storage.shared_spool import SharedSpool
from storage.states import JobState
from tests.jobs.hearing import logged
from tests.jobs.surroundings import FAST
from tests.jobs.world import World

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    # A process that is killed closes its files by that.
    pytest.mark.filterwarnings("ignore:.*FileIO:pytest.PytestUnraisableExceptionWarning"),
]

OTHER = "0123456789abcdef"
ENOUGH = 20
"""Attempts whose gaps are longer than results are asked for."""


class Usage(NamedTuple):
    total: int
    used: int
    free: int


FullDisk = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    """For as long as the block lasts, the system says that the disk has only 100 MB left."""

    def usage(_: object) -> Usage:
        return Usage(total=10**12, used=10**12 - (100 << 20), free=100 << 20)

    @contextmanager
    def full() -> Generator[None]:
        with monkeypatch.context() as patched:
            patched.setattr(shutil, "disk_usage", usage)
            yield

    return full


async def running(world: World, name: str = "fal-v2a") -> Job:
    """A job that was bought and has no result yet."""
    world.server(name).gate.clear()
    job = await world.remix(name)
    await world.in_state(job.id, JobState.RUNNING)
    return job


async def assert_shown_and_charged_once(world: World, job: Job) -> None:
    ended = await world.ended(job.id)
    assert ended.state is JobState.SUCCEEDED
    assert await world.entries(job.id) == [("reserve", ended.row.reserved), ("settle", 0)]
    assert world.charged() == ended.row.micros_each
    (shown,) = world.discord.shown[job.id]
    assert shown.kinds == ["result", "source"]


@pytest.mark.parametrize("name", ["fal-v2a", "runware-v2"])
async def test_a_result_waits_for_room_on_the_disk_for_as_long_as_it_takes(
    world: World, caplog: pytest.LogCaptureFixture, full_disk: FullDisk, name: str
) -> None:
    world.errors_are_expected = True
    job = await running(world, name)
    began = asyncio.get_running_loop().time()

    with full_disk():
        world.server(name).gate.set()
        await world.beat(seconds=2 * 3600)
        said = await logged(world, caplog, "result.no_room", times=ENOUGH)
        waited = asyncio.get_running_loop().time() - began
        assert (await world.row(job.id)).state is JobState.RUNNING

    assert waited > FAST.fetch_within
    assert "make room" in str(said[0]["reason"])
    await assert_shown_and_charged_once(world, job)


async def test_the_answer_of_a_call_that_cannot_be_taken_up_again_waits_for_room(
    world: World, caplog: pytest.LogCaptureFixture, full_disk: FullDisk
) -> None:
    world.errors_are_expected = True
    go_on = asyncio.Event()
    sending = world.providers.ideogram.faults.add(method="POST", hold=go_on)
    job = await world.remix("ideogram-v2")
    await sending.processed.wait()

    with full_disk():
        go_on.set()
        await logged(world, caplog, "result.no_room", times=ENOUGH)

    await assert_shown_and_charged_once(world, job)


async def test_a_result_waits_for_room_across_a_stop_and_a_start(
    world: World, caplog: pytest.LogCaptureFixture, full_disk: FullDisk
) -> None:
    world.errors_are_expected = True
    job = await running(world)

    with full_disk():
        world.providers.fal.gate.set()
        await logged(world, caplog, "result.no_room")
        await world.stop()
        caplog.clear()
        await world.start()
        await logged(world, caplog, "result.no_room", times=ENOUGH)

    await assert_shown_and_charged_once(world, job)


async def test_a_link_that_does_not_answer_is_asked_for_as_long_after_the_wait(
    world: World, caplog: pytest.LogCaptureFixture, full_disk: FullDisk
) -> None:
    world.errors_are_expected = True
    job = await running(world)

    with full_disk():
        world.providers.fal.gate.set()
        await logged(world, caplog, "result.no_room", times=ENOUGH)
        silent = world.providers.fal.faults.add(method="GET", path="_0.png", status=503, times=2)

    await assert_shown_and_charged_once(world, job)
    assert silent.hits == 2


@pytest.mark.parametrize(
    "asked", [{}, {"operation": Operation.GENERATE, "picture": None}], ids=["remix", "generate"]
)
async def test_an_order_that_meets_a_full_disk_is_refunded_and_nothing_is_bought(
    world: World, full_disk: FullDisk, asked: dict[str, Any]
) -> None:
    with full_disk():
        ended = await world.ended((await world.remix("fal-v2-turbo", **asked)).id)

    assert (ended.state, ended.row.reason) == (JobState.FAILED, Failure.SPOOL_FULL)
    assert [kind for kind, _ in await world.entries(ended.id)] == ["reserve", "refund"]
    assert not world.providers.fal.calls


async def test_a_result_passes_the_cap_where_it_would_wait_for_ever(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """As where jobs that lie in the spool wait for one another's room."""
    world.errors_are_expected = True
    await world.restart(spool_cap=70_000_000)
    job = await running(world)
    spool = world.context.spool
    held = spool.staging(OTHER, "result-1", size=30_000_000)

    world.providers.fal.gate.set()
    await logged(world, caplog, "result.no_room")
    assert (await world.row(job.id)).state is JobState.RUNNING

    await assert_shown_and_charged_once(world, job)
    spool.discard(held)
    await spool.clear(OTHER)


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_what_another_process_let_in_is_brought_past_the_cap(world: World) -> None:
    job = await running(world)
    other = SharedSpool(world.folder / "other", world.database, cap=0)

    assert await other.sizes(job.id) == await world.context.spool.sizes(job.id)
    assert other.used() > 0

    world.providers.fal.gate.set()
    await assert_shown_and_charged_once(world, job)
