"""A community moves from one database to another: all of it, or it stays."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, closing
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from storage import facts, failpoints, lineage, moves, processes, rows
from storage.copying import SPOOL, DifferenceError, Doing, Place, Step, copy
from storage.database import AlreadyOpenError, Database, StorageError
from storage.lineage import Lineage
from storage.migrate import migrations
from storage.moves import Departure
from storage.shelves import FolderShelf, shelf_of
from storage.states import JobState
from storage.tables import tables
from tests.storage.engines import ENGINES, Engine
from tests.storage.filling import content, fill
from tests.storage.rows import NOW, count, do, execute, insert, insert_in

LEASE = 60_000
NEWEST = migrations()[-1][0]
APART = {"processes", "spool_files"}


def clock() -> int:
    return time.time_ns() // 1_000_000


class CutError(Exception):
    """The process ends here."""


@dataclass(frozen=True)
class Home:
    """A database with its spool."""

    engine: Engine
    folder: Path

    async def open(self) -> Database:
        return await self.engine.open(self.folder)

    async def place(self) -> Place:
        return Place(url=await self.engine.url(self.folder), spool=self.folder / "spool")

    @property
    def file(self) -> Path:
        return self.folder / "bot.db"

    async def refuses(self, match: str) -> bool:
        """Whether a bot would not start on it, for this reason."""
        database = await self.open()
        try:
            with pytest.raises(StorageError, match=match):
                await moves.require_home(database, now=clock())
        finally:
            await database.close()
        return True

    async def welcomes(self) -> bool:
        """Whether a bot would start on it."""
        database = await self.open()
        try:
            await moves.require_home(database, now=clock())
        finally:
            await database.close()
        return True


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Callable[[str, str], Home]]:
    """Gives homes by name and engine."""
    made: list[Home] = []

    def make(name: str, engine: str) -> Home:
        folder = tmp_path / name
        folder.mkdir()
        made.append(Home(ENGINES[engine], folder))
        return made[-1]

    yield make
    for one in made:
        await one.engine.discard(one.folder)


@pytest.fixture(params=[("sqlite", "postgres"), ("postgres", "sqlite")], ids="-to-".join)
async def pair(
    request: pytest.FixtureRequest, home: Callable[[str, str], Home]
) -> tuple[Home, Home]:
    """Two homes of different engines, the first with a job."""
    first, second = request.param
    old, new = home("old", first), home("new", second)
    database = await old.open()
    await insert(database)
    await database.close()
    return old, new


@pytest.fixture
async def files(home: Callable[[str, str], Home]) -> tuple[Home, Home]:
    """Two files, the first with rows in every table."""
    old, new = home("old", "sqlite"), home("new", "sqlite")
    await (await old.open()).close()
    fill(old.file, rows=5, seed=1)
    return old, new


async def move(old: Home, new: Home, *, at: Callable[[Step], None] | None = None) -> list[Step]:
    """Copy to the end, with something done at each step."""
    steps: list[Step] = []
    copying = copy(await old.place(), await new.place(), lease=LEASE, clock=clock)
    async with aclosing(copying):
        async for step in copying:
            steps.append(step)
            if at is not None:
                at(step)
    return steps


async def live(home: Home) -> None:
    """Let a process give a sign of life, in the file and beside it."""
    database, life = await home.open(), Lineage(home.file)
    await life.is_restored(database)
    life.keep(await do(database, life.advance))
    await database.close()


def tally(steps: list[Step], doing: Doing) -> dict[str, int]:
    return {step.what: step.done for step in steps if step.ended and step.doing is doing}


def moving(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What of a file is to be found in its copy."""
    found = {name: held for name, held in content(path).items() if name not in APART}
    own = {lineage.COUNT, moves.MOVE}
    found["facts"] = [row for row in found["facts"] if row[0] not in own]
    return found


async def test_every_row_of_every_table_comes_back_equal_from_the_other_engine(
    home: Callable[[str, str], Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "PAGE", 6)
    old, between, back = home("old", "sqlite"), home("between", "postgres"), home("back", "sqlite")
    await (await old.open()).close()
    fill(old.file, rows=11, seed=2)

    there = await move(old, between)
    again = await move(between, back)

    assert moving(back.file) == moving(old.file)
    copied = {table.name: 11 for table in tables() if table.name not in APART}
    for steps in (there, again):
        assert tally(steps, Doing.COPIED) == {**copied, SPOOL: 0}
        assert tally(steps, Doing.COMPARED) == {**copied, SPOOL: 0}
    assert await back.welcomes()
    assert await between.refuses("was copied to another one")
    assert await old.refuses("was copied to another one")


async def test_files_of_jobs_in_flight_move_and_no_others(pair: tuple[Home, Home]) -> None:
    old, new = pair
    database = await old.open()
    running = await insert_in(database, JobState.RUNNING)
    over = await insert_in(database, JobState.FAILED)
    await execute(database, "UPDATE jobs SET shown = 'yes' WHERE id = ?", over.id)
    shelf = shelf_of(database, old.folder / "spool")
    for job_id, name in ((running.id, "source"), (running.id, "result-0"), (over.id, "source")):
        await shelf.put(job_id, name, f"{job_id} {name}".encode() * 1000)
    await database.close()
    await FolderShelf(new.folder / "spool").put(running.id, "stale", b"of an earlier time here")

    steps = await move(old, new)

    database = await new.open()
    shelf = shelf_of(database, new.folder / "spool")
    assert set(await shelf.names(running.id)) == {"source", "result-0"}
    assert await shelf.get(running.id, "source") == f"{running.id} source".encode() * 1000
    assert not await shelf.names(over.id)
    assert tally(steps, Doing.COMPARED)[SPOOL] == 2
    await database.close()


@pytest.mark.parametrize("why", ["a row", "half a copy"])
async def test_a_target_that_is_not_empty_is_refused_and_nothing_changes(
    pair: tuple[Home, Home], why: str
) -> None:
    old, new = pair
    database = await new.open()
    if why == "a row":
        await do(database, facts.put, "name", "value")
    else:
        await do(database, moves.arrive, "an-id")
    await database.close()

    with pytest.raises(StorageError, match=r"not empty: it has facts|holds half a copy"):
        await move(old, new)

    database = await new.open()
    assert (await count(database, "facts"), await count(database, "jobs")) == (1, 0)
    await database.close()
    assert await old.welcomes()


CHANGES = {
    "a value": ("UPDATE ledger SET at = at + 1 WHERE id = ?", "ledger", "id"),
    "a value that became none": ("UPDATE changes SET reason = NULL WHERE id = ?", "changes", "id"),
    "a row less": ("DELETE FROM consents WHERE user_id = ?", "consents", "user_id"),
    "a row more": (
        "INSERT INTO facts SELECT 'more', value FROM facts WHERE name = ?",
        "facts",
        "name",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_what_differs_is_named_by_table_and_key_and_without_its_content(
    files: tuple[Home, Home], name: str
) -> None:
    old, new = files
    sql, table, column = CHANGES[name]
    with closing(sqlite3.connect(old.file)) as connection:
        order = "reason DESC" if "none" in name else f"{column} DESC"
        [(value,)] = connection.execute(
            f"SELECT {column} FROM {table} ORDER BY {order} LIMIT 1"  # noqa: S608 - our own names
        )

    def change(step: Step) -> None:
        if step.ended and step.doing is Doing.COPIED and step.what == SPOOL:
            with closing(sqlite3.connect(new.file)) as connection, connection:
                assert connection.execute(sql, (value,)).rowcount == 1

    with pytest.raises(DifferenceError) as caught:
        await move(old, new, at=change)

    named = "more" if name == "a row more" else value
    assert f"differs in {table} at {column} = {named}" in str(caught.value)
    assert await new.refuses("is half a copy")
    assert await old.welcomes()


async def test_a_file_that_differs_is_named(pair: tuple[Home, Home]) -> None:
    old, new = pair
    database = await old.open()
    running = await insert_in(database, JobState.RUNNING)
    await shelf_of(database, old.folder / "spool").put(running.id, "source", b"a picture")
    await database.close()
    copying = copy(await old.place(), await new.place(), lease=LEASE, clock=clock)

    with pytest.raises(DifferenceError, match=f"in {SPOOL} at job {running.id}, source"):
        async with aclosing(copying):
            async for step in copying:
                if step.ended and step.doing is Doing.COPIED and step.what == SPOOL:
                    await spoil(new, running.id)


async def spoil(home: Home, job_id: str) -> None:
    if home.engine.name == "sqlite":
        (home.folder / "spool" / job_id / "source").write_bytes(b"another")
        return
    database = await home.open()
    await execute(database, "UPDATE spool_files SET content = ?", b"another")
    await database.close()


async def test_a_copy_that_is_given_up_leaves_all_as_it_was(pair: tuple[Home, Home]) -> None:
    old, new = pair
    copying = copy(await old.place(), await new.place(), lease=LEASE, clock=clock)

    async with aclosing(copying):
        async for step in copying:
            if step.what == "jobs":
                break

    assert await new.refuses("is half a copy")
    with pytest.raises(StorageError, match="holds half a copy of an earlier try"):
        await move(old, new)
    assert await old.welcomes()


async def test_a_copy_that_was_killed_holds_a_bot_up_for_a_minute_only(
    home: Callable[[str, str], Home],
) -> None:
    database = await home("old", "postgres").open()
    killed = await Departure.begin(database, clock)

    with pytest.raises(StorageError, match="is being copied to another one"):
        await moves.require_home(database, now=clock())
    with pytest.raises(StorageError, match="is being copied to another one"):
        await Departure.begin(database, clock)
    await execute(database, "UPDATE facts SET value = ? WHERE name = 'move'", "leaving an-id 1")

    await moves.require_home(database, now=clock())
    await (await Departure.begin(database, clock)).give_up()
    with pytest.raises(StorageError, match="Another copy of this database was begun"):
        await killed.complete()
    await moves.require_home(database, now=clock())
    await database.close()


@pytest.mark.parametrize("seconds", [5, 30, 61])
async def test_a_departure_is_renewed_in_time_or_ends(tmp_path: Path, seconds: int) -> None:
    database = await ENGINES["sqlite"].open(tmp_path)
    database.exclusive = False
    departure = await Departure.begin(database, lambda: NOW)
    departure._clock = lambda: NOW + seconds * 1000

    if seconds > 60:
        with pytest.raises(StorageError, match="stood still for more than a minute"):
            await departure.renew()
    else:
        await departure.renew()

    until = NOW + (seconds * 1000 if seconds == 30 else 0) + moves.LEASE_MS
    assert await facts.get(database, moves.MOVE) == f"leaving {departure.id} {until}"
    await database.close()


async def test_a_copy_that_was_cut_off_after_the_check_is_ended_by_the_next_try(
    pair: tuple[Home, Home],
) -> None:
    old, new = pair

    def cut(name: str) -> None:
        if "_settle" in name:
            raise CutError

    failpoints.arm(cut)
    try:
        with pytest.raises(CutError):
            await move(old, new)
    finally:
        failpoints.arm(None)
    unsettled = await new.refuses("is half a copy") and await old.refuses("was copied to another")
    steps = await move(old, new)

    assert unsettled
    assert steps == []
    assert await new.welcomes()
    assert await old.refuses("was copied to another")


async def test_what_moved_away_is_copied_again_only_as_a_restored_backup(
    pair: tuple[Home, Home], home: Callable[[str, str], Home]
) -> None:
    old, new = pair
    third = home("third", new.engine.name)
    first = await move(old, new)

    again = await move(old, third)

    restored: list[int | None] = []
    for one in (new, third):
        database = await one.open()
        restored.append(await lineage.restored_until(database))
        await database.close()
    assert restored == [None, NOW]
    assert tally(first, Doing.RESTORED) == {}
    assert tally(again, Doing.RESTORED) == {"jobs in flight": 1}
    assert await third.welcomes()


async def test_a_restored_backup_that_is_copied_stays_one(files: tuple[Home, Home]) -> None:
    old, new = files
    database = await old.open()
    queued = await insert(database, created=2**63 - 1)
    await database.close()
    await live(old)
    with closing(sqlite3.connect(old.file)) as connection, connection:
        connection.execute("DELETE FROM facts WHERE name = ?", (lineage.COUNT,))

    steps = await move(old, new)

    database = await new.open()
    until = await lineage.restored_until(database)
    await database.close()
    assert until == queued.created
    assert tally(steps, Doing.RESTORED) != {}


async def test_a_file_in_the_place_of_an_earlier_one_is_not_taken_for_restored(
    files: tuple[Home, Home],
) -> None:
    old, new = files
    await live(new)
    new.file.unlink()

    await move(old, new)

    database = await new.open()
    restored = await Lineage(new.file).is_restored(database)
    await database.close()
    assert not restored


async def test_a_file_that_a_bot_has_open_is_refused(files: tuple[Home, Home]) -> None:
    old, new = files
    database = await old.open()

    with pytest.raises(AlreadyOpenError, match="stop that one first"):
        await move(old, new)

    await database.close()
    assert not new.file.exists()


async def test_a_server_on_which_a_bot_lives_is_refused(home: Callable[[str, str], Home]) -> None:
    old, new = home("old", "postgres"), home("new", "sqlite")
    database = await old.open()
    now = await database.server_time()
    assert now is not None
    await do(database, processes.beat, "alive", now=now)

    with pytest.raises(StorageError, match="stop it with SIGTERM, or wait for 60 seconds"):
        await move(old, new)
    await do(database, processes.beat, "alive", now=now - LEASE)
    await move(old, new)

    await database.close()
    kept: list[int] = []
    for one in (old, new):
        database = await one.open()
        kept.append(await count(database, "processes"))
        await database.close()
    assert kept == [1, 0]


async def test_another_schema_is_refused_and_not_brought_up_to_date(
    pair: tuple[Home, Home],
) -> None:
    old, new = pair
    await set_version(old, NEWEST - 1)

    with pytest.raises(StorageError, match="start the bot on it once, stop it, and copy then"):
        await move(old, new)
    await set_version(old, NEWEST + 1)
    with pytest.raises(StorageError, match="copy with the version that wrote it"):
        await move(old, new)

    assert not new.file.exists()
    with pytest.raises(StorageError, match=f"FROM has schema {NEWEST + 1}, "):
        await move(old, new)


async def set_version(home: Home, version: int) -> None:
    """Change it behind the back of what would migrate at once."""
    if home.engine.name == "sqlite":
        with closing(sqlite3.connect(home.file)) as connection, connection:
            connection.execute("UPDATE schema_version SET version = ?", (version,))
        return
    connection = await asyncpg.connect(await home.engine.url(home.folder))
    await connection.execute("UPDATE schema_version SET version = $1", version)
    await connection.close()


async def test_a_target_of_a_later_version_is_refused(files: tuple[Home, Home]) -> None:
    old, new = files
    await (await new.open()).close()
    await set_version(new, NEWEST + 1)

    with pytest.raises(StorageError, match="TO was made by a later version of the bot"):
        await move(old, new)

    assert await old.welcomes()


async def test_a_file_that_is_not_there_is_refused_and_not_made(
    home: Callable[[str, str], Home],
) -> None:
    old, new = home("old", "sqlite"), home("new", "sqlite")

    with pytest.raises(StorageError, match="there is no database of the bot in FROM"):
        await move(old, new)

    assert not old.file.exists()
    assert not new.file.exists()


async def test_a_database_is_not_copied_into_itself(files: tuple[Home, Home]) -> None:
    old, _ = files
    itself = Home(old.engine, old.folder / ".." / "old")

    with pytest.raises(StorageError, match="are the same database"):
        await move(old, itself)

    assert await old.welcomes()


async def test_what_the_other_engine_does_not_take_is_named(
    home: Callable[[str, str], Home],
) -> None:
    old, new = home("old", "sqlite"), home("new", "postgres")
    database = await old.open()
    await do(database, facts.put, "a-name", "no text of PostgreSQL's: \0")
    await database.close()

    with pytest.raises(StorageError, match="facts, from name = a-name on, cannot be written"):
        await move(old, new)

    assert await old.welcomes()
