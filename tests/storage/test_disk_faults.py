"""A disk or a file that fails: one sentence that says what to do, and nothing lost."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from storage import facts
from storage.database import BrokenError, StorageError, Transaction, integer, text
from storage.inspection import require_sound
from storage.sqlite import SqliteDatabase
from tests.storage.failing import BULK, PAGE, filled, run
from tests.storage.rows import count, do

FILL_UP = """
import asyncio, os, sys
from pathlib import Path
from storage import facts
from storage.database import StorageError
from storage.sqlite import SqliteDatabase

async def put(database, name):
    async def work(tx):
        await facts.put(tx, name, "x" * 3000)
    await database.transaction(work)

async def main(folder):
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(1 << 20))
    database = await SqliteDatabase.open(folder / "bot.db")
    acknowledged = 0
    try:
        while True:
            await put(database, f"fact-{acknowledged}")
            acknowledged += 1
    except StorageError as error:
        print(type(error).__name__, error)
    ballast.unlink()
    await put(database, "after")
    await database.close()
    database = await SqliteDatabase.open(folder / "bot.db")
    rows = await database.read("SELECT COUNT(*) AS n FROM facts")
    print(acknowledged > 10, rows[0]["n"] - acknowledged)
    await database.close()

asyncio.run(main(Path(sys.argv[1])))
"""

WRITE = """
import asyncio, sys
from pathlib import Path
from storage import facts
from storage.database import StorageError
from storage.sqlite import SqliteDatabase

async def work(tx):
    await facts.put(tx, "name", "value")

async def main(path):
    try:
        database = await SqliteDatabase.open(path)
        try:
            await database.transaction(work)
        finally:
            await database.close()
    except StorageError as error:
        print(error)

asyncio.run(main(Path(sys.argv[1])))
"""


SMALL_FILES = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
"""
"""A system that takes no more of any file: to SQLite the same as one without room."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = await SqliteDatabase.open(tmp_path / "bot.db")
    yield opened
    await opened.close()


async def pragma(database: SqliteDatabase, setting: str) -> None:
    """Set something on the connection that writes."""

    async def work(tx: Transaction) -> None:
        await tx.run(f"PRAGMA {setting}")

    await database.transaction(work)


async def test_a_disk_without_room_is_waited_for(tmp_path: Path) -> None:
    mount = 'mount -t tmpfs -o size=3m none "$1" && exec "$2" -c "$3" "$1"'
    small = ("unshare", "-rm", "sh", "-c", mount, "sh")
    if shutil.which("unshare") is None or await run(*small[:-2], "mount -t tmpfs none /mnt"):
        pytest.skip("this machine lets nobody mount a small disk")

    said = await run(*small, str(tmp_path), sys.executable, FILL_UP)

    assert said.splitlines() == [
        "StorageError The database failed (database or disk is full): the disk is full; make room.",
        "True 1",
    ]


async def test_a_start_without_room_is_said_to_be_that_and_no_failure_of_the_disk(
    tmp_path: Path,
) -> None:
    """It meets the file that programs share first, of which SQLite says it in its own way."""
    path = tmp_path / "bot.db"
    await (await SqliteDatabase.open(path)).close()

    said = await run(sys.executable, "-c", SMALL_FILES + WRITE, str(path))

    assert said == "The database failed (disk I/O error): the disk is full; make room.\n"
    await (await SqliteDatabase.open(path)).close()


async def test_of_transactions_on_a_full_file_each_is_whole_or_absent(
    database: SqliteDatabase,
) -> None:
    pages = integer((await database.read("PRAGMA page_count"))[0], "page_count")
    await pragma(database, f"max_page_count = {pages + 10}")

    async def two(number: int) -> None:
        async def work(tx: Transaction) -> None:
            await facts.put(tx, f"{number}-a", BULK)
            await facts.put(tx, f"{number}-b", BULK)

        await database.transaction(work)

    outcomes = await asyncio.gather(*map(two, range(60)), return_exceptions=True)
    await pragma(database, "max_page_count = 1000000")
    await two(60)

    kept = {number for number in range(60) if outcomes[number] is None}
    assert all(
        isinstance(outcomes[number], StorageError) for number in range(60) if number not in kept
    )
    assert len(kept) < 60
    rows = await database.read("SELECT name FROM facts")
    assert {text(row, "name") for row in rows} == {
        f"{number}-{half}" for number in {*kept, 60} for half in "ab"
    }


async def test_a_file_that_another_program_holds_is_said_and_waited_for(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    await pragma(database, "busy_timeout = 20")
    with closing(sqlite3.connect(tmp_path / "bot.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another program holds the file; end that one"):
            await do(database, facts.put, "held", "up")
        other.execute("ROLLBACK")

    await do(database, facts.put, "let", "through")

    assert await count(database, "facts") == 1


async def test_a_start_on_a_file_that_is_held_ends_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another program holds the file; end that one"):
            await SqliteDatabase.open(path)

    await (await SqliteDatabase.open(path)).close()


@pytest.mark.parametrize("what", ["file", "folder"])
async def test_what_cannot_be_written_is_named(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "data"
    path = folder / "bot.db"
    await (await SqliteDatabase.open(path)).close()
    (path if what == "file" else folder).chmod(0o444 if what == "file" else 0o555)
    if what == "folder":
        (folder / "bot.db.lock").unlink()
    # Else root may do it all the same.
    drop = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    powerless = drop if os.getuid() == 0 else ()

    said = await run(*powerless, sys.executable, "-c", WRITE, str(path))

    assert said.count("\n") == 1
    assert "let the bot's user" in said
    path.chmod(0o600)
    folder.chmod(0o700)
    await (await SqliteDatabase.open(path)).close()


def garbage_head(file: bytearray) -> None:
    file[:PAGE] = os.urandom(PAGE)


def garbage_page(file: bytearray) -> None:
    file[-PAGE:] = os.urandom(PAGE)


def cut_short(file: bytearray) -> None:
    del file[len(file) // 2 :]


@pytest.mark.parametrize("spoil", [garbage_head, garbage_page, cut_short])
async def test_a_damaged_file_is_found_before_the_start(
    tmp_path: Path, spoil: Callable[[bytearray], None]
) -> None:
    path = await filled(tmp_path)
    sound = path.read_bytes()
    await require_sound(path)
    spoilt = bytearray(sound)
    spoil(spoilt)
    path.write_bytes(spoilt)

    with pytest.raises(BrokenError, match=r"put a backup in its place, see docs/operating\.md"):
        await require_sound(path)

    path.write_bytes(sound)
    await require_sound(path)
