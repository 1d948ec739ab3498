"""The engines under the tests. A third one is added here, and nowhere else."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from storage.database import Database
from storage.migrate import migrations
from storage.postgres import PostgresDatabase
from storage.sqlite import SqliteDatabase
from storage.tables import tables
from tests.storage import server
from tests.storage.rows import all_ended
from tests.storage.template import fresh

if TYPE_CHECKING:
    from storage.postgres import Connection

_numbers = itertools.count()
"""Of all databases that this process made."""


class Engine(Protocol):
    """Gives databases, each known by a folder."""

    name: str
    row_order: str
    """The column by which rows lie in the order in which they were written."""

    async def url(self, folder: Path) -> str:
        """What DATABASE_URL is for the database that belongs to a folder; it is made if need be."""
        ...

    async def open(self, folder: Path) -> Database:
        """Open the database that belongs to a folder: the same one for the same folder."""
        ...

    async def discard(self, folder: Path) -> None:
        """Take it that the folder's database is not wanted any more."""
        ...

    async def back_up(self, folder: Path, copy: Path) -> None:
        """Copy the folder's database into a file while it is in use."""
        ...

    async def put_back(self, folder: Path, copy: Path) -> None:
        """Put such a copy in the database's place, as docs/operating.md says."""
        ...

    def cut(self, database: Database) -> None:
        """Let nothing more be written, as from the instant of a kill."""
        ...

    def die(self, database: Database) -> None:
        """Lose the connection in the middle of a transaction; to be called by its work."""
        ...

    async def bury(self, database: Database) -> None:
        """Let go of what a killed process held, as the system does."""
        ...


class SqliteEngine:
    """A file in the folder."""

    name = "sqlite"
    row_order = "rowid"

    async def url(self, folder: Path) -> str:
        return f"sqlite:///{folder / 'bot.db'}"

    async def open(self, folder: Path) -> Database:
        return await fresh(folder / "bot.db")

    async def discard(self, folder: Path) -> None:
        """Whoever made the folder removes it."""

    async def back_up(self, folder: Path, copy: Path) -> None:
        with (
            closing(sqlite3.connect(folder / "bot.db")) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)

    async def put_back(self, folder: Path, copy: Path) -> None:
        for suffix in ("-wal", "-shm"):
            (folder / f"bot.db{suffix}").unlink(missing_ok=True)
        shutil.copy(copy, folder / "bot.db")

    def cut(self, database: Database) -> None:
        assert isinstance(database, SqliteDatabase)
        for connection in (database._reader, database._writer):
            connection._running = False
        _cancel(database._under_way())

    def die(self, database: Database) -> None:
        assert isinstance(database, SqliteDatabase)
        database._writer._conn.close()

    async def bury(self, database: Database) -> None:
        assert isinstance(database, SqliteDatabase)
        await all_ended(database)
        for connection in (database._reader, database._writer):
            ended = connection.stop()
            if ended is not None:
                await ended
        os.close(database._file_lock)


class PostgresEngine:
    """A database of the tests' server; emptied ones are taken again."""

    name = "postgres"
    row_order = "ctid"

    def __init__(self) -> None:
        self._free: list[str] = []
        self._lent: dict[Path, str] = {}

    async def url(self, folder: Path) -> str:
        if folder not in self._lent:
            self._lent[folder] = self._free.pop() if self._free else await self._create()
        return at(server.url(), self._lent[folder])

    async def open(self, folder: Path) -> Database:
        return await PostgresDatabase.open(await self.url(folder))

    async def discard(self, folder: Path) -> None:
        name = self._lent.pop(folder, None)
        if name is not None and await self._empty(name):
            self._free.append(name)

    async def back_up(self, folder: Path, copy: Path) -> None:
        url = await self.url(folder)
        await asyncio.to_thread(server.run, "pg_dump", "-Fc", f"--file={copy}", url)

    async def put_back(self, folder: Path, copy: Path) -> None:
        restore = ("pg_restore", "--clean", "--if-exists", "--single-transaction", "-d")
        await asyncio.to_thread(server.run, *restore, await self.url(folder), str(copy))

    def cut(self, database: Database) -> None:
        assert isinstance(database, PostgresDatabase)
        _cancel(database._under_way())
        database._readers.terminate()
        database._writers.terminate()

    def die(self, database: Database) -> None:
        assert isinstance(database, PostgresDatabase)
        database._writers.terminate()

    async def bury(self, database: Database) -> None:
        assert isinstance(database, PostgresDatabase)
        database._readers.terminate()
        await all_ended(database)

    async def _empty(self, name: str) -> bool:
        return await empty(at(server.url(), name))

    async def _create(self) -> str:
        name = f"test_{os.getpid()}_{next(_numbers)}"
        await create(name)
        # Migrated once; what is emptied later keeps its tables.
        await (await PostgresDatabase.open(at(server.url(), name))).close()
        return name


def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()


def at(server_url: str, name: str) -> str:
    """A server's address with a database's name in it."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


async def create(name: str) -> None:
    """Make an empty database."""
    connection = await asyncpg.connect(server.url())
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    finally:
        await connection.close()


async def empty(url: str) -> bool:
    """End what a test left open, and remove what it left; False where it changed the tables."""
    connection = await asyncpg.connect(url)
    try:
        # Those that the test left open would hold their locks.
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return await cleared(connection)
    finally:
        await connection.close()


async def cleared(connection: Connection) -> bool:
    """Remove all rows; False where a test changed the tables themselves."""
    found = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ours = {table.name for table in tables()}
    if {row["tablename"] for row in found} != {*ours, "schema_version"}:
        return False
    if await connection.fetchval("SELECT version FROM schema_version") != migrations()[-1][0]:
        return False
    deletes = [f'DELETE FROM "{table}"' for table in ours]  # noqa: S608 - our own tables
    async with connection.transaction():
        # References are not asked about, so the order is nobody's business.
        role = "SET LOCAL session_replication_role = replica"
        await connection.execute("; ".join([role, *deletes]))
    return True


ENGINES: Mapping[str, Engine] = {
    engine.name: engine for engine in (SqliteEngine(), PostgresEngine())
}
