"""Servers that the bot left, where each process knows those of its own shards only."""

from __future__ import annotations

from bot.departures import DAY_MS, Departures
from storage import servers
from storage.database import Database
from tests.jobs.surroundings import MovableClock

OURS, THEIRS, KEEP = 1 << 22, 2 << 22, 30


async def test_a_process_deletes_what_its_own_shards_left(
    database: Database, clock: MovableClock
) -> None:
    departures = Departures(database=database, clock=clock, keep_days=KEEP)
    await departures.arrived([OURS, THEIRS])
    for server_id in (OURS, THEIRS):
        await departures.left(server_id)
    clock.move(seconds=(KEEP + 1) * DAY_MS / 1000)

    await departures.sweep(lambda _: False, lambda server_id: server_id == OURS)

    assert await servers.removed_before(database.read, clock.now()) == [THEIRS]
