"""Whether a database is the one that was written last, or an older copy in its place."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage import facts
from storage.lineage import Lineage, close_past, restored_until
from storage.sqlite import SqliteDatabase
from storage.states import JobState
from tests.storage.rows import NOW, do, execute, insert_in


async def lived(path: Path, *, beats: int) -> bool:
    """Start, live on for some heartbeats and end; gives whether the start took it for restored."""
    database, lineage = await SqliteDatabase.open(path), Lineage(path)
    restored = await lineage.is_restored(database)
    for _ in range(beats):
        lineage.keep(await do(database, lineage.advance))
    await database.close()
    return restored


def life(path: Path) -> Path:
    return path.with_name(path.name + ".life")


async def test_a_file_that_goes_on_is_not_taken_for_restored(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"

    found = [await lived(path, beats=beats) for beats in (3, 1, 2)]

    assert found == [False, False, False]


async def test_an_older_copy_is_noticed_however_it_was_put_in_place(tmp_path: Path) -> None:
    path, copy = tmp_path / "bot.db", tmp_path / "copy.db"
    await lived(path, beats=2)
    shutil.copy(path, copy)
    await lived(path, beats=1)

    shutil.copy(copy, path)
    over_it = await lived(path, beats=1)
    path.unlink()
    shutil.move(copy, path)
    in_its_place = await lived(path, beats=1)

    assert (over_it, in_its_place) == (True, True)


async def test_a_restored_file_goes_on_by_a_life_of_its_own(tmp_path: Path) -> None:
    path, first, second = (tmp_path / name for name in ("bot.db", "first.db", "second.db"))
    await lived(path, beats=1)
    shutil.copy(path, first)
    await lived(path, beats=5)
    shutil.copy(path, second)

    shutil.copy(first, path)
    found = [await lived(path, beats=1), await lived(path, beats=1)]
    shutil.copy(second, path)
    found.append(await lived(path, beats=1))

    assert found == [True, False, True], "the second copy had the higher count, of another life"


async def test_a_file_that_comes_without_its_count_is_taken_for_restored(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    await lived(path, beats=1)

    life(path).unlink()
    moved = await lived(path, beats=1)
    life(path).write_bytes(b"\xff garbage")
    garbled = await lived(path, beats=1)

    assert (moved, garbled) == (True, True)


async def test_a_copy_from_before_anything_was_counted_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    await lived(path, beats=2)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM facts WHERE name = 'life'")

    assert await lived(path, beats=1)


async def test_a_crash_between_the_two_counts_is_no_restore(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    await lived(path, beats=2)
    database, lineage = await SqliteDatabase.open(path), Lineage(path)
    await lineage.is_restored(database)
    await do(database, lineage.advance)
    await database.close()

    assert not await lived(path, beats=1)


async def test_counts_that_are_committed_together_are_each_kept(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    database, lineage = await SqliteDatabase.open(path), Lineage(path)
    await lineage.is_restored(database)

    counts = await asyncio.gather(*(do(database, lineage.advance) for _ in range(20)))
    for count in reversed(counts):
        lineage.keep(count)
    await database.close()

    assert sorted(counts) == list(range(1, 21))
    assert not await lived(path, beats=1)


async def test_a_count_that_cannot_be_kept_is_said_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "bot.db"
    life(path).mkdir()
    database, lineage = await SqliteDatabase.open(path), Lineage(path)

    lineage.keep(await do(database, lineage.advance))

    assert "lineage.not_kept" in caplog.messages
    assert await facts.get(database, "life") is not None
    await database.close()


async def test_what_was_unfinished_when_it_came_back_is_of_the_past(tmp_path: Path) -> None:
    database = await SqliteDatabase.open(tmp_path / "bot.db")
    await do(database, close_past)
    empty = await restored_until(database)
    for number, state in enumerate(JobState):
        job = await insert_in(database, state, created=NOW + number)
        await execute(database, "UPDATE jobs SET shown = 'yes' WHERE id = ?", job.id)

    await do(database, close_past)

    unfinished = [JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING]
    newest = max(NOW + number for number, state in enumerate(JobState) if state in unfinished)
    assert (empty, await restored_until(database)) == (None, newest)
    await database.close()
