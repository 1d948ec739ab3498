"""A webhook is a hint: it wakes a job, and names a call whose answer was lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.jobs.record import Failure, Job
from sandbox.providers.steps import Step
from storage import calls
from storage.database import text
from storage.states import JobState
from tests.jobs.surroundings import FAST, QUICK
from tests.jobs.world import World
from tests.storage.rows import do

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    # A process that is killed closes its files by that.
    pytest.mark.filterwarnings("ignore:.*FileIO:pytest.PytestUnraisableExceptionWarning"),
]

REFUNDED = [("reserve", 4), ("refund", -4)]


@pytest_asyncio.fixture(loop_scope="session")
async def public(world: World) -> AsyncIterator[World]:
    """A world with a public address, at which nobody takes what fal tells."""
    world.providers.fal.webhooks.dropped = True
    await world.restart(public_url=f"http://{world.sources.address}")
    yield world


async def secret_of(world: World, job: Job) -> str:
    return text((await world.calls(job.id))[-1], "secret")


async def hint(world: World, job: Job, request_id: str) -> None:
    """Note a hint as the server of webhooks does, in whatever process."""
    now = world.clock.now()
    told = await do(
        world.database, calls.note_hint, await secret_of(world, job), "fal", request_id, now=now
    )
    assert told == job.id


async def lost(world: World) -> Job:
    """A job whose call fal carried out, and whose answer never came."""
    answer = world.providers.fal.faults.add(method="POST", path="remix$", drop="after")
    job = await world.remix()
    await answer.processed.wait()
    await world.in_state(job.id, JobState.SUBMITTING)
    return job


def work_id(world: World) -> str:
    (work,) = world.providers.fal.works
    return work


def posts(world: World) -> int:
    return sum(call.method == "POST" for call in world.providers.fal.calls)


async def assert_done_once(world: World, job: Job) -> None:
    ended = await world.ended(job.id)
    assert (ended.state, ended.row.gift) == (JobState.SUCCEEDED, False)
    assert await world.entries(job.id) == [("reserve", 4), ("settle", 0)]
    assert len(world.providers.fal.bill) == posts(world) == 1


@pytest.mark.parametrize(
    ("backend", "where"), [("fal-v2a", "query"), ("runware-v2", "body"), ("ideogram-v2", None)]
)
async def test_a_call_names_an_address_of_its_own_where_its_provider_reports(
    public: World, backend: str, where: str | None
) -> None:
    world = public
    job = await world.ended((await world.remix(backend)).id)

    sent = next(c for c in world.server(backend).calls if c.method == "POST")
    given = sent.query.get("fal_webhook") if where == "query" else None
    given = sent.body[0].get("webhookURL") if where == "body" else given
    secret = await secret_of(world, job)
    provider = backend.partition("-")[0]
    assert given == (f"{world.public_url}/hooks/{provider}/{secret}" if where else None)


async def test_no_call_names_an_address_where_there_is_no_public_one(world: World) -> None:
    await world.ended((await world.remix()).id)

    assert not any("fal_webhook" in call.query for call in world.providers.fal.calls)


@pytest.mark.parametrize("told", [True, False], ids=["by this process", "by another process"])
async def test_a_lost_answer_is_found_by_a_hint(public: World, *, told: bool) -> None:
    world = public
    job = await lost(world)
    assert not world.discord.shown[job.id]

    await hint(world, job, work_id(world))
    if told:
        world.jobs.hear(job.id)

    await assert_done_once(world, job)


async def test_a_hint_that_is_not_true_is_not_believed(public: World) -> None:
    world = public
    job = await lost(world)

    for forged in ("00000000-0000-4000-8000-000000000000", "../../../etc", ""):
        asked = len(world.providers.fal.calls)
        await hint(world, job, forged)
        world.jobs.hear(job.id)
        await heeded(world, forged, asked)
        assert (await world.row(job.id)).state is JobState.SUBMITTING
    await hint(world, job, work_id(world))

    await assert_done_once(world, job)


async def heeded(world: World, forged: str, asked: int) -> None:
    """Wait until fal was asked for it, if it can be a request id at all."""

    async def is_asked() -> bool:
        return len(world.providers.fal.calls) > asked

    if forged.startswith("0000"):
        await world.until(is_asked)


async def test_a_lost_answer_is_waited_for_until_nothing_can_be_heard_any_more(
    public: World,
) -> None:
    world = public
    world.bills_are_known = False
    job = await lost(world)
    entry = world.context.registry.entry("fal-v2a")
    waits = entry.deadline_seconds + FAST.hear_margin

    await world.beat(seconds=waits - 60)
    await world.restart()
    await world.in_state(job.id, JobState.SUBMITTING)
    await world.beat(seconds=61)
    ended = await world.ended(job.id)

    assert (ended.state, ended.row.reason) == (JobState.UNCONFIRMED, Failure.UNCONFIRMED)
    assert await world.entries(job.id) == REFUNDED
    assert posts(world) == 1


async def test_a_call_under_our_id_is_asked_for_as_long_as_it_can_be_heard_of(
    public: World,
) -> None:
    world = public
    runware = world.providers.runware
    runware.fail(Step.SUBMIT, drop="after")
    silent = runware.fail(Step.STATUS, drop="before", times=None)
    job = await world.remix("runware-v2")
    await silent.hit.wait()
    await world.beat(seconds=FAST.find_within + 60)
    asked = silent.hits

    async def asked_on() -> bool:
        return silent.hits > asked + 2

    await world.until(asked_on)
    assert (await world.row(job.id)).state is JobState.SUBMITTING
    runware.faults.clear()

    ended = await world.ended(job.id)
    assert (ended.state, ended.row.gift) == (JobState.SUCCEEDED, False)
    assert len(runware.bill) == 1


async def test_a_stop_does_not_wait_for_what_may_never_be_heard(public: World) -> None:
    world = public
    job = await lost(world)

    async with asyncio.timeout(3):
        await world.stop()
    await world.start()
    await hint(world, job, work_id(world))

    await assert_done_once(world, job)


async def test_a_call_that_was_cut_off_by_a_kill_is_found_by_a_hint(public: World) -> None:
    world = public
    held = asyncio.Event()
    sending = world.providers.fal.faults.add(method="POST", path="remix$", hold=held)
    job = await world.remix()
    await sending.processed.wait()

    await world.restart()
    held.set()
    await hint(world, job, work_id(world))

    await assert_done_once(world, job)


@pytest.mark.parametrize("told", [True, False], ids=["by this process", "by another process"])
async def test_a_hint_that_comes_after_the_refund_brings_a_gift_at_once(
    public: World, *, told: bool
) -> None:
    world = public
    await world.restart(tempo=replace(FAST, late_gap=3600, hints=3600 if told else FAST.hints))
    job = await lost(world)
    await world.beat(seconds=3600)
    assert (await world.ended(job.id)).state is JobState.UNCONFIRMED

    await hint(world, job, work_id(world))
    if told:
        world.jobs.hear(job.id)

    async def succeeded() -> bool:
        return (await world.row(job.id)).state is JobState.SUCCEEDED

    await world.until(succeeded)
    ended = await world.ended(job.id)
    assert (ended.row.gift, ended.row.settled) == (True, None)
    assert await world.entries(job.id) == REFUNDED


async def test_a_hint_wakes_a_job_that_waits_long_between_two_questions(public: World) -> None:
    world = public
    # No stream, and hours between two questions.
    slow = replace(QUICK, gap_shortest=3600, gap_longest=3600)
    await world.restart(pace=slow)
    world.providers.fal.faults.add(path="/status/stream", status=404, times=None)
    world.providers.fal.gate.clear()
    job = await world.remix()
    await world.in_state(job.id, JobState.RUNNING)

    async def asked() -> bool:
        return any(call.path.endswith("/status") for call in world.providers.fal.calls)

    await world.until(asked)
    world.providers.fal.gate.set()
    await world.providers.fal.works[work_id(world)].done.wait()
    await hint(world, job, work_id(world))
    world.jobs.hear(job.id)

    await assert_done_once(world, job)


async def test_nothing_is_heard_of_a_job_that_is_not_here(public: World) -> None:
    public.jobs.hear("0123456789abcdef")
