"""Telling Discord the commands: once, by one process, whoever dies at it."""

from __future__ import annotations

import asyncio

import pytest

from bot.syncing import CLAIM_MS, SYNCING, Syncing, digest
from storage import facts
from storage.database import Database, Transaction, text
from tests.jobs.surroundings import MovableClock


class Discord:
    """Counts how often it was told; holds or fails a telling."""

    def __init__(self) -> None:
        self.told = 0
        self.reached = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.fault: Exception | None = None

    async def sync(self) -> None:
        self.reached.set()
        await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        self.told += 1


def process(database: Database, clock: MovableClock, discord: Discord) -> Syncing:
    async def pause(_: float) -> None:
        clock.move(seconds=5)
        await asyncio.sleep(0)

    return Syncing(database=database, clock=clock, sync=discord.sync, pause=pause)


async def die_halfway(database: Database, clock: MovableClock) -> None:
    """Claim the telling, and be killed: nothing is written any more."""
    discord = Discord()
    discord.gate.clear()
    dying = asyncio.create_task(process(database, clock, discord).once("new"))
    await discord.reached.wait()
    claimed = await database.read("SELECT * FROM facts WHERE name = 'commands_syncing'")
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)

    async def work(tx: Transaction) -> None:
        await facts.put(tx, SYNCING, text(claimed[0], "value"))

    await database.transaction(work)


async def test_commands_are_told_once(database: Database, clock: MovableClock) -> None:
    discord = Discord()

    for wanted in ("old", "old", "new", "new"):
        assert await process(database, clock, discord).once(wanted)

    assert discord.told == 2


async def test_one_of_several_that_start_at_once_tells(
    shared: Database, clock: MovableClock
) -> None:
    discord = Discord()

    answers = await asyncio.gather(*(process(shared, clock, discord).once("new") for _ in range(3)))

    assert discord.told == 1
    assert any(answers)


async def test_the_others_go_on_while_one_tells(shared: Database, clock: MovableClock) -> None:
    discord = Discord()
    discord.gate.clear()
    telling = asyncio.create_task(process(shared, clock, discord).once("new"))
    await discord.reached.wait()

    assert not await process(shared, clock, discord).once("new")

    discord.gate.set()
    assert await telling
    assert discord.told == 1


async def test_another_tells_where_one_died_at_it(shared: Database, clock: MovableClock) -> None:
    await die_halfway(shared, clock)
    discord, before = Discord(), clock.now()
    other = process(shared, clock, discord)
    assert not await other.once("new")

    await other.follow("new")

    assert discord.told == 1
    assert clock.now() - before < CLAIM_MS + 10_000


async def test_a_single_process_that_died_at_it_tells_at_its_next_start(
    alone: Database, clock: MovableClock
) -> None:
    await die_halfway(alone, clock)
    discord = Discord()

    assert await process(alone, clock, discord).once("new")

    assert discord.told == 1


async def test_a_failure_is_raised_and_another_try_begins_at_once(
    shared: Database, clock: MovableClock
) -> None:
    discord = Discord()
    discord.fault = RuntimeError("no")
    with pytest.raises(RuntimeError):
        await process(shared, clock, discord).once("new")
    discord.fault = None

    assert await process(shared, clock, discord).once("new")

    assert discord.told == 1


def test_the_hash_is_of_the_application_too() -> None:
    assert digest(1, [{"name": "remix"}]) != digest(2, [{"name": "remix"}])
    assert digest(1, [{"a": 1, "b": 2}]) == digest(1, [{"b": 2, "a": 1}])
