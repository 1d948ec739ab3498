"""The PostgreSQL engine: pools of connections to a server that several processes share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from storage import failpoints
from storage.database import Query, Row, Transaction, Value, name_of
from storage.migrate import pending
from storage.postgres_faults import FAILURES, UndoneError, repeated, told
from storage.postgres_pool import WAIT_SECONDS, pool
from storage.postgres_schema import migrate, version_of

if TYPE_CHECKING:
    from storage.postgres_pool import Connection, Pool

T = TypeVar("T")

WRITERS = 10
READERS = 4
"""Connections of one process at most; a server admits 100 in all, unless it is told otherwise."""


class PostgresTransaction:
    """See `storage.database.Transaction`."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._statements = 0

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement."""
        if not failpoints.armed():
            return await _run(self._connection, sql, values)
        self._statements += 1
        failpoints.reach(f"db {self._name} {self._statements} before")
        rows = await _run(self._connection, sql, values)
        failpoints.reach(f"db {self._name} {self._statements} after")
        return rows


@dataclass(kw_only=True)
class _Begun:
    """Whether a transaction has its connection, and so goes on whatever its caller does."""

    yes: bool = False


class PostgresDatabase:
    """See `storage.database.Database`. Open it with `PostgresDatabase.open`."""

    exclusive = False

    def __init__(self, writers: Pool, readers: Pool) -> None:
        self._writers = writers
        self._readers = readers
        self._held: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect, and bring the schema up to date; one process does, the others wait for it.

        Args:
            url: `postgresql://user:password@host:port/name`, as libpq has it.

        Raises:
            NewerSchemaError: It is from a later version.
            StorageError: It cannot be reached, lets nobody in, or may not be changed.
        """
        writers = await pool(url, WRITERS, read_only=False)
        try:
            with told():
                async with writers.acquire() as connection:
                    lacks = pending(await version_of(connection))
            if lacks:
                await migrate(url)
            readers = await pool(url, READERS, read_only=True)
        except BaseException:
            await writers.close()
            raise
        return cls(writers, readers)

    async def transaction(
        self, work: Callable[[Transaction], Awaitable[T]], *, must_run: bool = False
    ) -> T:
        """See `storage.database.Database.transaction`."""
        begun = _Begun()
        task = asyncio.create_task(self._carry_out(work, begun))
        self._held.add(task)
        task.add_done_callback(self._release)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not must_run and not begun.yes:
                task.cancel()
            raise

    async def read(self, sql: str, *values: Value) -> list[Row]:
        """See `storage.database.Database.read`."""
        failpoints.reach("db read before")
        try:
            rows = await self._read(sql, values)
        except UndoneError:
            # Its connection did not outlive the server, or the way to it; another one may.
            rows = await self._read(sql, values)
        failpoints.reach("db read after")
        return rows

    async def look(self, work: Callable[[Query], Awaitable[T]]) -> T:
        """See `storage.database.Database.look`."""
        return await work(self.read)

    async def server_time(self) -> int | None:
        """See `storage.database.Database.server_time`."""
        rows = await self.read(
            "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now"
        )
        return cast("int", rows[0]["now"])

    async def close(self) -> None:
        """Wait for all begun transactions, then close. May be called twice."""
        while tasks := self._under_way():
            await asyncio.wait(tasks)
        await self._readers.close()
        await self._writers.close()

    async def _read(self, sql: str, values: tuple[Value, ...]) -> list[Row]:
        with told(undone=True):
            async with self._readers.acquire(timeout=WAIT_SECONDS) as connection:
                return await _run(connection, sql, values)

    def _under_way(self) -> set[asyncio.Task[Any]]:
        return set(self._held)

    def _release(self, task: asyncio.Task[Any]) -> None:
        self._held.discard(task)
        if not task.cancelled():
            task.exception()  # Retrieved, so that an abandoned caller leaves no complaint.

    async def _carry_out(self, work: Callable[[Transaction], Awaitable[T]], begun: _Begun) -> T:
        return await repeated(partial(self._attempt, work, begun))

    async def _attempt(self, work: Callable[[Transaction], Awaitable[T]], begun: _Begun) -> T:
        with told():
            connection = await self._writers.acquire(timeout=WAIT_SECONDS)
        begun.yes = True
        try:
            return await _commit(connection, work)
        finally:
            with suppress(*FAILURES):
                await self._writers.release(connection)


async def _commit(connection: Connection, work: Callable[[Transaction], Awaitable[T]]) -> T:
    name = name_of(work)
    transaction = connection.transaction()
    with told(undone=True):
        await transaction.start()
    try:
        result = await work(PostgresTransaction(connection, name))
        failpoints.reach(f"db {name} commit before")
    except BaseException:
        # A connection that is lost has rolled back already.
        with suppress(*FAILURES):
            await transaction.rollback()
        raise
    with told():
        await transaction.commit()
    failpoints.reach(f"db {name} commit after")
    return result


async def _run(connection: Connection, sql: str, values: tuple[Value, ...]) -> list[Row]:
    with told(undone=True):
        return cast("list[Row]", await connection.fetch(numbered(sql), *values))


@lru_cache(maxsize=1024)
def numbered(sql: str) -> str:
    """A query with `$1`, `$2`, ... for its `?`; none of ours has one in a text."""
    first, *rest = sql.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
