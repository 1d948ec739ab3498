"""Showing is tried for a day; a card that was deleted is never posted again."""

from __future__ import annotations

import asyncio

import pytest

from bot.jobs.presenter import Delivery
from bot.jobs.record import Failure
from bot.jobs.showing import LEAST_TRIES
from storage import jobs
from storage.database import Transaction
from storage.states import JobState, Shown
from tests.jobs.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATER, DELETED, NO_WAY = Delivery.LATER, Delivery.CARD_DELETED, Delivery.NO_WAY
RETURNED = [("reserve", 4), ("settle", 0), ("return", -4)]


async def used(world: World) -> int:
    (account,) = await world.database.read("SELECT used FROM accounts")
    found = account["used"]
    assert isinstance(found, int)
    return found


async def test_a_result_that_discord_did_not_take_is_shown_again(world: World) -> None:
    world.discord.deliveries.extend([LATER, LATER, LATER])

    job = await world.ended((await world.remix()).id)

    attempts = world.discord.shown[job.id]
    assert [one.again for one in attempts] == [False, True, True, True]
    assert all(one.files == attempts[0].files for one in attempts)
    assert await world.entries(job.id) == [("reserve", 4), ("settle", 0)]


async def test_a_fault_of_the_presenter_is_no_end(world: World) -> None:
    world.errors_are_expected = True
    world.discord.deliveries.extend([RuntimeError("a fault"), KeyError("another")])

    job = await world.ended((await world.remix()).id)

    assert (job.row.shown, job.row.attempts) == (Shown.YES, 0)


async def test_messages_of_further_parts_are_known_at_the_next_attempt(world: World) -> None:
    world.discord.parts = 2
    world.discord.deliveries.extend([LATER])

    job = await world.ended((await world.remix()).id)

    first, second = world.discord.shown[job.id]
    assert first.parts == {}
    assert set(second.parts) == {1, 2}


async def test_the_result_of_a_deleted_card_is_charged_and_not_posted_again(
    world: World,
) -> None:
    world.discord.deliveries.append(DELETED)

    job = await world.ended((await world.remix()).id)
    await world.restart()
    await world.idle()

    assert (job.state, job.row.shown) == (JobState.SUCCEEDED, Shown.DELETED)
    assert await world.entries(job.id) == [("reserve", 4), ("settle", 0)]
    assert len(world.discord.shown[job.id]) == 1


@pytest.mark.parametrize("spoilt", [False, True])
async def test_a_result_that_no_way_leads_to_is_given_back(world: World, *, spoilt: bool) -> None:
    world.errors_are_expected = world.discord.spoilt = spoilt
    world.discord.deliveries.append(NO_WAY)

    job = await world.ended((await world.remix()).id)

    assert (job.state, job.row.shown) == (JobState.SUCCEEDED, Shown.UNDELIVERABLE)
    assert await world.entries(job.id) == RETURNED
    assert await used(world) == 0
    assert await world.spend() == 40_000, "the provider is paid all the same"
    assert await world.server_month() == 4
    assert world.discord.given_up == [(job.id, Shown.NO)], "the card says so, and first"


async def test_a_failure_that_cannot_be_told_returns_nothing_twice(world: World) -> None:
    world.discord.deliveries.append(NO_WAY)

    job = await world.ended((await world.remix(picture="missing.jpg")).id)

    assert (job.row.reason, job.row.shown) == (Failure.SOURCE_GONE, Shown.UNDELIVERABLE)
    assert await world.entries(job.id) == [("reserve", 4), ("refund", -4)]
    assert not world.discord.given_up


@pytest.mark.parametrize("answer", [LATER, RuntimeError("a fault")])
async def test_after_a_day_a_result_is_given_back(
    world: World, answer: Delivery | Exception
) -> None:
    world.errors_are_expected = True
    world.discord.deliveries.extend([answer] * 1000)
    job = await world.remix()
    await world.in_state(job.id, JobState.SUCCEEDED)
    await world.beat(seconds=23.9 * 3600)
    assert (await world.row(job.id)).shown is Shown.NO

    await world.beat(seconds=0.2 * 3600)
    ended = await world.ended(job.id)

    assert ended.row.shown is Shown.UNDELIVERABLE
    assert await world.entries(job.id) == RETURNED


async def test_the_day_goes_on_while_the_bot_is_away(world: World) -> None:
    world.discord.deliveries.extend([LATER] * 1000)
    job = await world.remix()
    await world.in_state(job.id, JobState.SUCCEEDED)

    await world.kill()
    world.clock.move(seconds=24.1 * 3600)
    before = len(world.discord.shown[job.id])
    await world.start()
    ended = await world.ended(job.id)

    assert ended.row.shown is Shown.UNDELIVERABLE
    assert await world.entries(job.id) == RETURNED
    assert len(world.discord.shown[job.id]) - before == LEAST_TRIES


async def test_a_return_to_an_ended_day_is_gone(world: World) -> None:
    world.discord.deliveries.extend([LATER] * 1000)
    job = await world.remix()
    await world.in_state(job.id, JobState.SUCCEEDED)
    await world.beat(seconds=23 * 3600)
    second = await world.remix()
    await world.in_state(second.id, JobState.SUCCEEDED)
    await world.beat(seconds=1.1 * 3600)

    await world.ended(job.id)
    world.discord.deliveries.clear()
    await world.ended(second.id)

    assert await world.entries(job.id) == RETURNED
    assert await used(world) == 4


async def test_the_card_of_a_job_that_another_process_showed_is_left_alone(world: World) -> None:
    world.discord.deliveries.append(NO_WAY)
    world.discord.hold = asyncio.Event()
    job = await world.remix()

    async def tried() -> bool:
        return bool(world.discord.shown[job.id])

    await world.until(tried)

    async def show_elsewhere(tx: Transaction) -> None:
        await jobs.mark_shown(tx, job.id, Shown.YES, fence=job.row.fence)
        await tx.run("UPDATE jobs SET fence = fence + 1 WHERE id = ?", job.id)

    await world.database.transaction(show_elsewhere)
    world.discord.hold.set()
    await world.idle()

    assert not world.discord.given_up
    assert await world.entries(job.id) == [("reserve", 4), ("settle", 0)]
    # Whoever showed it would have cleared the spool; the next start does.
    await world.restart()
