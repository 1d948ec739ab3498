"""SQLite's connections, each with a thread of its own in which whole transactions are carried out.

What is written here runs without a hop between the statements of a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

from storage import failpoints
from storage.database import Query, Row, StorageError, Transaction, Value, name_of
from storage.sqlite_faults import explained

T = TypeVar("T")

BUSY_MS = 1500
"""How long SQLite itself waits where another program holds the file; a member waits 3 s at most."""
Work = Callable[[Transaction], Awaitable[Any]]
"""What a transaction does."""
Look = Callable[[Query], Awaitable[Any]]
"""What looks several things up."""


class Connection(aiosqlite.Connection):
    """A connection whose thread carries out several statements without a hop between them."""

    async def visit(self, looks: Sequence[Look]) -> list[Any | Exception]:
        """Run looks one after the other; a failed one is its exception."""
        outcomes: list[Any | Exception] = await self._execute(  # pyright: ignore[reportUnknownMemberType] - untyped there
            _visit, self._conn, looks
        )
        return outcomes

    async def carry_out(self, works: Sequence[Work]) -> list[Any | Exception]:
        """Run transactions and commit them together; a failed one is its exception."""
        outcomes: list[Any | Exception] = await self._execute(  # pyright: ignore[reportUnknownMemberType] - untyped there
            _carry_out, self._conn, works
        )
        return outcomes


async def connect(path: Path, *, query_only: bool = False) -> Connection:
    """Open a connection, and with it its thread.

    Raises:
        StorageError: The file cannot be used.
    """
    connection = Connection(lambda: sqlite3.connect(path, isolation_level=None), iter_chunk_size=64)
    await connection
    try:
        connection.row_factory = sqlite3.Row
        for pragma in _pragmas(query_only):
            await run(connection, f"PRAGMA {pragma}")
    except BaseException:
        # Its thread would keep the process from ending.
        await connection.close()
        raise
    return connection


def _pragmas(query_only: bool) -> tuple[str, ...]:
    common = (f"busy_timeout = {BUSY_MS}", "foreign_keys = ON")
    if query_only:
        return (*common, "query_only = ON", "wal_autocheckpoint = 0")
    # NORMAL loses acknowledged commits in a power cut.
    return ("journal_mode = WAL", "synchronous = FULL", *common)


async def run(
    connection: aiosqlite.Connection, sql: str, values: tuple[Value, ...] = ()
) -> list[Row]:
    """Run one statement.

    Raises:
        StorageError: It was not carried out.
    """
    try:
        return cast("list[Row]", list(await connection.execute_fetchall(sql, values)))
    except sqlite3.Error as error:
        raise explained(error) from error


# In the thread


class SqliteTransaction:
    """See `storage.database.Transaction`. Used in the writer's thread alone."""

    def __init__(self, connection: sqlite3.Connection, name: str | None) -> None:
        self._connection = connection
        self._name = name
        self._statements = 0

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement, without a pause."""
        if self._name is None:
            return _execute(self._connection, sql, values)
        self._statements += 1
        failpoints.reach(f"db {self._name} {self._statements} before")
        rows = _execute(self._connection, sql, values)
        failpoints.reach(f"db {self._name} {self._statements} after")
        return rows


def _carry_out(connection: sqlite3.Connection, works: Sequence[Work]) -> list[Any | Exception]:
    """Carry out transactions in the writer's thread, and commit them together.

    Raises:
        StorageError: None of them was committed.
    """
    try:
        _execute(connection, "BEGIN IMMEDIATE")
        outcomes = [_attempt(connection, work) for work in works]
        _commit(connection, works[0])
    except BaseException:
        with suppress(StorageError):
            _execute(connection, "ROLLBACK")
        raise
    return outcomes


def _commit(connection: sqlite3.Connection, first: Work) -> None:
    name = _named(first)
    if name is None:
        _execute(connection, "COMMIT")
        return
    failpoints.reach(f"db {name} commit before")
    _execute(connection, "COMMIT")
    failpoints.reach(f"db {name} commit after")


def _named(work: Work) -> str | None:
    """What a transaction is called; None where nobody listens, since a name costs its time."""
    return name_of(work) if failpoints.armed() else None


def _attempt(connection: sqlite3.Connection, work: Work) -> Any | Exception:  # noqa: ANN401 - whatever it gives
    _execute(connection, "SAVEPOINT one")
    try:
        result = _finish(work(SqliteTransaction(connection, _named(work))))
    except Exception as error:
        if not connection.in_transaction:
            # SQLite itself gave up, on a full disk for one: with it went those before.
            raise
        _execute(connection, "ROLLBACK TO one")
        _execute(connection, "RELEASE one")
        return error
    _execute(connection, "RELEASE one")
    return result


def _visit(connection: sqlite3.Connection, looks: Sequence[Look]) -> list[Any | Exception]:
    async def query(sql: str, *values: Value) -> list[Row]:
        return _execute(connection, sql, values)

    return [_outcome(look, query) for look in looks]


def _outcome(look: Look, query: Query) -> Any | Exception:  # noqa: ANN401 - whatever it gives
    try:
        return _finish(look(query))
    except Exception as error:  # noqa: BLE001 - handed to who waits
        return error


def _finish(work: Awaitable[T]) -> T:
    """Run a transaction's coroutine to its end; it has nothing to wait for.

    Raises:
        TypeError: It awaited something other than its statements.
    """
    coroutine = cast("Coroutine[Any, None, T]", work)
    try:
        coroutine.send(None)
    except StopIteration as end:
        return cast("T", end.value)
    coroutine.close()
    raise TypeError("A transaction may await nothing but its own statements.")


def _execute(connection: sqlite3.Connection, sql: str, values: tuple[Value, ...] = ()) -> list[Row]:
    try:
        return cast("list[Row]", connection.execute(sql, values).fetchall())
    except sqlite3.Error as error:
        raise explained(error) from error
