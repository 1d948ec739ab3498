"""A schema comes up to date as a whole, or stays as it was."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from storage import migrate
from storage.database import NewerSchemaError, StorageError, integer
from storage.migrate import SQLITE_TYPES, migrations, statements
from storage.sqlite import SqliteDatabase
from tests.storage.rows import execute, insert, stored

NEWEST = migrations()[-1][0]
RELEASED = {
    1: "a86034659d3ef02086a5865be862ebe29871ca6cabb6bffd3bd13eef841ea831",
    2: "f88e03867cff36865ff40d5e65cc0bf4bcb5cdce8026b6a216e2f7865396d77b",
    3: "115135a28c8ebb3fbbe6f418cde494f7ab99e27efff8c02c42d43dda7db9ea65",
    4: "8b4f232c7fd6a90c9b7ca3ac79f6ae12cf097688994e678ce93d6bf60d09e983",
    5: "eb53be03f19d18474342bc48f2fdccf594c2c9c322fd16ee21e8d608692742e9",
}
"""SHA-256 of the migrations that databases out there have been through."""

REBUILD = """
-- As SQLite's documents advise: a new table, the rows, the old name.
CREATE TABLE new_jobs AS SELECT * FROM jobs;
DROP TABLE jobs;
ALTER TABLE new_jobs RENAME TO jobs;
CREATE UNIQUE INDEX jobs_by_id ON jobs (id);
"""


def schema(path: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    connection.close()
    return rows


async def open_and_close(path: Path) -> None:
    database = await SqliteDatabase.open(path)
    await database.close()


async def version(path: Path) -> int:
    database = await SqliteDatabase.open(path)
    rows = await database.read("SELECT version FROM schema_version")
    await database.close()
    return integer(rows[0], "version")


def with_one_more(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    more = [*migrations(), (NEWEST + 1, script)]
    monkeypatch.setattr(migrate, "migrations", lambda: more)


def test_migrations_are_numbered_without_gaps_and_need_no_engine_but_its_types() -> None:
    numbers = [number for number, _ in migrations()]

    assert numbers == list(range(1, len(numbers) + 1))
    for _, script in migrations():
        assert all("{" not in statement for statement in statements(script, SQLITE_TYPES))
        assert "AUTOINCREMENT" not in script
        assert "CASCADE" not in script


def test_a_migration_that_was_applied_somewhere_is_never_edited() -> None:
    scripts = dict(migrations())

    found = {number: sha256(scripts[number].encode()).hexdigest() for number in RELEASED}

    assert found == RELEASED, "what is to change goes into a migration of its own"


@pytest.mark.parametrize("edited", [False, True])
async def test_a_file_of_the_fourth_schema_ends_with_the_same_indexes_as_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edited: bool
) -> None:
    """For some days the fourth migration made the indexes itself."""
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    fourth = [(number, script) for number, script in migrations() if number <= 4]
    with monkeypatch.context() as patched:
        patched.setattr(migrate, "migrations", lambda: fourth)
        await open_and_close(old)
    if edited:
        with closing(sqlite3.connect(old)) as connection:
            connection.execute("DROP INDEX rule_hits_of_member")
            connection.execute("CREATE INDEX rule_hits_by_time ON rule_hits (at)")
            connection.execute("CREATE INDEX card_reports_of_user ON card_reports (user_id, at)")

    await open_and_close(old)
    await open_and_close(new)

    names = [name for name, _ in schema(old)]
    assert names == [name for name, _ in schema(new)]
    assert {"rule_hits_by_time", "card_reports_of_user"} < {*names}
    assert "rule_hits_of_member" not in names


async def test_an_empty_file_gets_the_whole_schema_in_strict_tables(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"

    assert await version(path) == NEWEST
    tables = [sql for _, sql in schema(path) if sql and sql.startswith("CREATE TABLE")]
    assert len(tables) >= 12
    assert all(sql.endswith("STRICT") for sql in tables)


async def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    await open_and_close(path)
    before = schema(path)

    await open_and_close(path)

    assert schema(path) == before


async def test_a_later_migration_meets_rows_and_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bot.db"
    database = await SqliteDatabase.open(path)
    row = await insert(database)
    await execute(
        database, "INSERT INTO messages (job_id, part, message_id) VALUES (?, 1, 5)", row.id
    )
    await database.close()
    with_one_more(monkeypatch, REBUILD)

    database = await SqliteDatabase.open(path)
    messages = await database.read("SELECT job_id FROM messages")
    found = await stored(database, row.id)
    await database.close()

    assert found == row
    assert len(messages) == 1, "a rebuilt table took its children with it"
    assert await version(path) == NEWEST + 1


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE half (id TEXT);\nCREATE TABLE half (id TEXT);\n",
        "CREATE TABLE half (id TEXT);\nINSERT INTO nothing VALUES (1);\n",
        "CREATE TABLE half (id TEXT);\nDELETE FROM jobs;\n",
        "CREATE TABLE half (id TEXT);\nCREATE TABLE no_semicolon (id TEXT)\n",
    ],
    ids=["refused", "missing table", "broken reference", "no end"],
)
async def test_a_migration_that_fails_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    path = tmp_path / "bot.db"
    database = await SqliteDatabase.open(path)
    row = await insert(database)
    await execute(
        database, "INSERT INTO messages (job_id, part, message_id) VALUES (?, 1, 5)", row.id
    )
    await database.close()
    before = schema(path)
    with_one_more(monkeypatch, script)

    with pytest.raises((sqlite3.OperationalError, StorageError)):
        await SqliteDatabase.open(path)

    monkeypatch.undo()
    assert schema(path) == before
    database = await SqliteDatabase.open(path)
    assert await stored(database, row.id) == row
    await database.close()
    assert await version(path) == NEWEST


@pytest.mark.parametrize("ahead", [1, 2])
async def test_code_runs_on_the_next_schema_and_refuses_later_ones(
    tmp_path: Path, ahead: int
) -> None:
    path = tmp_path / "bot.db"
    database = await SqliteDatabase.open(path)
    await execute(database, "UPDATE schema_version SET version = ?", NEWEST + ahead)
    await database.close()

    if ahead == 1:
        assert await version(path) == NEWEST + 1
    else:
        with pytest.raises(NewerSchemaError, match=f"schema {NEWEST + 2}"):
            await SqliteDatabase.open(path)
