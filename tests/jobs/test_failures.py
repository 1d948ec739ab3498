"""Every way in which a provider fails, and what it costs whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from aiohttp import web

from bot.backends.catalogue import CATALOGUE
from bot.backends.errors import Reason
from bot.jobs import running
from bot.jobs.record import Failure, Job
from storage.states import JobState
from tests.jobs.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALL = ("fal-v2a", "runware-v2", "ideogram-v2")


async def assert_refunded(world: World, job: Job, reason: str, *, spend: int = 0) -> None:
    assert (job.state, job.row.reason, job.row.settled) == (JobState.FAILED, reason, None)
    reserved = job.row.reserved
    assert await world.entries(job.id) == [("reserve", reserved), ("refund", -reserved)]
    assert await world.spend() == spend
    assert await world.server_month() == (reserved if spend else 0)
    (shown,) = world.discord.shown[job.id]
    assert (shown.state, shown.files) == (JobState.FAILED, {})


@pytest.mark.parametrize("name", ALL)
async def test_a_busy_provider_is_tried_again_with_a_new_call(world: World, name: str) -> None:
    job = await world.ended((await world.remix(name, "a busy __429__ city")).id)

    calls = await world.calls(job.id)
    assert job.state is JobState.SUCCEEDED
    assert [call["outcome"] for call in calls] == ["not_accepted", "not_accepted", "done"]
    assert len({call["key"] for call in calls}) == 3
    assert world.charged() == job.row.micros_each


@pytest.mark.parametrize("name", ALL)
async def test_a_provider_that_cannot_be_reached_is_tried_until_it_can(
    world: World, name: str
) -> None:
    async with world.server(name).unreachable():
        job = await world.remix(name)

        async def tried_twice() -> bool:
            return len(await world.calls(job.id)) >= 2

        await world.until(tried_twice)

    assert (await world.ended(job.id)).state is JobState.SUCCEEDED
    assert world.charged() == job.row.micros_each


async def test_a_job_that_was_not_sent_within_an_hour_is_never_sent(world: World) -> None:
    job = await world.jobs.submit(world.order())
    await world.beat(seconds=3601)
    world.jobs.confirm(job.id, world.discord.answer(job.id))

    await assert_refunded(world, await world.ended(job.id), Failure.TOO_LATE)
    assert not world.providers.fal.calls


@pytest.mark.parametrize("name", ALL)
async def test_a_closed_account_is_refunded_and_told_to_the_operator(
    world: World, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.errors_are_expected = True
    await world.restart(guarded=True)

    job = await world.ended((await world.remix(name, "a __locked__ city")).id)

    await assert_refunded(world, job, Reason.ACCOUNT)
    assert caplog.messages.count("operator.notice") == 1
    (call,) = await world.calls(job.id)
    assert call["outcome"] == "not_accepted"


@pytest.mark.parametrize("name", ["runware-v2", "ideogram-v2"])
async def test_a_prompt_that_is_refused_is_refunded(world: World, name: str) -> None:
    job = await world.ended((await world.remix(name, "a __policy__ city")).id)

    await assert_refunded(world, job, Reason.POLICY)


async def test_a_prompt_that_is_refused_after_the_work_may_be_billed(world: World) -> None:
    world.providers.fal.bills_policy = True

    job = await world.ended((await world.remix("fal-v2a", "a __policy__ city")).id)

    await assert_refunded(world, job, Reason.POLICY, spend=40_000)


@pytest.mark.parametrize("name", ["fal-v2a", "runware-v2"])
async def test_work_that_fails_is_refunded(world: World, name: str) -> None:
    job = await world.ended((await world.remix(name, "a __down__ city")).id)

    await assert_refunded(world, job, Reason.UPSTREAM)
    (call,) = await world.calls(job.id)
    assert (call["outcome"], call["cost_micros"], call["ticket"]) == ("failed", 0, None)


@pytest.mark.parametrize("name", ["runware-v2", "ideogram-v2"])
async def test_unsafe_pictures_cost_the_operator_and_not_the_member(
    world: World, name: str
) -> None:
    job = await world.ended((await world.remix(name, "an __unsafe__ city", count=2)).id)

    await assert_refunded(world, job, Reason.UNSAFE_OUTPUT, spend=160_000)
    assert world.charged() == 160_000
    (call,) = await world.calls(job.id)
    assert (call["outcome"], call["cost_micros"]) == ("failed", 160_000)


@pytest.mark.parametrize("trigger", ["__garbage__", "__gone__"])
@pytest.mark.parametrize("name", ALL)
async def test_pictures_that_cannot_be_read_cost_the_operator_and_not_the_member(
    world: World, name: str, trigger: str
) -> None:
    job = await world.ended((await world.remix(name, f"a {trigger} city")).id)

    await assert_refunded(world, job, Reason.NO_RESULT, spend=job.row.micros_each)


async def test_a_result_that_stumbles_is_read_again(world: World) -> None:
    world.providers.fal.faults.add(path="files/files", status=503)
    world.providers.fal.faults.add(path="files/files", cut=1000)

    job = await world.ended((await world.remix()).id)

    assert job.state is JobState.SUCCEEDED


# Time is up


async def too_long(world: World, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job on fal whose deadline is near."""
    monkeypatch.setattr(running, "LAST_LOOK", 0.1)
    quick = tuple(replace(entry, deadline_seconds=0.1) for entry in CATALOGUE)
    await world.restart(catalogue=quick)
    return await world.remix()


async def test_work_that_is_stopped_at_its_deadline_is_refunded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.providers.fal.queue_gate.clear()

    job = await world.ended((await too_long(world, monkeypatch)).id)

    await assert_refunded(world, job, Failure.DEADLINE)
    assert not world.providers.fal.bill


async def test_work_that_does_not_stop_at_its_deadline_is_unconfirmed_and_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.providers.fal.gate.clear()

    job = await world.ended((await too_long(world, monkeypatch)).id)

    assert (job.state, job.row.reason) == (JobState.UNCONFIRMED, Failure.UNCONFIRMED)
    assert await world.entries(job.id) == [("reserve", 4), ("refund", -4)]
    assert await world.spend() == 40_000
    (call,) = await world.calls(job.id)
    assert (call["outcome"], call["cost_micros"]) == ("unknown", None)
    assert call["ticket"] is not None


# A lost answer


@pytest.mark.parametrize("name", ["fal-v2a", "ideogram-v2"])
@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_lost_answer_is_never_bought_again(
    world: World, name: str, drop: Literal["before", "after"]
) -> None:
    world.bills_are_known = False
    lost = world.server(name).faults.add(method="POST", path="remix$", drop=drop, times=None)

    job = await world.ended((await world.remix(name)).id)

    assert lost.hits == 1
    assert (job.state, job.row.reason) == (JobState.UNCONFIRMED, Failure.UNCONFIRMED)
    assert await world.entries(job.id) == [
        ("reserve", job.row.reserved),
        ("refund", -job.row.reserved),
    ]
    assert await world.spend() == job.row.micros_each


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_an_answer_that_runware_lost_is_found_under_our_id(
    world: World, drop: Literal["before", "after"]
) -> None:
    def buys(request: web.Request) -> bool:
        return (request.content_length or 0) > 500  # A question is shorter than a picture.

    lost = world.providers.runware.faults.add(path="/v1", drop=drop, match=buys)

    job = await world.ended((await world.remix("runware-v2")).id)

    assert lost.hits == 1
    assert job.state is JobState.SUCCEEDED
    (call,) = await world.calls(job.id)
    assert [charge.id for charge in world.providers.runware.bill] == [call["key"]]


async def test_a_silent_runware_is_unconfirmed_in_the_end(world: World) -> None:
    world.bills_are_known = False
    silent = world.providers.runware.faults.add(path="/v1", drop="after", times=None)

    job = await world.ended((await world.remix("runware-v2")).id)

    assert silent.hits >= 2
    assert job.state is JobState.UNCONFIRMED
    assert len(world.providers.runware.bill) <= 1
    assert await world.spend() == 80_000
