"""A member's pace and turn are theirs, whichever process of one database their requests reach."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.jobs.record import Job
from bot.jobs.refusals import OverLimitError
from bot.jobs.standing import lock
from bot.quotas import Denial
from bot.servers import UNSET, ServerSettings, write
from storage import servers
from storage.database import Transaction
from storage.states import JobState
from tests.jobs.surroundings import FAST, SERVER, UNLIMITED, MovableClock
from tests.jobs.test_fairness import ANNE, BEN, all_end, ask, entered, limit, waiting
from tests.jobs.world import World
from tests.storage.rows import count, do

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("engine", ["postgres"], indirect=True),
]

COOLDOWN = 5
MEMBERS = range(100, 110)


class StoppedClock(MovableClock):
    """Goes on only where a test moves it, so that two can come at the very same instant."""

    def now(self) -> int:
        return self._offset


@pytest_asyncio.fixture(loop_scope="session")
async def other(world: World) -> AsyncIterator[World]:
    """A second process on the world's database, with connections and memory of its own."""
    world.context.tempo = replace(FAST, room=0.02)
    second = World(
        folder=world.folder,
        engine=world.engine,
        providers=world.providers,
        sources=world.sources,
        images=world.images,
        clock=world.clock,
        tempo=world.context.tempo,
    )
    # Discord numbers the interactions of all.
    second._numbers = itertools.count(1_000_000)
    await second.start()
    # Whoever starts takes all others for dead.
    await world.beat(seconds=0)
    try:
        yield second
        await second.idle()
    finally:
        await second.stop()


@pytest.fixture
def clock(world: World, other: World) -> StoppedClock:
    """What both processes go by."""
    stopped = StoppedClock()
    for one in (world, other):
        one.clock = one.context.clock = stopped
    return stopped


async def set_up(world: World, settings: ServerSettings) -> None:
    async def work(tx: Transaction) -> None:
        await servers.lock(tx, SERVER)
        await servers.put(tx, SERVER, write(settings))

    await world.database.transaction(work)


async def refused(world: World, member: int) -> OverLimitError:
    """Ask, and be told that a limit forbids it."""
    with pytest.raises(OverLimitError) as found:
        await world.remix(user_id=member)
    return found.value


async def one_of_both(world: World, other: World, member: int) -> Denial:
    """Ask both processes at once; gives why the one did not take it that did not."""
    # Two that open an account, or begin its period, wait for one another in any case.
    about = {"alias": member, "role_ids": (), "limits": UNLIMITED, "now": world.clock.now()}
    await do(world.database, lock, SERVER, member, **about)
    asked = (one.remix(user_id=member) for one in (world, other))
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(one, Job) for one in found) == 1, found
    [denied] = [one for one in found if isinstance(one, OverLimitError)]
    return denied.denial


# The pause between two starts of one member


async def test_who_started_at_one_process_pauses_at_the_other(
    world: World, other: World, clock: StoppedClock
) -> None:
    await set_up(world, replace(UNSET, cooldown=COOLDOWN))
    job = await world.remix(user_id=ANNE)

    clock.move(seconds=COOLDOWN - 0.001)
    error = await refused(other, ANNE)
    of_another = await other.remix(user_id=BEN)
    clock.move(seconds=0.001)
    later = await other.remix(user_id=ANNE)
    again = await refused(world, ANNE)

    ends = job.row.created + COOLDOWN * 1000
    assert (error.denial, error.renews, error.limit) == (Denial.COOLDOWN, ends, COOLDOWN)
    assert (again.denial, again.renews) == (Denial.COOLDOWN, ends + COOLDOWN * 1000)
    for one, asked in ((world, job), (other, of_another), (other, later)):
        assert (await one.ended(asked.id)).state is JobState.SUCCEEDED


async def test_of_two_starts_at_one_instant_at_two_processes_one_is_taken(
    world: World, other: World, clock: StoppedClock
) -> None:
    await set_up(world, replace(UNSET, cooldown=COOLDOWN))

    found = [await one_of_both(world, other, member) for member in MEMBERS]

    assert found == [Denial.COOLDOWN] * len(MEMBERS)
    assert await count(world.database, "jobs") == len(MEMBERS)


@pytest.mark.parametrize("seconds", [0.001, 2.0])
async def test_a_process_whose_clock_is_a_moment_behind_keeps_the_pause(
    world: World, other: World, clock: StoppedClock, seconds: float
) -> None:
    await set_up(world, replace(UNSET, cooldown=COOLDOWN))
    behind = other.clock = other.context.clock = StoppedClock()
    behind.move(seconds=-seconds)
    await world.remix(user_id=ANNE)

    error = await refused(other, ANNE)

    assert error.denial is Denial.COOLDOWN


# Jobs that one member may have under way


async def test_jobs_under_way_at_both_processes_are_counted_together(
    world: World, other: World
) -> None:
    await set_up(world, replace(UNSET, jobs_at_once=2))
    world.providers.fal.gate.clear()
    first, second = [await one.remix(user_id=ANNE) for one in (world, other)]

    errors = [await refused(one, ANNE) for one in (world, other)]
    of_another = await other.remix(user_id=BEN)
    world.providers.fal.gate.set()

    assert [(one.denial, one.limit) for one in errors] == [(Denial.JOBS_AT_ONCE, 2)] * 2
    for one, asked in ((world, first), (other, second), (other, of_another)):
        assert (await one.ended(asked.id)).state is JobState.SUCCEEDED
    assert (await other.remix(user_id=ANNE)).unfinished, "nothing is under way any more"


async def test_of_two_at_one_instant_no_more_are_taken_than_may_be_under_way(
    world: World, other: World
) -> None:
    await set_up(world, replace(UNSET, jobs_at_once=1))
    world.providers.fal.gate.clear()

    found = [await one_of_both(world, other, member) for member in MEMBERS]
    world.providers.fal.gate.set()

    assert found == [Denial.JOBS_AT_ONCE] * len(MEMBERS)


# Whose turn it is at a provider


@pytest.mark.parametrize("both", [False, True])
async def test_one_job_does_not_wait_behind_all_that_another_process_queued(
    world: World, other: World, both: bool
) -> None:
    for one in (world, other):
        limit(one, 2)
    world.providers.ideogram.gate.clear()
    go_on = asyncio.Event()
    # One stays under way until then, so the others share one place.
    world.providers.ideogram.faults.add(method="POST", hold=go_on)
    many = [await ask(world, ANNE) for _ in range(4)]
    more = [await ask(other if both else world, ANNE) for _ in range(3)]
    single = await ask(other, BEN)
    assert len(await waiting(world)) == 5 + 1

    world.providers.ideogram.gate.set()
    ended = await other.ended(single.id)
    go_on.set()

    assert ended.state is JobState.SUCCEEDED
    for job in more:
        assert (await (other if both else world).ended(job.id)).state is JobState.SUCCEEDED
    await all_end(world, many)
    assert await entered(world) == [ANNE, ANNE, BEN, *[ANNE] * 5]


async def test_one_job_does_not_wait_for_the_only_place_behind_all_others(
    world: World, other: World
) -> None:
    for one in (world, other):
        limit(one, 1)
    world.providers.ideogram.gate.clear()
    many = [await ask(world, ANNE) for _ in range(6)]
    single = await ask(other, BEN)

    world.providers.ideogram.gate.set()

    await other.ended(single.id)
    await all_end(world, many)
    order = await entered(world)
    assert order.index(BEN) <= 2, "at most the next of hers goes first"
