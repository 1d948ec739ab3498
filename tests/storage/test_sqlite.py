"""What only the embedded engine promises: one process, one writer, nothing lost."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Awaitable
from functools import partial
from pathlib import Path

import pytest

from storage import facts, failpoints
from storage.database import AlreadyOpenError, Query, StorageError, Transaction, text
from storage.sqlite import SqliteDatabase
from tests.storage.rows import count, do

OPEN_ONCE = """
import asyncio, sys
from pathlib import Path
from storage.database import AlreadyOpenError
from storage.sqlite import SqliteDatabase

async def main():
    try:
        database = await SqliteDatabase.open(Path(sys.argv[1]))
    except AlreadyOpenError as error:
        print(f"refused: {error}")
    else:
        print("opened")
        await database.close()

asyncio.run(main())
"""

DIE_INSIDE = """
import asyncio, os, signal, sys
from pathlib import Path
from storage import facts
from storage.sqlite import SqliteDatabase

async def main():
    database = await SqliteDatabase.open(Path(sys.argv[1]))

    async def kept(tx):
        await facts.put(tx, "kept", "value")

    async def cut(tx):
        await facts.put(tx, "cut", "value")
        os.kill(os.getpid(), signal.SIGKILL)

    await database.transaction(kept)
    await database.transaction(cut)

asyncio.run(main())
"""


class Named:
    """A transaction's work that notes when it is asked for its name."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, tx: Transaction) -> None:
        await facts.put(tx, "name", "value")

    def __getattr__(self, name: str) -> str:
        self.asked.append(name)
        raise AttributeError(name)


async def python(script: str, path: Path) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


async def test_a_second_process_is_refused_until_the_first_has_closed(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    database = await SqliteDatabase.open(path)

    refused = await python(OPEN_ONCE, path)
    await database.close()
    admitted = await python(OPEN_ONCE, path)

    assert refused.stdout.startswith("refused: ")
    assert "stop that one first" in refused.stdout
    assert admitted.stdout == "opened\n"


async def test_a_second_opening_in_the_same_process_is_refused(tmp_path: Path) -> None:
    database = await SqliteDatabase.open(tmp_path / "bot.db")

    with pytest.raises(AlreadyOpenError):
        await SqliteDatabase.open(tmp_path / "bot.db")

    await do(database, facts.put, "still", "open")
    await database.close()


async def test_a_killed_process_loses_no_commit_and_leaves_no_half(tmp_path: Path) -> None:
    killed = await python(DIE_INSIDE, tmp_path / "bot.db")

    database = await SqliteDatabase.open(tmp_path / "bot.db")
    rows = await database.read("SELECT name FROM facts")
    await database.close()

    assert killed.returncode == -9
    assert [text(row, "name") for row in rows] == ["kept"]


async def test_the_reader_cannot_write(tmp_path: Path) -> None:
    database = await SqliteDatabase.open(tmp_path / "bot.db")

    with pytest.raises(StorageError, match="readonly"):
        await database.read("INSERT INTO facts (name, value) VALUES ('a', 'b') RETURNING name")

    assert await count(database, "facts") == 0
    await database.close()


async def test_a_commit_is_on_the_disk_and_references_are_checked(tmp_path: Path) -> None:
    database = await SqliteDatabase.open(tmp_path / "bot.db")

    async def pragmas(tx: Transaction) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "wal_autocheckpoint")
        return [next(iter(dict((await tx.run(f"PRAGMA {name}"))[0]).values())) for name in names]

    found = await database.transaction(pragmas)
    of_reader = await database.read("PRAGMA wal_autocheckpoint")
    await database.close()

    assert found == ["wal", 2, 1, 1000]
    assert next(iter(dict(of_reader[0]).values())) == 0, "only the writer checkpoints"


async def test_a_file_that_is_no_database_leaves_no_thread_and_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    before = set(threading.enumerate())

    with pytest.raises(StorageError, match="not a database"):
        await SqliteDatabase.open(path)

    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive(), "it would keep the process from ending"
    path.unlink()
    database = await SqliteDatabase.open(path)
    await database.close()


async def test_a_loop_that_ends_by_force_leaves_no_open_transaction(tmp_path: Path) -> None:
    """`asyncio.run` cancels every task at its end, those of transactions included."""
    database = await SqliteDatabase.open(tmp_path / "bot.db")

    async def work(tx: Transaction) -> None:
        for number in range(3):
            await facts.put(tx, f"fact-{number}", "value")

    found: set[int] = set()
    for moment in range(40):
        caller = asyncio.create_task(database.transaction(work))
        for _ in range(moment):
            await asyncio.sleep(0)
        for task in (caller, *database._under_way()):
            task.cancel()
        await asyncio.gather(caller, return_exceptions=True)

        await do(database, facts.put, "next", "value")
        found.add(await count(database, "facts"))
        await do(database, Transaction.run, "DELETE FROM facts")

    assert found == {1, 4}
    await database.close()


async def test_looks_at_once_see_what_is_committed_and_one_that_fails_takes_none_with_it(
    tmp_path: Path,
) -> None:
    database = await SqliteDatabase.open(tmp_path / "bot.db")
    await do(database, facts.put, "fact", "value")

    async def look(query: Query) -> list[str]:
        return [text(row, "value") for row in await query("SELECT value FROM facts")]

    async def fail(query: Query) -> None:
        await query("SELECT value FROM nothing")

    def refuse(_query: Query) -> Awaitable[None]:
        raise ValueError

    first, failed, refused, last = await asyncio.gather(
        *map(database.look, (look, fail, refuse, look)), return_exceptions=True
    )

    assert (first, last) == (["value"], ["value"])
    assert isinstance(failed, StorageError)
    assert isinstance(refused, ValueError)
    await database.close()


async def test_closing_waits_for_a_look(tmp_path: Path) -> None:
    database = await SqliteDatabase.open(tmp_path / "bot.db")

    async def look(query: Query) -> int:
        return len(await query("SELECT 1"))

    looking = asyncio.create_task(database.look(look))
    await asyncio.sleep(0)
    await database.close()

    assert await looking == 1


async def test_transactions_do_not_overlap_and_one_that_fails_takes_none_with_it(
    tmp_path: Path,
) -> None:
    database = await SqliteDatabase.open(tmp_path / "bot.db")
    inside: list[int] = []

    async def work(number: int, tx: Transaction) -> None:
        inside.append(number)
        await facts.put(tx, f"fact-{number}", "value")
        assert inside == [number]
        inside.remove(number)
        if number % 3 == 0:
            raise ValueError(number)

    outcomes = await asyncio.gather(
        *(database.transaction(partial(work, number)) for number in range(100)),
        return_exceptions=True,
    )
    kept = await count(database, "facts")
    await database.close()

    failed = [number for number in range(100) if isinstance(outcomes[number], ValueError)]
    assert failed == list(range(0, 100, 3))
    assert kept == 100 - len(failed)


async def test_a_transaction_that_awaits_anything_else_is_refused_and_undone(
    tmp_path: Path,
) -> None:
    database = await SqliteDatabase.open(tmp_path / "bot.db")

    async def work(tx: Transaction) -> None:
        await facts.put(tx, "fact", "value")
        await asyncio.sleep(0)

    with pytest.raises(TypeError, match="nothing but its own statements"):
        await database.transaction(work)

    assert await count(database, "facts") == 0
    await database.close()


async def test_no_name_is_made_for_a_point_at_which_nobody_listens(tmp_path: Path) -> None:
    work, heard = Named(), list[str]()
    database = await SqliteDatabase.open(tmp_path / "bot.db")
    try:
        await database.transaction(work)
        asked = [*work.asked]
        failpoints.arm(heard.append)
        await database.transaction(work)
    finally:
        failpoints.arm(None)
        await database.close()

    assert asked == []
    points = ["1 before", "1 after", "commit before", "commit after"]
    assert [name.split(maxsplit=2)[2] for name in heard] == points
