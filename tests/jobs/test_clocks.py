"""A clock that jumps, two hours back or a month ahead: nothing double, nothing lost, no hang."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.jobs.presenter import Delivery
from bot.jobs.refusals import OverLimitError
from bot.quotas import Denial
from sandbox.providers.steps import Step
from storage.states import JobState, Shown
from tests.jobs.surroundings import FAST, UNLIMITED, held
from tests.jobs.world import World

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    # A process that is killed closes its files by that.
    pytest.mark.filterwarnings("ignore:.*FileIO:pytest.PytestUnraisableExceptionWarning"),
]

BACK, AHEAD = -2 * 3600, 31 * 24 * 3600


@pytest.mark.parametrize("seconds", [BACK, AHEAD])
@pytest.mark.parametrize("name", ["fal-v2a", "runware-v2", "ideogram-v2"])
async def test_work_under_way_is_shown_and_charged_once(
    world: World, name: str, seconds: int
) -> None:
    world.server(name).gate.clear()
    job = await world.remix(name)
    await world.server(name).begun.wait()

    await world.beat(seconds=seconds)
    world.server(name).gate.set()
    ended = await world.ended(job.id)

    assert ended.state is JobState.SUCCEEDED
    assert await world.entries(job.id) == [("reserve", ended.row.reserved), ("settle", 0)]
    assert len(world.server(name).bill) == 1


@pytest.mark.parametrize("seconds", [BACK, AHEAD])
async def test_work_that_is_taken_up_again_after_the_jump_is_shown_and_charged_once(
    world: World, seconds: int
) -> None:
    world.providers.fal.gate.clear()
    job = await world.remix()
    await world.in_state(job.id, JobState.RUNNING)

    await world.kill()
    world.clock.move(seconds=seconds)
    await world.start()
    world.providers.fal.gate.set()

    assert (await world.ended(job.id)).state is JobState.SUCCEEDED
    assert world.charged() == job.row.micros_each


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_result_that_could_not_be_shown_at_once_as_the_clock_jumped_is_shown(
    world: World, *, restarts: bool
) -> None:
    world.discord.deliveries.extend([Delivery.LATER] * 3)
    world.discord.hold = asyncio.Event()
    job = await world.remix()

    async def showing() -> bool:
        return bool(world.discord.shown[job.id])

    await world.until(showing)
    await world.beat(seconds=AHEAD)
    world.discord.hold.set()
    if restarts:
        await world.restart()
    ended = await world.ended(job.id)

    assert ended.row.shown is Shown.YES
    assert await world.entries(job.id) == [("reserve", ended.row.reserved), ("settle", 0)]


async def test_a_job_that_was_to_be_tried_again_soon_does_not_wait_for_the_clock(
    world: World,
) -> None:
    await world.restart(tempo=replace(FAST, submit_within=1.5))
    busy = world.providers.fal.faults.add(path="remix$", status=429, headers={"Retry-After": "60"})
    job = await world.remix()
    await busy.hit.wait()

    async def waits() -> bool:
        return bool((await world.row(job.id)).due)

    await world.until(waits)
    await world.kill()
    world.clock.move(seconds=BACK)
    await world.start()

    assert (await world.ended(job.id)).state is JobState.SUCCEEDED


async def test_a_lost_answer_is_asked_for_no_longer_though_the_clock_goes_back(
    world: World,
) -> None:
    world.bills_are_known = False
    runware = world.providers.runware
    runware.fail(Step.SUBMIT, drop="after")
    silent = runware.fail(Step.STATUS, drop="before", times=None)
    job = await world.remix("runware-v2")
    await silent.hit.wait()

    world.clock.move(seconds=BACK)

    assert (await world.ended(job.id)).state is JobState.UNCONFIRMED


async def test_a_call_of_an_age_that_nobody_knows_is_not_repeated(world: World) -> None:
    sending = held(world.providers.runware, "/v1", arrived=False)
    job = await world.remix("runware-v2")
    await sending.hit.wait()

    await world.kill()
    world.clock.move(seconds=BACK)
    await world.start()

    assert (await world.ended(job.id)).state is JobState.UNCONFIRMED
    assert not world.providers.runware.jobs


@pytest.mark.parametrize("name", ["fal-v2a", "runware-v2", "ideogram-v2"])
async def test_a_call_is_not_sent_by_a_process_whose_lease_lapsed_since_its_intent(
    world: World, name: str
) -> None:
    """A process that was stopped just there: its jobs may be another's by now."""
    # A shared spool writes the source before.
    intent = 2 if world.database.exclusive else 3
    world.database.after[intent] = lambda: world.clock.move(seconds=FAST.lease + 1)
    job = await world.remix(name)

    async def taken_back() -> bool:
        return [call["outcome"] for call in await world.calls(job.id)] == ["not_accepted"]

    await world.until(taken_back)
    assert not world.server(name).calls
    await world.beat(seconds=0)
    ended = await world.ended(job.id)

    assert ended.state is JobState.SUCCEEDED
    assert [call["outcome"] for call in await world.calls(job.id)] == ["not_accepted", "done"]
    assert await world.entries(job.id) == [("reserve", ended.row.reserved), ("settle", 0)]


async def test_a_call_is_not_repeated_by_a_process_whose_lease_lapsed(world: World) -> None:
    world.bills_are_known = False
    runware, go_on = world.providers.runware, asyncio.Event()
    lost = runware.fail(Step.SUBMIT, hold_before=go_on, drop="before")
    job = await world.remix("runware-v2")
    await lost.hit.wait()

    world.clock.move(seconds=FAST.lease + 1)
    go_on.set()

    assert (await world.ended(job.id)).state is JobState.UNCONFIRMED
    assert not runware.jobs


async def test_what_was_spent_stays_spent_whichever_way_the_clock_goes(world: World) -> None:
    await world.restart(limits=replace(UNLIMITED, default_credits=4))
    await world.ended((await world.remix()).id)

    async def refusal() -> Denial:
        with pytest.raises(OverLimitError) as refused:
            await world.jobs.submit(world.order())
        return refused.value.denial

    before = await refusal()
    await world.beat(seconds=BACK)
    after_going_back = await refusal()
    await world.beat(seconds=AHEAD - BACK)
    next_month = await world.ended((await world.remix()).id)
    await world.beat(seconds=-AHEAD)
    after_coming_back = await refusal()

    assert next_month.state is JobState.SUCCEEDED
    assert {before, after_going_back, after_coming_back} == {Denial.ALLOWANCE}


async def test_orders_are_taken_at_once_after_a_jump(world: World) -> None:
    for seconds in (AHEAD, -AHEAD, BACK):
        await world.beat(seconds=seconds)
        async with asyncio.timeout(20):
            ended = await world.ended((await world.remix()).id)
        assert ended.state is JobState.SUCCEEDED
