"""Who waits for a provider is served fairly: between members, between processes, for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.backends.base import ProviderName
from bot.jobs.engine import CancelAnswer
from bot.jobs.places import PLACES, Counted, Places
from bot.jobs.presenter import WaitingForRoom
from bot.jobs.record import Job
from bot.jobs.room import enter
from storage import calls, processes, slots
from storage.database import Transaction, integer, text
from storage.states import CallOutcome, JobState
from storage.waiting import STALE_MS, WaitingRow, in_flight, join, line
from tests.jobs.surroundings import FAST
from tests.jobs.world import World
from tests.storage.rows import NOW, do, execute, insert

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNE, BEN, CAROL = 11, 12, 13


def limit(world: World, places: int, counted: Counted = Counted.PICTURES) -> None:
    world.context.places = {
        **PLACES,
        ProviderName.IDEOGRAM: Places(limit=places, counted=counted),
        ProviderName.FAL: Places(limit=places, counted=Counted.CALLS),
    }


async def ask(world: World, member: int, count: int = 1, backend: str = "ideogram-v2") -> Job:
    """Ask, and wait until the job is on its way or waits for a place."""
    job = await world.remix(backend, count=count, user_id=member)

    async def settled() -> bool:
        waits = await world.database.read("SELECT 1 FROM waiting WHERE job_id = ?", job.id)
        return bool(waits) or (await world.row(job.id)).state is not JobState.QUEUED

    await world.until(settled)
    return job


async def waiting(world: World) -> set[str]:
    return {text(row, "job_id") for row in await world.database.read("SELECT * FROM waiting")}


async def entered(world: World) -> list[int]:
    """The members whose calls were intended, in the order in which they were."""
    rows = await world.database.read(
        "SELECT user_id FROM calls JOIN jobs ON jobs.id = job_id ORDER BY calls.intended"
    )
    return [integer(row, "user_id") for row in rows]


async def all_end(world: World, asked: Sequence[Job]) -> None:
    for job in asked:
        assert (await world.ended(job.id)).state is JobState.SUCCEEDED
    assert await waiting(world) == set()
    taken = await world.database.read("SELECT CAST(SUM(used) AS BIGINT) AS n FROM slots")
    assert integer(taken[0], "n") == 0


async def test_one_picture_does_not_wait_behind_twenty_jobs(world: World) -> None:
    limit(world, 2)
    world.providers.ideogram.gate.clear()
    many = [await ask(world, ANNE) for _ in range(20)]
    assert len(await waiting(world)) == 18

    one = await ask(world, BEN)
    world.providers.ideogram.gate.set()

    await all_end(world, [*many, one])
    order = await entered(world)
    # Both places may be free at the same instant, and then it is the turn of both who get one.
    assert order.index(BEN) in (2, 3)
    assert order.count(ANNE) == 20


async def test_one_picture_does_not_wait_behind_one_job_of_many(world: World) -> None:
    limit(world, 8)
    world.providers.ideogram.gate.clear()
    first = await ask(world, CAROL, 8)
    big, one = await ask(world, ANNE, 8), await ask(world, BEN)
    world.providers.ideogram.gate.set()

    await all_end(world, [first, big, one])
    assert await entered(world) == [CAROL, BEN, ANNE]


async def test_a_big_job_is_overtaken_only_so_often(world: World) -> None:
    limit(world, 4)
    world.providers.ideogram.gate.clear()
    first = [await ask(world, CAROL) for _ in range(2)]
    big = await ask(world, ANNE, 4)

    # Each comes while two places are free, so every one of them fits, and the big one does not.
    small = [await ask(world, BEN) for _ in range(2)]
    later = [await ask(world, member) for member in range(100, 120)]
    world.providers.ideogram.gate.set()

    await all_end(world, [*first, big, *small, *later])
    order = await entered(world)
    assert order[:4] == [CAROL, CAROL, BEN, BEN]
    assert order.index(ANNE) == 2 + 4, "as many as there are places may go past it"


async def test_calls_of_many_pictures_take_one_place_where_calls_count(world: World) -> None:
    limit(world, 2)
    world.providers.fal.gate.clear()
    asked = [await ask(world, ANNE, 4, "fal-v3") for _ in range(3)]
    assert await waiting(world) == {asked[-1].id}

    world.providers.fal.gate.set()

    await all_end(world, asked)


async def test_a_call_that_is_larger_than_the_limit_goes_alone(world: World) -> None:
    limit(world, 2)
    asked = [await ask(world, ANNE, 8), await ask(world, BEN)]

    await all_end(world, asked)
    calls = [await world.calls(job.id) for job in asked]
    assert [call["slots"] for (call,) in calls] == [2, 1]


async def test_a_waiting_job_that_is_cancelled_waits_no_more(world: World) -> None:
    limit(world, 2)
    world.providers.ideogram.gate.clear()
    first = await ask(world, CAROL)
    big = await ask(world, ANNE, 2)
    overdue = "UPDATE waiting SET passed = 9 WHERE job_id = ?"
    await execute(world.database, overdue, big.id)
    one = await ask(world, BEN)
    assert await waiting(world) == {big.id, one.id}

    assert await world.jobs.cancel(big.id) is CancelAnswer.ASKED

    assert (await world.ended(big.id)).state is JobState.CANCELLED
    await world.in_state(one.id, JobState.SUBMITTING)
    assert await waiting(world) == set()
    world.providers.ideogram.gate.set()
    await all_end(world, [first, one])


async def test_a_job_goes_on_waiting_after_a_restart_where_it_was(world: World) -> None:
    world.bills_are_known = False
    limit(world, 1)
    world.providers.ideogram.gate.clear()
    lost = await ask(world, CAROL)
    early, late = await ask(world, ANNE), await ask(world, BEN)

    await world.kill()
    await world.start()
    limit(world, 1)
    world.providers.ideogram.gate.set()

    for job in (early, late):
        assert (await world.ended(job.id)).state is JobState.SUCCEEDED
    assert (await world.ended(lost.id)).state is JobState.UNCONFIRMED
    assert await entered(world) == [CAROL, ANNE, BEN]
    assert await waiting(world) == set()


async def test_only_those_that_still_wait_are_in_the_line(world: World) -> None:
    now = world.clock.now()
    rows = [await insert(world.database, owner="other") for _ in range(4)]
    alive, silent, cancelled, ended = [row.id for row in rows]
    for row in rows:
        mine = WaitingRow(job_id=row.id, provider="ideogram", user_id=1, places=1, since=now)
        await do(world.database, join, mine, now=now)
    await execute(
        world.database, "UPDATE waiting SET seen = ? WHERE job_id = ?", now - STALE_MS - 1, silent
    )
    await execute(world.database, "UPDATE jobs SET cancel = 1 WHERE id = ?", cancelled)
    await execute(world.database, "UPDATE jobs SET state = 'failed' WHERE id = ?", ended)

    found = await line(world.database.read, "ideogram", now=now)

    assert [row.job_id for row in found] == [alive]
    for table in ("waiting", "jobs"):
        await execute(world.database, f"DELETE FROM {table}")  # noqa: S608 - ours


async def test_what_nobody_waits_for_any_more_is_swept(world: World) -> None:
    now = world.clock.now()
    await do(world.database, processes.beat, "other", now=now)
    ended, here = [await insert(world.database, owner="other") for _ in range(2)]
    for row in (ended, here):
        mine = WaitingRow(job_id=row.id, provider="ideogram", user_id=1, places=1, since=now)
        await do(world.database, join, mine, now=now)
    await execute(
        world.database, "UPDATE waiting SET seen = ? WHERE job_id = ?", now - STALE_MS - 1, ended.id
    )

    await world.jobs._beat()

    assert await waiting(world) == {here.id}
    for table in ("waiting", "jobs"):
        await execute(world.database, f"DELETE FROM {table}")  # noqa: S608 - ours


async def test_a_call_that_is_accepted_after_it_was_given_up_holds_no_place(world: World) -> None:
    job = await insert(world.database, owner="other", user_id=BEN)
    call = await do(
        world.database,
        calls.intend,
        job.id,
        backend="ideogram-v2",
        key="key",
        secret="secret",
        provider="ideogram",
        slots=4,
        now=NOW,
    )
    assert await in_flight(world.database.read, "ideogram") == {}, "it is not on its way yet"
    await execute(world.database, "UPDATE jobs SET state = 'submitting' WHERE id = ?", job.id)
    assert await in_flight(world.database.read, "ideogram") == {BEN: 4}

    await execute(world.database, "UPDATE jobs SET state = 'unconfirmed' WHERE id = ?", job.id)
    await do(world.database, calls.end, call, CallOutcome.UNKNOWN, now=NOW)
    await do(world.database, calls.accept, call, "ticket", now=NOW)

    assert await in_flight(world.database.read, "ideogram") == {}
    for table in ("calls", "jobs"):
        await execute(world.database, f"DELETE FROM {table}")  # noqa: S608 - ours


async def test_a_living_process_that_waits_keeps_its_place(world: World) -> None:
    limit(world, 1)
    world.context.tempo = replace(FAST, room=0.02)
    world.providers.ideogram.gate.clear()
    first, second = await ask(world, CAROL), await ask(world, ANNE)
    await execute(world.database, "UPDATE waiting SET passed = 7")

    # Long enough to be taken for dead, had it not said that it still waits.
    world.clock.move(seconds=STALE_MS / 1000 + 1)

    async def seen() -> list[WaitingRow]:
        return await line(world.database.read, "ideogram", now=world.clock.now())

    assert [(row.job_id, row.passed) for row in await world.until(seen)] == [(second.id, 7)]
    world.providers.ideogram.gate.set()
    await all_end(world, [first, second])


async def test_a_place_that_another_process_gives_back_is_found(world: World) -> None:
    limit(world, 1)
    world.context.tempo = replace(FAST, room=0.02)
    await do(world.database, slots.take, "ideogram", 1, limit=1)
    job = await ask(world, BEN)
    assert (await world.row(job.id)).state is JobState.QUEUED

    await do(world.database, slots.give_back, "ideogram", 1)

    await all_end(world, [job])


async def test_a_waiting_member_is_told_once_on_the_card(world: World) -> None:
    limit(world, 1)
    world.providers.ideogram.gate.clear()
    asked = [await ask(world, member) for member in (ANNE, BEN, CAROL)]

    async def told() -> bool:
        return all(world.discord.told[job.id] == [WaitingForRoom()] for job in asked[1:])

    await world.until(told)
    assert (await world.row(asked[2].id)).message_id == world.discord.cards[asked[2].id]
    world.providers.ideogram.gate.set()
    await all_end(world, asked)


async def test_two_hundred_that_enter_at_once_take_exactly_the_places_there_are(
    still: World,
) -> None:
    await still.start()
    places = Places(limit=10, counted=Counted.PICTURES)
    now = still.clock.now()
    rows = [await insert(still.database, created=n) for n in range(200)]

    async def work(number: int) -> int | None:
        async def enters(tx: Transaction) -> int | None:
            return await enter(tx, rows[number], ProviderName.IDEOGRAM, places, pictures=3, now=now)

        return await still.database.transaction(enters)

    taken = await asyncio.gather(*(work(number) for number in range(200)))

    assert sorted(n for n in taken if n) == [3, 3, 3]
    assert await slots.used(still.database, "ideogram") == 9
    assert len(await waiting(still)) == 197
    await still.kill()
