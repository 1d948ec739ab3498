"""Numbered SQL files, each applied with its version in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from importlib import resources

import aiosqlite

from storage.database import NewerSchemaError, StorageError

SQLITE_TYPES = {"int": "INTEGER", "blob": "BLOB", "strict": "STRICT"}


def pending(current: int) -> list[tuple[int, str]]:
    """The migrations that a database at a version still lacks.

    Raises:
        NewerSchemaError: It is two or more versions ahead of this code.
    """
    known = migrations()
    # Code runs on its own schema and the next one, so that a roll-back needs no restore.
    if current > known[-1][0] + 1:
        raise NewerSchemaError(
            f"The database has schema {current}, this version knows {known[-1][0]}: "
            "start the version of the bot that wrote it, or a later one."
        )
    return [(version, script) for version, script in known if version > current]


def migrations() -> list[tuple[int, str]]:
    """All migrations in order: version, and SQL in which {int}, {blob}, {strict} stand open."""
    folder = resources.files("storage") / "migrations"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda f: f.name
    )
    return [(int(file.name.split("_")[0]), file.read_text(encoding="utf-8")) for file in files]


def statements(script: str, types: dict[str, str]) -> Iterator[str]:
    """The statements of a script, with an engine's own types filled in.

    A statement ends with a semicolon at the end of a line.
    """
    for name, value in types.items():
        script = script.replace("{" + name + "}", value)
    pending: list[str] = []
    for line in script.splitlines():
        if not line.strip() or line.lstrip().startswith("--"):
            continue
        pending.append(line)
        if line.rstrip().endswith(";"):
            yield "\n".join(pending)
            pending = []
    if pending:
        raise StorageError("A migration ends without a semicolon.")


async def migrate(connection: aiosqlite.Connection) -> None:
    """Bring a SQLite file up to the newest version.

    Raises:
        NewerSchemaError: The file is two or more versions ahead of this code.
    """
    for version, script in pending(await _version(connection)):
        await _apply(connection, version, script)


async def _version(connection: aiosqlite.Connection) -> int:
    found = list(
        await connection.execute_fetchall(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'"
        )
    )
    if not found:
        return 0
    rows = list(await connection.execute_fetchall("SELECT version FROM schema_version"))
    return int(rows[0][0])


async def _apply(connection: aiosqlite.Connection, version: int, script: str) -> None:
    # A table that is rebuilt would otherwise take its children with it.
    await connection.execute_fetchall("PRAGMA foreign_keys = OFF")
    try:
        await connection.execute_fetchall("BEGIN IMMEDIATE")
        for statement in statements(script, SQLITE_TYPES):
            await connection.execute_fetchall(statement)
        await connection.execute_fetchall("UPDATE schema_version SET version = ?", (version,))
        if list(await connection.execute_fetchall("PRAGMA foreign_key_check")):
            raise StorageError(f"Migration {version} would break references; nothing was changed.")
        await connection.execute_fetchall("COMMIT")
    except BaseException:
        # What went wrong first is what is told.
        with suppress(sqlite3.Error):
            await connection.execute_fetchall("ROLLBACK")
        raise
    await connection.execute_fetchall("PRAGMA foreign_keys = ON")
