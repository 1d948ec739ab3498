"""Cancelling refunds before the submit, or when the provider has stopped; never else."""

from __future__ import annotations

import asyncio

import pytest

from bot.jobs.engine import CancelAnswer
from bot.jobs.record import Failure, Job
from storage import jobs
from storage.states import JobState
from tests.jobs.world import World
from tests.storage.rows import do

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def assert_cancelled(world: World, job_id: str) -> Job:
    job = await world.ended(job_id)
    assert (job.state, job.row.reason) == (JobState.CANCELLED, Failure.CANCELLED)
    assert await world.entries(job_id) == [
        ("reserve", job.row.reserved),
        ("refund", -job.row.reserved),
    ]
    assert len(world.discord.shown[job_id]) == 1
    return job


async def test_a_job_that_waits_for_its_card_is_cancelled_when_that_comes(world: World) -> None:
    job = await world.jobs.submit(world.order())

    assert await world.jobs.cancel(job.id) is CancelAnswer.ASKED
    world.jobs.confirm(job.id, world.discord.answer(job.id))

    await assert_cancelled(world, job.id)
    assert not world.providers.fal.calls


async def test_a_job_is_cancelled_while_its_source_is_read(world: World) -> None:
    reading = world.sources.faults.add(hold_before=asyncio.Event())
    job = await world.remix()
    await reading.hit.wait()

    assert await world.jobs.cancel(job.id) is CancelAnswer.ASKED

    await assert_cancelled(world, job.id)
    assert not world.providers.fal.calls


async def test_a_wish_that_nobody_was_woken_for_is_found_by_the_intent(world: World) -> None:
    job = await world.jobs.submit(world.order("runware-v2"))
    await do(world.database, jobs.request_cancel, job.id)
    world.jobs.confirm(job.id, world.discord.answer(job.id))

    await assert_cancelled(world, job.id)
    assert not await world.calls(job.id)
    assert not world.providers.runware.calls


async def test_a_job_is_cancelled_while_it_waits_to_be_tried_again(world: World) -> None:
    refusing = world.providers.fal.faults.add(path="remix", status=429, times=None)
    job = await world.remix()
    await refusing.hit.wait()

    async def queued_again() -> bool:
        row = await world.row(job.id)
        return row.state is JobState.QUEUED and row.message_id is not None

    await world.until(queued_again)
    await world.jobs.cancel(job.id)

    await assert_cancelled(world, job.id)
    assert not world.providers.fal.works


async def test_a_job_is_cancelled_while_it_waits_for_room(world: World) -> None:
    world.providers.ideogram.gate.clear()
    first = [await world.remix("ideogram-v2", count=5) for _ in range(2)]
    for job in first:
        await world.in_state(job.id, JobState.SUBMITTING)
    waiting = await world.remix("ideogram-v2", count=5)
    await world.until(lambda: has_news(world, waiting.id))

    assert await world.jobs.cancel(waiting.id) is CancelAnswer.ASKED
    await assert_cancelled(world, waiting.id)
    world.providers.ideogram.gate.set()

    for job in first:
        assert (await world.ended(job.id)).state is JobState.SUCCEEDED


async def has_news(world: World, job_id: str) -> bool:
    return bool(world.discord.told[job_id])


async def test_a_submit_that_is_under_way_is_stopped_once_it_was_accepted(world: World) -> None:
    world.providers.fal.queue_gate.clear()
    go_on = asyncio.Event()
    sending = world.providers.fal.faults.add(path="remix$", method="POST", hold=go_on)
    job = await world.remix()
    await sending.processed.wait()

    assert await world.jobs.cancel(job.id) is CancelAnswer.ASKED
    assert (await world.row(job.id)).state is JobState.SUBMITTING
    go_on.set()

    await assert_cancelled(world, job.id)
    (call,) = await world.calls(job.id)
    assert (call["outcome"], call["cost_micros"]) == ("failed", 0)


async def test_work_in_the_queue_is_stopped_and_refunded(world: World) -> None:
    world.providers.fal.queue_gate.clear()
    job = await world.remix()
    await world.in_state(job.id, JobState.RUNNING)

    assert await world.jobs.cancel(job.id) is CancelAnswer.ASKED

    await assert_cancelled(world, job.id)
    assert not world.providers.fal.bill


async def test_work_that_does_not_stop_is_shown_and_charged(world: World) -> None:
    world.providers.fal.gate.clear()
    job = await world.remix()
    await world.providers.fal.begun.wait()
    await world.in_state(job.id, JobState.RUNNING)

    assert await world.jobs.cancel(job.id) is CancelAnswer.ASKED
    asked = world.providers.fal.faults.add(path="cancel$")
    assert await world.jobs.cancel(job.id) is CancelAnswer.ASKED
    await asked.hit.wait()
    world.providers.fal.gate.set()

    ended = await world.ended(job.id)
    assert (ended.state, ended.row.settled) == (JobState.SUCCEEDED, 4)
    assert len(world.providers.fal.bill) == 1


@pytest.mark.parametrize(("name", "held"), [("runware-v2", "/v1"), ("ideogram-v2", "/remix")])
async def test_what_was_sent_to_a_provider_that_cannot_stop_is_charged(
    world: World, name: str, held: str
) -> None:
    go_on = asyncio.Event()
    sending = world.server(name).faults.add(path=held, hold=go_on)
    job = await world.remix(name)
    await sending.processed.wait()

    assert await world.jobs.cancel(job.id) is CancelAnswer.TOO_LATE
    assert not (await world.row(job.id)).cancel
    go_on.set()

    assert (await world.ended(job.id)).state is JobState.SUCCEEDED


async def test_a_job_that_has_ended_or_never_was_cannot_be_cancelled(world: World) -> None:
    job = await world.ended((await world.remix()).id)

    assert await world.jobs.cancel(job.id) is CancelAnswer.ENDED
    assert await world.jobs.cancel("0" * 16) is CancelAnswer.ENDED
    assert (await world.ended(job.id)).row == job.row


async def test_a_wish_outlives_a_restart(world: World) -> None:
    world.providers.fal.queue_gate.clear()
    job = await world.remix()
    await world.in_state(job.id, JobState.RUNNING)
    await do(world.database, jobs.request_cancel, job.id)

    await world.restart()

    await assert_cancelled(world, job.id)
    assert not world.providers.fal.bill
