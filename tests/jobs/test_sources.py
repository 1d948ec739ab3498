"""A source that cannot be used ends in a refund, and nothing is bought."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.images import Fault
from bot.jobs.record import Failure, Pictures, SourceRef
from storage.states import JobState
from tests.jobs.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        ("missing.jpg", Failure.SOURCE_GONE),
        ("text.jpg", f"{Failure.SOURCE_UNREADABLE}:{Fault.NOT_A_PICTURE}"),
        ("wide.jpg", Failure.SOURCE_SHAPE),
    ],
)
async def test_a_source_that_cannot_be_used_is_refunded(
    world: World, picture: str, reason: str
) -> None:
    job = await world.ended((await world.remix(picture=picture)).id)

    assert (job.state, job.row.reason) == (JobState.FAILED, reason)
    assert job.row.message_id == world.discord.cards[job.id]
    assert await world.entries(job.id) == [("reserve", 4), ("refund", -4)]
    assert await world.spend() == 0
    assert not await world.calls(job.id)
    assert not world.providers.fal.calls
    (shown,) = world.discord.shown[job.id]
    assert (shown.state, shown.files) == (JobState.FAILED, {})


async def test_a_link_that_died_is_replaced_by_a_fresh_one(world: World) -> None:
    world.discord.links[world.sources.link("missing.jpg")] = world.sources.link("source.jpg")

    job = await world.ended((await world.remix(picture="missing.jpg")).id)

    assert job.state is JobState.SUCCEEDED
    assert world.sources.served == ["missing.jpg", "source.jpg"]


async def test_a_link_that_was_dropped_is_had_anew_from_the_card(world: World) -> None:
    world.discord.links[""] = world.sources.link("source.jpg")
    order = replace(world.order(), pictures=Pictures(source=SourceRef(url="")))

    job = await world.jobs.submit(order)
    world.jobs.confirm(job.id, world.discord.answer(job.id))

    assert (await world.ended(job.id)).state is JobState.SUCCEEDED


async def test_a_server_that_stumbles_is_asked_again(world: World) -> None:
    world.sources.faults.add(status=503)
    world.sources.faults.add(cut=100)

    assert (await world.ended((await world.remix()).id)).state is JobState.SUCCEEDED


async def test_a_link_to_anywhere_else_is_not_followed(world: World) -> None:
    order = world.order()
    elsewhere = world.providers.fal.url + "/files/source.jpg"
    order = replace(order, pictures=Pictures(source=SourceRef(url=elsewhere)))

    job = await world.jobs.submit(order)
    world.jobs.confirm(job.id, world.discord.answer(job.id))

    assert (await world.ended(job.id)).row.reason == Failure.SOURCE_GONE
    assert not world.providers.fal.calls


async def test_a_full_spool_is_told_and_refunded(still: World) -> None:
    await still.start(spool_cap=1_000_000)

    job = await still.ended((await still.remix()).id)
    await still.check()
    await still.stop()

    assert (job.state, job.row.reason) == (JobState.FAILED, Failure.SPOOL_FULL)
