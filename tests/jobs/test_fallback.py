"""Another backend does what the chosen one cannot, if that certainly costs nothing twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from bot.backends.base import MagicPrompt, Operation
from bot.backends.catalogue import CATALOGUE
from bot.backends.errors import Reason
from bot.jobs.record import Failure, Job
from bot.jobs.refusals import NotOfferedError, OutOfOrderError
from sandbox.providers.account import Account
from sandbox.providers.fal.errors import WorkError
from sandbox.providers.steps import Step
from storage.database import StorageError
from storage.states import JobState
from tests.jobs.surroundings import FAST, held
from tests.jobs.world import World

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    # A process that is killed closes its files by that.
    pytest.mark.filterwarnings("ignore:.*FileIO:pytest.PytestUnraisableExceptionWarning"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def open_world(world: World) -> AsyncIterator[World]:
    """A world in which jobs may go elsewhere."""
    await world.restart(fallback=True, guarded=True)
    yield world


OUT_OF_ORDER = WorkError.of_model("downstream_service_unavailable", []).failure


async def among(world: World, *names: str) -> None:
    """Offer these backends alone."""
    await world.restart(catalogue=tuple(e for e in CATALOGUE if e.name in names))


async def backends(world: World, job: Job) -> list[tuple[object, object]]:
    return [(call["backend"], call["outcome"]) for call in await world.calls(job.id)]


def assert_done_by(job: Job, backend: str | None, settled: int) -> None:
    assert (job.state, job.row.settled) == (JobState.SUCCEEDED, settled)
    assert job.outcome is not None
    assert job.outcome.backend == backend


# When it goes elsewhere


async def test_a_provider_that_stays_out_of_reach_is_tried_thrice_and_then_another(
    open_world: World,
) -> None:
    world = open_world
    async with world.providers.runware.unreachable():
        job = await world.ended((await world.remix("runware-v2")).id)

    assert await backends(world, job) == [
        *[("runware-v2", "not_accepted")] * 3,
        ("ideogram-v2", "done"),
    ]
    assert_done_by(job, "ideogram-v2", 8)
    assert await world.entries(job.id) == [("reserve", 8), ("settle", 0)]


async def test_a_provider_that_asks_for_long_patience_is_left_at_once(open_world: World) -> None:
    world = open_world
    # Longer than this the stand-ins are not waited for here, whatever they ask for.
    await world.restart(tempo=replace(FAST, retry_here_within=0.01))
    world.providers.runware.mishaps.refuse(Step.SUBMIT, "exceededRateLimit", status=429)

    job = await world.ended((await world.remix("runware-v2")).id)

    assert await backends(world, job) == [("runware-v2", "not_accepted"), ("ideogram-v2", "done")]
    assert_done_by(job, "ideogram-v2", 8)


async def test_it_goes_elsewhere_though_the_databases_answer_to_that_was_lost(
    open_world: World,
) -> None:
    world = open_world
    world.errors_are_expected = True
    await world.restart(tempo=replace(FAST, retry_here_within=0.01))
    world.providers.runware.mishaps.refuse(Step.SUBMIT, "exceededRateLimit", status=429)
    committed_unheard: list[int] = []

    def lose_the_answer() -> None:
        committed_unheard.append(1)
        raise StorageError("The answer was lost.")

    # A shared spool writes the source before.
    world.database.after[3 if world.database.exclusive else 4] = lose_the_answer
    job = await world.ended((await world.remix("runware-v2")).id)

    assert committed_unheard
    assert await backends(world, job) == [("runware-v2", "not_accepted"), ("ideogram-v2", "done")]


async def test_work_that_failed_unbilled_is_done_elsewhere_at_its_own_price(
    open_world: World,
) -> None:
    world = open_world
    world.providers.runware.mishaps.break_work("providerError")
    await among(world, "runware-v2", "fal-v2-turbo")

    job = await world.ended((await world.remix("runware-v2", count=1)).id)

    assert await backends(world, job) == [("runware-v2", "failed"), ("fal-v2-turbo", "done")]
    assert_done_by(job, "fal-v2-turbo", 5)
    assert await world.entries(job.id) == [("reserve", 8), ("settle", -3)]
    assert (await world.spend(), await world.server_month()) == (50_000, 5)


async def test_a_model_that_is_out_of_order_is_replaced_by_another_of_its_provider(
    open_world: World,
) -> None:
    world = open_world
    world.providers.fal.endings.append(OUT_OF_ORDER)
    await among(world, *(entry.name for entry in world.catalogue if entry.provider == "fal"))

    job = await world.ended((await world.remix("fal-v2a")).id)

    assert await backends(world, job) == [("fal-v2a", "failed"), ("fal-v2a-turbo", "done")]
    assert_done_by(job, "fal-v2a-turbo", 3)


# When it does not


@pytest.mark.parametrize("prompt", ["a __policy__ city", "an __unsafe__ city"])
async def test_what_was_refused_for_its_content_is_tried_nowhere_else(
    open_world: World, prompt: str
) -> None:
    world = open_world
    job = await world.ended((await world.remix("ideogram-v2", prompt)).id)

    assert job.state is JobState.FAILED
    assert len(await world.calls(job.id)) == 1


async def test_nothing_goes_elsewhere_where_the_server_does_not_allow_it(world: World) -> None:
    job = await world.ended((await world.remix("runware-v2", "a __down__ city")).id)

    assert (job.state, job.row.reason) == (JobState.FAILED, Reason.UPSTREAM)
    assert len(await world.calls(job.id)) == 1


@pytest.mark.parametrize(
    ("backend", "asked", "other", "settled"),
    [
        ("fal-v2a-turbo", {}, "ideogram-v2a-turbo", 3),
        ("fal-v2a", {"style": "anime"}, "ideogram-v2a", 4),
        ("fal-v2a", {"style": "anime", "magic_prompt": MagicPrompt.OFF}, "ideogram-v2a", 4),
        ("fal-v3", {"style_codes": ("0011AAFF",)}, "ideogram-v3-remix", 6),
        ("fal-v3", {"references": ("style-1.jpg",), "count": 2}, "ideogram-v3-remix", 12),
        ("fal-v3", {"size": "512x512"}, None, None),
        ("fal-v2-turbo", {"operation": Operation.GENERATE, "picture": None}, None, None),
    ],
)
async def test_only_a_backend_that_can_do_the_same_for_no_more_takes_over(
    open_world: World,
    backend: str,
    asked: dict[str, Any],
    other: str | None,
    settled: int | None,
) -> None:
    world = open_world
    await among(world, backend, *(e.name for e in CATALOGUE if e.provider == "ideogram"))
    world.providers.fal.endings.append(OUT_OF_ORDER)

    job = await world.ended((await world.remix(backend, **asked)).id)

    assert [name for name, _ in await backends(world, job)] == [backend, *filter(None, [other])]
    assert job.state is (JobState.FAILED if other is None else JobState.SUCCEEDED)
    assert job.row.settled == settled


async def test_at_most_two_others_are_tried(open_world: World) -> None:
    world = open_world
    await among(world, *(entry.name for entry in CATALOGUE if entry.provider == "fal"))
    world.providers.fal.endings.extend([OUT_OF_ORDER] * 5)

    job = await world.ended((await world.remix("fal-v2")).id)

    assert (job.state, job.row.reason) == (JobState.FAILED, Reason.UPSTREAM)
    tried = [name for name, _ in await backends(world, job)]
    assert tried == ["fal-v2", "fal-v3", "fal-v2-turbo"]
    assert len(world.providers.fal.endings) == 2


async def test_a_job_that_was_asked_to_cancel_goes_nowhere_else(open_world: World) -> None:
    world = open_world
    world.providers.fal.gate.clear()
    job = await world.remix("fal-v2a", "a __down__ city")
    await world.in_state(job.id, JobState.RUNNING)

    await world.jobs.cancel(job.id)
    world.providers.fal.gate.set()

    assert (await world.ended(job.id)).state is JobState.CANCELLED
    assert len(await world.calls(job.id)) == 1


@pytest.mark.parametrize("arrived", [True, False])
async def test_an_intended_call_is_never_sent_elsewhere_after_a_restart(
    open_world: World, *, arrived: bool
) -> None:
    world = open_world
    world.bills_are_known = False
    sending = held(world.providers.fal, "remix$", arrived=arrived)
    job = await world.remix("fal-v2a", "a __down__ city")
    await (sending.processed if arrived else sending.hit).wait()

    await world.restart()
    ended = await world.ended(job.id)

    assert ended.state is JobState.UNCONFIRMED
    assert [name for name, _ in await backends(world, ended)] == ["fal-v2a"]


# Across restarts


async def test_a_restart_goes_on_where_the_last_call_was_made(open_world: World) -> None:
    world = open_world
    world.providers.runware.mishaps.break_work("providerError")
    await among(world, "runware-v2", "fal-v2-turbo")
    world.providers.fal.gate.clear()
    job = await world.remix("runware-v2")

    async def elsewhere() -> bool:
        return len(await world.calls(job.id)) == 2

    await world.until(elsewhere)
    await world.in_state(job.id, JobState.RUNNING)
    await world.restart()
    world.providers.fal.gate.set()
    ended = await world.ended(job.id)

    assert_done_by(ended, "fal-v2-turbo", 5)
    assert len(world.providers.fal.bill) == 1


async def test_an_unconfirmed_call_elsewhere_is_counted_at_its_own_price(
    open_world: World,
) -> None:
    world = open_world
    world.bills_are_known = False
    world.providers.runware.mishaps.break_work("providerError", status=500)
    world.providers.fal.faults.add(method="POST", path="remix$", drop="after")
    await among(world, "runware-v2", "fal-v2-turbo")

    job = await world.ended((await world.remix("runware-v2")).id)

    assert job.state is JobState.UNCONFIRMED
    assert (await world.spend(), await world.server_month()) == (50_000, 8 - 3)


# Accounts


async def test_a_closed_account_takes_its_backends_out_of_the_offer_until_it_is_well(
    open_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world = open_world
    world.errors_are_expected = True
    world.providers.runware.account = Account.LOCKED

    job = await world.ended((await world.remix("runware-v2")).id)

    assert_done_by(job, "ideogram-v2", 8)
    with pytest.raises(OutOfOrderError) as refused:
        await world.remix("runware-v2")
    assert isinstance(refused.value, NotOfferedError)
    assert "ideogram-v2" in refused.value.offered
    assert "runware-v2" not in refused.value.offered
    assert caplog.messages.count("operator.notice") == 1

    world.providers.runware.account = Account.GOOD
    await world.beat(seconds=3600)

    async def well() -> bool:
        return not world.circuit.is_open(world.context.registry.entry("runware-v2").provider)

    await world.until(well)
    assert_done_by(await world.ended((await world.remix("runware-v2")).id), None, 8)


async def test_a_queued_job_leaves_a_provider_that_went_out_of_order(open_world: World) -> None:
    world = open_world
    world.errors_are_expected = True
    # Its account is in order, which a probe would find before the job has looked.
    await world.circuit.stop()
    job = await world.jobs.submit(world.order("runware-v2"))
    await world.circuit.trip(world.context.registry.entry("runware-v2").provider, "account", "x")

    world.jobs.confirm(job.id, world.discord.answer(job.id))

    ended = await world.ended(job.id)
    assert_done_by(ended, "ideogram-v2", 8)
    assert await backends(world, ended) == [("ideogram-v2", "done")]


async def test_a_queued_job_waits_for_its_provider_where_nobody_else_can_do_it(
    world: World,
) -> None:
    world.errors_are_expected = True
    await world.restart(guarded=True)
    # A locked account answers what costs nothing, so a probe would find it in order.
    await world.circuit.stop()
    job = await world.jobs.submit(world.order("runware-v2"))
    world.providers.runware.account = Account.LOCKED
    await world.circuit.trip(world.context.registry.entry("runware-v2").provider, "account", "x")
    world.jobs.confirm(job.id, world.discord.answer(job.id))

    async def waits() -> bool:
        return bool(world.discord.told[job.id])

    await world.until(waits)
    assert not await world.calls(job.id)
    world.providers.runware.account = Account.GOOD
    await world.circuit.start()
    await world.beat(seconds=1800)

    assert_done_by(await world.ended(job.id), None, 8)


async def test_a_job_that_waits_for_its_provider_is_cancelled_or_ends_after_an_hour(
    world: World,
) -> None:
    world.errors_are_expected = True
    await world.restart(guarded=True, tempo=replace(FAST, sweep=0.02))
    # A locked account answers what costs nothing, so a probe would find it in order.
    await world.circuit.stop()
    world.providers.runware.account = Account.LOCKED
    jobs = [await world.jobs.submit(world.order("runware-v2")) for _ in range(2)]
    await world.circuit.trip(world.context.registry.entry("runware-v2").provider, "account", "x")
    for job in jobs:
        world.jobs.confirm(job.id, world.discord.answer(job.id))

    await world.jobs.cancel(jobs[0].id)
    cancelled = await world.ended(jobs[0].id)
    await world.beat(seconds=3601)
    late = await world.ended(jobs[1].id)

    assert (cancelled.state, cancelled.row.reason) == (JobState.CANCELLED, Failure.CANCELLED)
    assert (late.state, late.row.reason) == (JobState.FAILED, Failure.TOO_LATE)


async def test_a_cost_that_is_not_the_list_price_is_told_to_the_operator_once_a_day(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.errors_are_expected = True
    await world.restart(guarded=True)
    world.providers.runware.price = 2 * world.context.registry.entry("runware-v2").price

    jobs = [await world.ended((await world.remix("runware-v2")).id) for _ in range(2)]

    told = [record for record in caplog.records if record.getMessage() == "operator.notice"]
    assert [vars(record)["cause"] for record in told] == ["runware-v2.price"]
    assert "$0.16" in vars(told[0])["sentence"]
    assert {job.row.settled for job in jobs} == {8}
    assert world.charged() == await world.spend() == 320_000
