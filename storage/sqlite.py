"""The SQLite engine: one writer connection behind a lock, one query-only reader."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar, cast

import aiosqlite

from storage.database import AlreadyOpenError, Row, StorageError, Transaction, Value
from storage.migrate import migrate

T = TypeVar("T")

log = logging.getLogger(__name__)

VERSION = sqlite3.sqlite_version_info[:3]
"""Of the SQLite library that is in use."""
BUSY_MS = 5000
"""How long SQLite itself waits where another program (a backup) holds the file."""


class SqliteTransaction:
    """See `storage.database.Transaction`."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement."""
        return await _run(self._connection, sql, values)


class SqliteDatabase:
    """See `storage.database.Database`. Open it with `SqliteDatabase.open`."""

    exclusive = True

    def __init__(
        self, writer: aiosqlite.Connection, reader: aiosqlite.Connection, file_lock: int
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._file_lock = file_lock
        self._lock = asyncio.Lock()
        self._held: set[asyncio.Task[object]] = set()
        self._closed = False

    @classmethod
    async def open(cls, path: Path) -> SqliteDatabase:
        """Open the file, creating it and bringing its schema up to date.

        Raises:
            AlreadyOpenError: Another process has it open.
            NewerSchemaError: It is from a later version.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        file_lock = _lock_file(path)
        try:
            writer = await _connect(path)
        except BaseException:
            os.close(file_lock)
            raise
        try:
            await migrate(writer)
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
        if must_run:
            return await asyncio.shield(self._hold(self._wait_and_run(work)))
        await self._lock.acquire()
        # No await between the lock and the task: from here on the task owns the lock. It is
        # released when the task is done, since one cancelled in time runs no line of its own.
        task = self._hold(self._begin_and_commit(work))
        task.add_done_callback(lambda _: self._lock.release())
        return await asyncio.shield(task)

    async def read(self, sql: str, *values: Value) -> list[Row]:
        """See `storage.database.Database.read`."""
        return await _run(self._reader, sql, values)

    async def close(self) -> None:
        """Wait for all begun transactions, then close. May be called twice."""
        while self._held:
            await asyncio.wait(self._held)
        if self._closed:
            return
        self._closed = True
        # The writer is the only checkpointer, so the reader goes first.
        await self._reader.close()
        await self._writer.close()
        os.close(self._file_lock)

    def _hold(self, work: Awaitable[T]) -> asyncio.Task[T]:
        task: asyncio.Task[T] = asyncio.ensure_future(work)
        self._held.add(cast("asyncio.Task[object]", task))
        task.add_done_callback(self._release)
        return task

    def _release(self, task: asyncio.Task[T]) -> None:
        self._held.discard(cast("asyncio.Task[object]", task))
        if not task.cancelled():
            task.exception()  # Retrieved, so that an abandoned caller leaves no complaint.

    async def _wait_and_run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        async with self._lock:
            return await self._begin_and_commit(work)

    async def _begin_and_commit(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        try:
            # Inside the try: a cancellation between BEGIN and here would leave it open.
            await _run(self._writer, "BEGIN IMMEDIATE")
            result = await work(SqliteTransaction(self._writer))
            await _run(self._writer, "COMMIT")
        except BaseException:
            # Without asking first: a BEGIN or COMMIT that was cut off may yet be carried out.
            with suppress(StorageError):
                await _run(self._writer, "ROLLBACK")
            raise
        return result


async def _run(
    connection: aiosqlite.Connection, sql: str, values: tuple[Value, ...] = ()
) -> list[Row]:
    try:
        return cast("list[Row]", list(await connection.execute_fetchall(sql, values)))
    except sqlite3.Error as error:
        raise StorageError(f"The database failed: {error}") from error


def _lock_file(path: Path) -> int:
    handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise AlreadyOpenError(f"{path} is open in another process; stop that one first.") from None
    # It holds the tokens of interactions under way; SQLite's own files get its mode.
    path.touch(mode=0o600)
    return handle


async def _connect(path: Path, *, query_only: bool = False) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(path, isolation_level=None)
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
