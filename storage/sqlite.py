"""The SQLite engine: one writer connection, one query-only reader, one process.

A transaction is carried out in the writer's own thread, all its statements without a hop between
them; those that were asked for meanwhile share the next commit, each behind a savepoint of its own.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

from storage import failpoints
from storage.database import (
    AlreadyOpenError,
    Query,
    Row,
    StorageError,
    Transaction,
    Value,
    name_of,
)
from storage.migrate import migrate
from storage.sqlite_faults import explained

T = TypeVar("T")

VERSION = sqlite3.sqlite_version_info[:3]
"""Of the SQLite library that is in use."""
BUSY_MS = 1500
"""How long SQLite itself waits where another program holds the file; a member waits 3 s at most."""
TOGETHER = 32
"""Transactions of one commit at most, so that none waits long for those beside it."""
Work = Callable[[Transaction], Awaitable[Any]]


class SqliteTransaction:
    """See `storage.database.Transaction`. Used in the writer's thread alone."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._statements = 0

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement, without a pause."""
        if not failpoints.armed():
            return _execute(self._connection, sql, values)
        self._statements += 1
        failpoints.reach(f"db {self._name} {self._statements} before")
        rows = _execute(self._connection, sql, values)
        failpoints.reach(f"db {self._name} {self._statements} after")
        return rows


@dataclass(kw_only=True, eq=False)
class _Unit:
    """One transaction that was asked for."""

    work: Work
    outcome: asyncio.Future[Any] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    begun: bool = False


class _Connection(aiosqlite.Connection):
    """A connection whose thread carries out several statements without a hop between them."""

    async def visit(self, work: Callable[[Query], Awaitable[T]]) -> T:
        """Run queries one after the other."""
        found: T = await self._execute(_visit, self._conn, work)  # pyright: ignore[reportUnknownMemberType] - untyped there
        return found

    async def carry_out(self, works: Sequence[Work]) -> list[Any | Exception]:
        """Run transactions and commit them together; a failed one is its exception."""
        outcomes: list[Any | Exception] = await self._execute(  # pyright: ignore[reportUnknownMemberType] - untyped there
            _carry_out, self._conn, works
        )
        return outcomes


class SqliteDatabase:
    """See `storage.database.Database`. Open it with `SqliteDatabase.open`."""

    exclusive = True

    def __init__(self, writer: _Connection, reader: _Connection, file_lock: int) -> None:
        self._writer = writer
        self._reader = reader
        self._file_lock = file_lock
        self._asked: deque[_Unit] = deque()
        self._round: asyncio.Task[None] | None = None
        self._closed = False

    @classmethod
    async def open(cls, path: Path) -> SqliteDatabase:
        """Open the file, creating it and bringing its schema up to date.

        Raises:
            AlreadyOpenError: Another process has it open.
            NewerSchemaError: It is from a later version.
            StorageError: The file cannot be read or written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file_lock = _lock_file(path)
        except OSError as error:
            raise StorageError(
                f"{path} cannot be opened ({error.strerror}); let the bot's user write there."
            ) from error
        try:
            writer = await _connect(path)
        except BaseException:
            os.close(file_lock)
            raise
        try:
            await _migrate(writer)
            reader = await _connect(path, query_only=True)
        except BaseException:
            await writer.close()
            os.close(file_lock)
            raise
        return cls(writer, reader, file_lock)

    async def transaction(
        self, work: Callable[[Transaction], Awaitable[T]], *, must_run: bool = False
    ) -> T:
        """See `storage.database.Database.transaction`."""
        unit = _Unit(work=work)
        # Retrieved, so that a caller who left hears no complaint.
        unit.outcome.add_done_callback(_retrieve)
        self._asked.append(unit)
        self._begin_round()
        try:
            return await asyncio.shield(unit.outcome)
        except asyncio.CancelledError:
            if not must_run and not unit.begun:
                self._asked.remove(unit)
                unit.begun = True
            raise

    async def read(self, sql: str, *values: Value) -> list[Row]:
        """See `storage.database.Database.read`."""
        failpoints.reach("db read before")
        rows = await _run(self._reader, sql, values)
        failpoints.reach("db read after")
        return rows

    async def look(self, work: Callable[[Query], Awaitable[T]]) -> T:
        """See `storage.database.Database.look`."""
        failpoints.reach("db look before")
        found = await self._reader.visit(work)
        failpoints.reach("db look after")
        return found

    async def server_time(self) -> int | None:
        """See `storage.database.Database.server_time`."""
        return None

    async def close(self) -> None:
        """Wait for all begun transactions, then close. May be called twice."""
        while tasks := self._under_way():
            await asyncio.wait(tasks)
        if self._closed:
            return
        self._closed = True
        # The writer is the only checkpointer, so the reader goes first.
        await self._reader.close()
        await self._writer.close()
        os.close(self._file_lock)

    def _under_way(self) -> set[asyncio.Task[None]]:
        return {self._round} if self._round is not None else set()

    def _begin_round(self) -> None:
        if self._round is None and self._asked:
            together = [self._asked.popleft() for _ in range(min(TOGETHER, len(self._asked)))]
            for unit in together:
                unit.begun = True
            self._round = asyncio.create_task(self._carry_out(together))
            # Also where the loop's end cancels it before its first line.
            self._round.add_done_callback(lambda _: self._end_round(together))

    async def _carry_out(self, together: Sequence[_Unit]) -> None:
        try:
            outcomes = await self._writer.carry_out([unit.work for unit in together])
        except Exception as error:  # noqa: BLE001 - handed to each who waits
            outcomes = [error] * len(together)
        for unit, outcome in zip(together, outcomes, strict=True):
            _tell(unit.outcome, outcome)

    def _end_round(self, together: Sequence[_Unit]) -> None:
        for unit in together:
            unit.outcome.cancel()  # Nothing, where it was told.
        self._round = None
        self._begin_round()


def _tell(waiting: asyncio.Future[Any], outcome: object) -> None:
    if waiting.done():
        return
    if isinstance(outcome, Exception):
        waiting.set_exception(outcome)
    else:
        waiting.set_result(outcome)


def _retrieve(outcome: asyncio.Future[Any]) -> None:
    if not outcome.cancelled():
        outcome.exception()


def _carry_out(connection: sqlite3.Connection, works: Sequence[Work]) -> list[Any | Exception]:
    """Carry out transactions in the writer's thread, and commit them together.

    Raises:
        StorageError: None of them was committed.
    """
    first = name_of(works[0])
    try:
        _execute(connection, "BEGIN IMMEDIATE")
        outcomes = [_attempt(connection, work) for work in works]
        failpoints.reach(f"db {first} commit before")
        _execute(connection, "COMMIT")
        failpoints.reach(f"db {first} commit after")
    except BaseException:
        with suppress(StorageError):
            _execute(connection, "ROLLBACK")
        raise
    return outcomes


def _attempt(connection: sqlite3.Connection, work: Work) -> Any | Exception:  # noqa: ANN401 - whatever it gives
    _execute(connection, "SAVEPOINT one")
    try:
        result = _finish(work(SqliteTransaction(connection, name_of(work))))
    except Exception as error:
        if not connection.in_transaction:
            # SQLite itself gave up, on a full disk for one: with it went those before.
            raise
        _execute(connection, "ROLLBACK TO one")
        _execute(connection, "RELEASE one")
        return error
    _execute(connection, "RELEASE one")
    return result


def _visit(connection: sqlite3.Connection, work: Callable[[Query], Awaitable[T]]) -> T:
    async def query(sql: str, *values: Value) -> list[Row]:
        return _execute(connection, sql, values)

    return _finish(work(query))


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


async def _run(
    connection: aiosqlite.Connection, sql: str, values: tuple[Value, ...] = ()
) -> list[Row]:
    try:
        return cast("list[Row]", list(await connection.execute_fetchall(sql, values)))
    except sqlite3.Error as error:
        raise explained(error) from error


async def _migrate(writer: aiosqlite.Connection) -> None:
    try:
        await migrate(writer)
    except sqlite3.Error as error:
        raise explained(error) from error


def _lock_file(path: Path) -> int:
    handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise AlreadyOpenError(f"{path} is open in another process; stop that one first.") from None
    # It holds the tokens of interactions under way; SQLite's own files get its mode.
    path.touch(mode=0o600)
    return handle


async def _connect(path: Path, *, query_only: bool = False) -> _Connection:
    connection = _Connection(
        lambda: sqlite3.connect(path, isolation_level=None), iter_chunk_size=64
    )
    await connection
    try:
        connection.row_factory = sqlite3.Row
        for pragma in _pragmas(query_only):
            await _run(connection, f"PRAGMA {pragma}")
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
