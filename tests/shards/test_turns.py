"""IDENTIFYs of several processes, each with its own `Turns`, on one database."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field

import pytest

from bot.identify import Turns
from storage import identify_turns
from storage.database import Database, StorageError, Transaction
from tests.jobs.surroundings import MovableClock, Observed

GAP, MARGIN = 5.0, 0.25


@dataclass(kw_only=True)
class Gateway:
    """Notes who says hello, and when by the test's clock."""

    database: Database
    clock: MovableClock
    hellos: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])

    def process(self, *, concurrency: int = 1) -> Turns:
        turns = Turns(database=self.database, clock=self.clock, gap=GAP, pause=self._pause)
        turns.concurrency = concurrency
        return turns

    async def hello(self, turns: Turns, shard_id: int, *, connecting: float = 0) -> None:
        await turns.wait(shard_id)
        self.clock.move(seconds=connecting)
        await self.again(turns, shard_id)

    async def again(self, turns: Turns, shard_id: int) -> None:
        """Say hello on a connection that was made without asking."""
        await turns.go(shard_id)
        self.hellos.append((shard_id, self.clock.now() / 1000))

    def gaps(self) -> list[float]:
        times = [at for _, at in self.hellos]
        return [later - earlier for earlier, later in itertools.pairwise(times)]

    async def _pause(self, seconds: float) -> None:
        self.clock.move(seconds=seconds)
        await asyncio.sleep(0)


def gateway(database: Database, clock: MovableClock) -> Gateway:
    return Gateway(database=database, clock=clock)


async def test_shards_of_two_processes_keep_the_gap(
    database: Database, clock: MovableClock
) -> None:
    discord = gateway(database, clock)
    one, other = discord.process(), discord.process()

    for shard_id in range(3):
        await discord.hello(one, shard_id)
        await discord.hello(other, shard_id + 3)

    assert all(gap >= GAP for gap in discord.gaps())
    assert sum(discord.gaps()) < 5 * (GAP + MARGIN) + 2


async def test_who_asked_for_the_time_first_and_comes_second_takes_no_turn_twice(
    database: Database, clock: MovableClock
) -> None:
    asked = clock.now()

    async def take(now: int) -> int | None:
        async def work(tx: Transaction) -> int | None:
            return await identify_turns.take(tx, 0, now=now, gap=int(GAP * 1000))

        return await database.transaction(work)

    assert await take(asked + 5) is not None
    assert await take(asked) is None


@pytest.mark.parametrize(("left", "waited"), [(4, 0), (3, 7200)])
async def test_a_day_without_enough_starts_is_waited_for(
    database: Database, clock: MovableClock, left: int, waited: int
) -> None:
    turns, begun = gateway(database, clock).process(), clock.now()

    await turns.wait_for_starts(4, left=left, reset_after=7_200_000)

    assert waited <= (clock.now() - begun) / 1000 < waited + 1


async def test_the_gap_outlasts_a_restart(database: Database, clock: MovableClock) -> None:
    discord = gateway(database, clock)
    await discord.hello(discord.process(), 0)

    await discord.hello(discord.process(), 0)

    assert discord.gaps()[0] >= GAP


async def test_shards_of_other_buckets_wait_for_nobody(
    database: Database, clock: MovableClock
) -> None:
    discord = gateway(database, clock)
    turns = discord.process(concurrency=4)

    for shard_id in range(4):
        await discord.hello(turns, shard_id)
    await discord.hello(turns, 4)

    assert all(gap < 1 for gap in discord.gaps()[:3])
    assert discord.hellos[4][1] - discord.hellos[0][1] >= GAP


async def test_the_gap_counts_from_the_hello_and_not_from_the_turn(
    database: Database, clock: MovableClock
) -> None:
    discord = gateway(database, clock)
    await discord.hello(discord.process(), 0, connecting=3)

    await discord.hello(discord.process(), 1)

    assert discord.gaps()[0] >= GAP


async def test_who_lost_its_turn_while_connecting_waits_for_another(
    database: Database, clock: MovableClock
) -> None:
    discord = gateway(database, clock)
    slow, quick = discord.process(), discord.process()
    await slow.wait(0)
    clock.move(seconds=GAP + 2 * MARGIN)
    await discord.hello(quick, 1)

    await discord.again(slow, 0)

    assert discord.gaps()[0] >= GAP


async def test_a_shard_that_lost_its_session_takes_a_turn_again(
    database: Database, clock: MovableClock
) -> None:
    discord = gateway(database, clock)
    turns = discord.process()
    await discord.hello(turns, 0)

    await discord.again(turns, 0)

    assert discord.gaps()[0] >= GAP


async def test_who_waits_and_dies_keeps_nobody_waiting(
    database: Database, clock: MovableClock
) -> None:
    discord = gateway(database, clock)
    await discord.hello(discord.process(), 0)
    dying = Turns(database=database, clock=clock, gap=GAP, pause=asyncio.sleep)
    waiting = asyncio.create_task(dying.wait(1))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    await discord.hello(discord.process(), 2)

    assert GAP <= discord.gaps()[0] < GAP + 2


async def test_a_clock_that_went_back_keeps_nobody_waiting(
    database: Database, clock: MovableClock
) -> None:
    discord = gateway(database, clock)
    await discord.hello(discord.process(), 0)
    clock.move(seconds=-7200)

    await discord.hello(discord.process(), 1)

    assert discord.gaps()[0] < -7000


async def test_a_stand_in_that_wants_no_gap_gets_none(
    database: Database, clock: MovableClock
) -> None:
    turns = Turns(database=database, clock=clock, gap=0)

    for shard_id in (0, 1, 0):
        await turns.wait(shard_id)
        await turns.go(shard_id)


async def test_a_database_that_fails_for_a_moment_costs_a_second(
    database: Database, clock: MovableClock
) -> None:
    assert isinstance(database, Observed)
    discord = gateway(database, clock)

    def fail() -> None:
        raise StorageError("no")

    database.before = {1: fail}
    await discord.hello(discord.process(), 0)

    assert [shard_id for shard_id, _ in discord.hellos] == [0]
