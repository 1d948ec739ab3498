"""Nothing is bought before Discord has confirmed the card."""

from __future__ import annotations

import pytest

from bot.jobs.presenter import WaitingForRoom
from bot.jobs.record import Failure
from storage.states import JobState, Shown
from tests.jobs.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def source_is_ready(world: World, job_id: str) -> None:
    async def holds() -> bool:
        return await world.context.spool.has(job_id, "source")

    await world.until(holds)


async def test_nothing_is_bought_before_the_card_is_confirmed(world: World) -> None:
    job = await world.jobs.submit(world.order())
    await source_is_ready(world, job.id)

    assert (await world.row(job.id)).state is JobState.QUEUED
    assert not world.providers.fal.calls

    world.jobs.confirm(job.id, world.discord.answer(job.id))
    ended = await world.ended(job.id)
    assert ended.row.message_id == world.discord.cards[job.id]
    assert not world.discord.asked, "a confirmed card needs no question"


@pytest.mark.parametrize("said", ["lost", "nothing"])
async def test_a_card_whose_confirmation_is_lost_is_asked_for_and_found(
    world: World, said: str
) -> None:
    job = await world.jobs.submit(world.order())
    message_id = world.discord.answer(job.id)
    if said == "lost":
        world.jobs.confirm(job.id, None)

    ended = await world.ended(job.id)

    assert (ended.state, ended.row.message_id) == (JobState.SUCCEEDED, message_id)
    assert world.discord.asked == [job.id]


async def test_a_job_without_a_card_is_cancelled_and_refunded(world: World) -> None:
    job = await world.jobs.submit(world.order())
    await source_is_ready(world, job.id)
    world.jobs.confirm(job.id, None)

    ended = await world.ended(job.id)

    assert (ended.state, ended.row.reason) == (JobState.CANCELLED, Failure.CARD_LOST)
    assert ended.row.shown is Shown.DELETED
    assert await world.entries(job.id) == [("reserve", 4), ("refund", -4)]
    assert await world.spend() == 0
    assert not world.discord.shown[job.id]
    assert not world.providers.fal.calls


async def test_a_silent_discord_is_asked_until_it_answers(world: World) -> None:
    world.discord.silences = 3
    job = await world.jobs.submit(world.order())
    world.discord.answer(job.id)
    world.jobs.confirm(job.id, None)

    ended = await world.ended(job.id)

    assert ended.state is JobState.SUCCEEDED
    assert len(world.discord.asked) == 4


async def test_a_job_without_a_card_whose_source_is_gone_complains_to_nobody(
    world: World,
) -> None:
    world.discord.silences = 5
    job = await world.jobs.submit(world.order(picture="missing.jpg"))
    world.jobs.confirm(job.id, None)

    ended = await world.ended(job.id)

    assert ended.row.reason == Failure.CARD_LOST


async def test_a_card_that_was_confirmed_twice_keeps_its_first_message(world: World) -> None:
    job = await world.jobs.submit(world.order())
    first = world.discord.answer(job.id)
    world.jobs.confirm(job.id, first)
    world.jobs.confirm(job.id, None)
    world.jobs.confirm("unknown job", 1)

    assert (await world.ended(job.id)).row.message_id == first
    world.jobs.confirm(job.id, None)
    assert not world.jobs._carrier._cards


async def test_a_card_that_was_deleted_before_the_submit_is_a_cancel(world: World) -> None:
    world.providers.ideogram.gate.clear()
    others = [await world.remix("ideogram-v2", count=5) for _ in range(2)]
    for other in others:
        await world.in_state(other.id, JobState.SUBMITTING)

    job = await world.jobs.submit(world.order("ideogram-v2", count=5))
    world.discord.deleted.add(job.id)
    message_id = world.discord.answer(job.id)
    world.jobs.confirm(job.id, message_id)
    await world.until(lambda: told_of_waiting(world, job.id))
    world.providers.ideogram.gate.set()
    ended = [await world.ended(other.id) for other in (*others, job)]

    assert [one.state for one in ended[:2]] == [JobState.SUCCEEDED] * 2
    assert ended[2].state is JobState.CANCELLED


async def told_of_waiting(world: World, job_id: str) -> bool:
    return WaitingForRoom() in world.discord.told[job_id]
