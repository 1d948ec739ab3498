"""Kill the process anywhere: nothing is bought or charged twice, no paid result is lost
but for the one window that the providers leave open.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.jobs.presenter import Delivery
from bot.jobs.record import Failure, Job
from storage.states import JobState, Shown
from tests.jobs.surroundings import FAST, held
from tests.jobs.world import World

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    # A process that is killed closes its files by that.
    pytest.mark.filterwarnings("ignore:.*FileIO:pytest.PytestUnraisableExceptionWarning"),
]

ALONE = ("reserved", "intended", "stored", "finished", "marked")
SHARED = (
    "reserved",
    "source kept",
    "intended",
    "stored",
    "result kept",
    "finished",
    "marked",
    "cleared",
)
"""The transactions of a remix in their order, on an engine of one process and of several."""
ORDERS = {"sqlite": ALONE, "postgres": SHARED}


async def assert_one_charge(world: World, job: Job, name: str) -> None:
    assert job.state is JobState.SUCCEEDED
    assert await world.entries(job.id) == [("reserve", job.row.reserved), ("settle", 0)]
    assert len(world.server(name).bill) == 1
    good = [one for one in world.discord.shown[job.id] if one.delivery is Delivery.SHOWN]
    assert good[-1].state is JobState.SUCCEEDED
    assert good[-1].kinds == ["result", "source"]


# At each of the transactions


@pytest.mark.parametrize(
    ("engine", "point"),
    [(engine, point) for engine, order in ORDERS.items() for point in order[1:]],
    indirect=["engine"],
)
@pytest.mark.parametrize("name", ["fal-v2a", "runware-v2", "ideogram-v2"])
async def test_a_kill_after_any_transaction_neither_buys_nor_charges_twice(
    world: World, name: str, point: str
) -> None:
    killed = asyncio.Event()
    order = ORDERS[world.engine.name]

    def cut() -> None:
        world.cut()
        killed.set()

    world.database.after[order.index(point) + 1] = cut
    job = await world.remix(name)
    await killed.wait()
    await world.restart()

    ended = await world.ended(job.id)

    if point == "intended" and name != "runware-v2":
        # Nothing was sent, but only the process that died could have said so.
        assert (ended.state, ended.row.reason) == (JobState.UNCONFIRMED, Failure.UNCONFIRMED)
        assert await world.entries(job.id) == [
            ("reserve", ended.row.reserved),
            ("refund", -ended.row.reserved),
        ]
        assert world.charged() == 0
    else:
        await assert_one_charge(world, ended, name)
    attempts = world.discord.shown[job.id]
    assert len(attempts) == 1
    assert attempts[0].again == (order.index(point) < order.index("marked"))


@pytest.mark.parametrize("answered", [True, False])
async def test_a_kill_before_the_card_is_confirmed_leaves_it_to_discord(
    world: World, *, answered: bool
) -> None:
    job = await world.jobs.submit(world.order())
    if answered:
        world.discord.answer(job.id)

    await world.restart()
    ended = await world.ended(job.id)

    if answered:
        await assert_one_charge(world, ended, "fal")
    else:
        assert (ended.state, ended.row.reason) == (JobState.CANCELLED, Failure.CARD_LOST)
        assert not world.providers.fal.calls


async def test_a_queued_job_with_a_known_card_goes_on_without_asking(world: World) -> None:
    refusing = world.providers.fal.faults.add(path="remix$", status=429, times=None)
    job = await world.remix()

    async def queued_again() -> bool:
        row = await world.row(job.id)
        return row.state is JobState.QUEUED and row.message_id is not None

    await refusing.hit.wait()
    await world.until(queued_again)
    world.providers.fal.faults.clear()
    await world.restart()

    await assert_one_charge(world, await world.ended(job.id), "fal")
    assert not world.discord.asked


# In the middle of the paid call


@pytest.mark.parametrize("name", ["fal-v2a", "ideogram-v2"])
@pytest.mark.parametrize("arrived", [True, False])
async def test_a_call_that_cannot_be_asked_for_is_never_sent_again(
    world: World, name: str, *, arrived: bool
) -> None:
    world.bills_are_known = False
    server = world.server(name)
    sending = held(server, "remix$", arrived=arrived)
    job = await world.remix(name)
    await (sending.processed if arrived else sending.hit).wait()

    await world.restart()
    ended = await world.ended(job.id)

    assert (ended.state, ended.row.reason) == (JobState.UNCONFIRMED, Failure.UNCONFIRMED)
    assert await world.entries(job.id) == [
        ("reserve", ended.row.reserved),
        ("refund", -ended.row.reserved),
    ]
    assert await world.spend() == ended.row.micros_each
    posts = [call for call in server.calls if call.method == "POST"]
    assert len(posts) == int(arrived)
    assert [one.state for one in world.discord.shown[job.id]] == [JobState.UNCONFIRMED]


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_call_to_runware_is_found_or_repeated_under_its_id(
    world: World, *, arrived: bool
) -> None:
    sending = held(world.providers.runware, "/v1", arrived=arrived)
    job = await world.remix("runware-v2")
    await (sending.processed if arrived else sending.hit).wait()

    await world.restart()
    ended = await world.ended(job.id)

    await assert_one_charge(world, ended, "runware")
    (call,) = await world.calls(job.id)
    assert list(world.providers.runware.jobs) == [call["key"]]


async def test_a_call_to_runware_is_not_repeated_after_ten_minutes(world: World) -> None:
    """For how long Runware remembers an id is not known, so a repeat might be billed anew."""
    sending = world.providers.runware.faults.add(path="/v1", hold_before=asyncio.Event())
    job = await world.remix("runware-v2")
    await sending.hit.wait()

    await world.kill()
    world.clock.move(seconds=601)
    await world.start()

    assert (await world.ended(job.id)).state is JobState.UNCONFIRMED
    assert not world.providers.runware.jobs
    assert not world.providers.runware.bill


async def test_a_call_to_runware_is_repeated_within_ten_minutes_of_its_intent(world: World) -> None:
    """Counted from its own intent: the job may have waited for a place before."""
    job = await world.jobs.submit(world.order("runware-v2"))
    await world.beat(seconds=1800)
    sending = held(world.providers.runware, "/v1", arrived=False)
    world.jobs.confirm(job.id, world.discord.answer(job.id))
    await sending.hit.wait()

    await world.kill()
    world.clock.move(seconds=590)
    await world.start()

    await assert_one_charge(world, await world.ended(job.id), "runware")


async def test_a_call_to_runware_is_found_even_after_an_hour(world: World) -> None:
    sending = world.providers.runware.faults.add(path="/v1", hold=asyncio.Event())
    job = await world.remix("runware-v2")
    await sending.processed.wait()

    await world.kill()
    world.clock.move(seconds=3601)
    await world.start()

    await assert_one_charge(world, await world.ended(job.id), "runware")


async def test_a_call_to_runware_is_found_though_its_source_is_lost(world: World) -> None:
    sending = held(world.providers.runware, "/v1", arrived=True)
    job = await world.remix("runware-v2")
    await sending.processed.wait()

    await world.kill()
    await world.lose_spool()
    world.sources.faults.add(status=404, times=None)
    await world.start()
    ended = await world.ended(job.id)

    assert (ended.state, ended.row.settled) == (JobState.SUCCEEDED, 8)
    assert world.discord.shown[job.id][0].kinds == ["result"]


# Later


@pytest.mark.parametrize("name", ["fal-v2a", "runware-v2"])
async def test_running_work_is_followed_to_its_end(world: World, name: str) -> None:
    server = world.server(name)
    server.gate.clear()
    job = await world.remix(name)
    await world.in_state(job.id, JobState.RUNNING)

    await world.restart()
    server.gate.set()

    await assert_one_charge(world, await world.ended(job.id), name)


async def test_pictures_that_were_half_read_are_read_on(world: World) -> None:
    reading = world.providers.fal.faults.add(path="_1.png", hold_before=asyncio.Event())
    job = await world.remix("fal-v3", count=2)
    await reading.hit.wait()

    async def one_is_there() -> bool:
        return await world.context.spool.has(job.id, "result-1")

    await world.until(one_is_there)
    await world.restart()
    ended = await world.ended(job.id)

    assert (ended.state, ended.row.settled) == (JobState.SUCCEEDED, 12)
    assert set(world.discord.shown[job.id][0].files) == {"source", "result-1", "result-2"}
    files = [call.path for call in world.providers.fal.calls if "_0.png" in call.path]
    assert len(files) == 1, "what lay in the spool was read again"


async def test_a_result_that_was_not_shown_is_shown_and_charged_once(world: World) -> None:
    world.discord.hold = asyncio.Event()
    job = await world.remix()

    async def showing() -> bool:
        return bool(world.discord.shown[job.id])

    await world.until(showing)
    await world.restart()
    world.discord.hold = None
    world.jobs.confirm(job.id, None)

    ended = await world.ended(job.id)

    await assert_one_charge(world, ended, "fal")
    assert [one.again for one in world.discord.shown[job.id]] == [False, True]
    assert ended.row.shown is Shown.YES


async def test_many_kills_in_a_row_change_nothing(world: World) -> None:
    world.providers.fal.gate.clear()
    job = await world.remix()
    await world.in_state(job.id, JobState.RUNNING)
    for _ in range(6):
        await world.restart()
    world.providers.fal.gate.set()

    ended = await world.ended(job.id)

    await assert_one_charge(world, ended, "fal")
    assert ended.row.fence == 7


async def test_what_lies_in_the_spool_of_nobody_is_swept_at_the_start(world: World) -> None:
    world.discord.hold = asyncio.Event()
    job = await world.remix()

    async def showing() -> bool:
        return bool(world.discord.shown[job.id])

    await world.until(showing)
    orphan = "0" * 16
    staged = world.context.spool.staging(orphan, "source")
    staged.write_bytes(b"left")
    await world.context.spool.commit(orphan, "source", staged)
    await world.restart()
    world.discord.hold = None

    assert await world.context.spool.sizes(orphan) == {}
    assert (await world.ended(job.id)).state is JobState.SUCCEEDED


async def test_a_backend_that_is_not_offered_any_more_ends_its_jobs(world: World) -> None:
    # Nobody asks for the card that is not confirmed before the restart.
    await world.restart(tempo=replace(FAST, answer_within=60))
    waiting = await world.jobs.submit(world.order("fal-v2a"))
    world.discord.answer(waiting.id)
    world.providers.runware.gate.clear()
    running = await world.remix("runware-v2")
    await world.in_state(running.id, JobState.RUNNING)

    offered = tuple(entry for entry in world.catalogue if entry.provider == "ideogram")
    await world.restart(catalogue=offered)
    first, second = await world.ended(waiting.id), await world.ended(running.id)
    world.bills_are_known = False

    assert (first.state, first.row.reason) == (JobState.FAILED, Failure.NOT_OFFERED)
    assert (second.state, second.row.reason) == (JobState.UNCONFIRMED, Failure.UNCONFIRMED)
    assert await world.spend() == 80_000
