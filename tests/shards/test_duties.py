"""What one of several processes does for all."""

from __future__ import annotations

import asyncio

from bot.duties import LEASE_MS, Duty
from storage.database import Database
from tests.jobs.surroundings import MovableClock


def process(database: Database, clock: MovableClock, name: str = "logbook") -> Duty:
    return Duty(database=database, clock=clock, name=name)


async def test_one_of_several_has_it(shared: Database, clock: MovableClock) -> None:
    duties = [process(shared, clock) for _ in range(3)]

    mine = await asyncio.gather(*(duty.mine() for duty in duties))

    assert sum(mine) == 1


async def test_who_has_it_keeps_it(shared: Database, clock: MovableClock) -> None:
    one, other = process(shared, clock), process(shared, clock)
    await one.mine()

    for _ in range(10):
        clock.move(seconds=LEASE_MS / 2000)

        assert await one.mine()
        assert not await other.mine()


async def test_another_takes_it_from_who_is_silent(shared: Database, clock: MovableClock) -> None:
    one, other = process(shared, clock), process(shared, clock)
    await one.mine()
    clock.move(seconds=LEASE_MS / 1000 + 1)

    assert await other.mine()
    assert not await one.mine()


async def test_a_clock_that_went_back_keeps_it_from_nobody(
    shared: Database, clock: MovableClock
) -> None:
    one, other = process(shared, clock), process(shared, clock)
    await one.mine()
    clock.move(seconds=-3600)

    assert await other.mine()


async def test_each_work_is_a_duty_of_its_own(shared: Database, clock: MovableClock) -> None:
    assert await process(shared, clock).mine()
    assert await process(shared, clock, "privacy").mine()


async def test_a_single_process_has_all_and_writes_nothing(
    alone: Database, clock: MovableClock
) -> None:
    assert await process(alone, clock).mine()
    assert await alone.read("SELECT * FROM facts") == []
