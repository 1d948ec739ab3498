"""The power goes: what was acknowledged is there, what was not is there whole or not at all."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage import facts
from storage.database import Transaction
from storage.lineage import Lineage
from storage.sqlite import SqliteDatabase
from tests.storage.disk import Acknowledged, Disk, Sync, Write, after_cut, library, watched

SQLITE = library()
BULK = "x" * 3000

pytestmark = pytest.mark.skipif(
    SQLITE is None, reason="Python's own SQLite library cannot be looked into here"
)


async def lived(folder: Path) -> Disk:
    """Some transactions, with checkpoints between them, on a disk that is looked at."""
    assert SQLITE is not None
    path = folder / "bot.db"
    await (await SqliteDatabase.open(path)).close()
    start = path.read_bytes()
    disk = Disk(folder)
    disk.events += [Write("bot.db", 0, start), Sync("bot.db")]
    with watched(disk, SQLITE):
        database = await SqliteDatabase.open(path)

        async def often(tx: Transaction) -> None:
            await tx.run("PRAGMA wal_autocheckpoint = 12")

        await database.transaction(often)
        for number in range(5):

            async def work(tx: Transaction, number: int = number) -> None:
                await facts.put(tx, f"{number} a", BULK)
                await facts.put(tx, f"{number} b", BULK)

            await database.transaction(work)
            disk.acknowledge(str(number))
        await database.close()
    return disk


def found(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Which facts a start finds after the cut."""
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    with closing(sqlite3.connect(folder / "bot.db")) as connection:
        assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        return [name for (name,) in connection.execute("SELECT name FROM facts ORDER BY name")]


async def test_no_power_cut_takes_what_was_acknowledged_or_leaves_half(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    events = (await lived(folder)).events
    syncs = [event.file for event in events if isinstance(event, Sync)]
    assert {"bot.db", "bot.db-wal"} <= set(syncs), "it was looked at, and there were checkpoints"

    for cut in range(2, len(events) + 1):
        told = [event.what for event in events[:cut] if isinstance(event, Acknowledged)]
        least = [f"{number} {half}" for number in told for half in "ab"]
        most = [*least, f"{len(told)} a", f"{len(told)} b"]
        for seed in (None, cut):
            chance = None if seed is None else random.Random(seed)
            left = after_cut(events[:cut], chance)
            assert found(tmp_path / f"{cut} {seed}", left) in (least, most), (cut, seed)


async def test_the_count_beside_the_file_never_runs_ahead_of_it(tmp_path: Path) -> None:
    """Else a power cut would be taken for a restore."""
    assert SQLITE is not None
    path = tmp_path / "bot.db"
    await (await SqliteDatabase.open(path)).close()
    disk = Disk(tmp_path)
    disk.events += [Write("bot.db", 0, path.read_bytes()), Sync("bot.db")]
    kept: list[tuple[int, bytes]] = []
    with watched(disk, SQLITE):
        database, lineage = await SqliteDatabase.open(path), Lineage(path)
        await lineage.is_restored(database)
        for _ in range(3):
            lineage.keep(await database.transaction(lineage.advance))
            kept.append((len(disk.events), (tmp_path / "bot.db.life").read_bytes()))
        await database.close()

    for number, (cut, life) in enumerate(kept):
        folder = tmp_path / str(number)
        found(folder, after_cut(disk.events[:cut], None))
        (folder / "bot.db.life").write_bytes(life)
        database = await SqliteDatabase.open(folder / "bot.db")
        assert not await Lineage(folder / "bot.db").is_restored(database)
        await database.close()
