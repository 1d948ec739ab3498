"""The SQLite engine: one writer connection, one query-only reader, one process.

A transaction is carried out in the writer's own thread, all its statements without a hop between
them; those that were asked for meanwhile share the next commit, each behind a savepoint of its own.
Looks that are asked for at the same time share a visit to the reader's thread.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar, cast

import aiosqlite

from storage import failpoints
from storage.database import AlreadyOpenError, Query, Row, StorageError, Transaction, Value
from storage.migrate import migrate
from storage.rounds import Rounds
from storage.sqlite_connection import Connection, connect, run
from storage.sqlite_faults import explained

T = TypeVar("T")

VERSION = sqlite3.sqlite_version_info[:3]
"""Of the SQLite library that is in use."""


class SqliteDatabase:
    """See `storage.database.Database`. Open it with `SqliteDatabase.open`."""

    exclusive = True

    def __init__(self, writer: Connection, reader: Connection, file_lock: int) -> None:
        self._writer = writer
        self._reader = reader
        self._file_lock = file_lock
        self._writes = Rounds(writer.carry_out)
        self._looks = Rounds(reader.visit)
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
            writer = await connect(path)
        except BaseException:
            os.close(file_lock)
            raise
        try:
            await _migrate(writer)
            reader = await connect(path, query_only=True)
        except BaseException:
            await writer.close()
            os.close(file_lock)
            raise
        return cls(writer, reader, file_lock)

    async def transaction(
        self, work: Callable[[Transaction], Awaitable[T]], *, must_run: bool = False
    ) -> T:
        """See `storage.database.Database.transaction`."""
        return cast("T", await self._writes.ask(work, must_run=must_run))

    async def read(self, sql: str, *values: Value) -> list[Row]:
        """See `storage.database.Database.read`."""
        failpoints.reach("db read before")
        rows = await run(self._reader, sql, values)
        failpoints.reach("db read after")
        return rows

    async def look(self, work: Callable[[Query], Awaitable[T]]) -> T:
        """See `storage.database.Database.look`."""
        failpoints.reach("db look before")
        found = await self._looks.ask(work)
        failpoints.reach("db look after")
        return cast("T", found)

    async def server_time(self) -> int | None:
        """See `storage.database.Database.server_time`."""
        return None

    async def close(self) -> None:
        """Wait for all that was begun, then close. May be called twice."""
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
        return self._writes.under_way() | self._looks.under_way()


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
