"""The PostgreSQL of tests that share an event loop: they share its connections, too.

A new connection has to read anew what every table is like: a third of the server's time.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

import asyncpg

from storage.database import Database
from storage.postgres import PostgresDatabase
from storage.postgres_faults import FAILURES
from tests.storage.engines import PostgresEngine, cleared
from tests.storage.rows import all_ended

if TYPE_CHECKING:
    from storage.postgres import Pool

    Pools = tuple[Pool, Pool]
    """Writers and readers."""


class _Closed:
    """What a closed database has in place of its connections."""

    def acquire(self, *, timeout: float) -> NoReturn:
        raise asyncpg.InterfaceError(f"the pool is closed; nothing comes within {timeout} s")

    def is_closing(self) -> bool:
        return True

    def terminate(self) -> None:
        """There is nothing left."""


class _Lent(PostgresDatabase):
    """A database that gives its connections back when it is closed."""

    to: LastingPostgres
    name: str

    async def close(self) -> None:
        """See `storage.database.Database.close`."""
        await all_ended(self)
        pools = (self._writers, self._readers)
        self._writers = self._readers = cast("Pool", _Closed())
        if any(pool.is_closing() for pool in pools):
            _cut(pools)
        else:
            await self.to.take_back(self, pools)


class LastingPostgres(PostgresEngine):
    """As its parent, but all on one event loop, at whose end it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self._shelves: dict[str, list[Pools]] = defaultdict(list)
        """Connections that nobody uses now, by the name of their database."""
        self._out: dict[str, set[_Lent]] = defaultdict(set)
        """Who uses others, and may give them back."""

    async def open(self, folder: Path) -> Database:
        url = await self.url(folder)
        name = self._lent[folder]
        shelf = self._shelves[name]
        database = _Lent(*shelf.pop()) if shelf else await _Lent.open(url)
        database.to, database.name = self, name
        self._out[name].add(database)
        return database

    async def take_back(self, database: _Lent, pools: Pools) -> None:
        """Keep a closed database's connections, unless they are in use or remember what is gone."""
        idle = all(pool.get_size() == pool.get_idle_size() for pool in pools)
        if idle and database in self._out[database.name]:
            self._shelves[database.name].append(pools)
        else:
            for pool in pools:
                await pool.close()
        self._out[database.name].discard(database)

    async def put_back(self, folder: Path, copy: Path) -> None:
        # All that are open remember tables that are removed now.
        self._forget(self._lent[folder])
        await super().put_back(folder, copy)

    def close(self) -> None:
        """Cut all connections that nobody uses."""
        for name in self._shelves:
            self._forget(name)

    async def _empty(self, name: str) -> bool:
        # What the test left open, or killed, must be ended first.
        if self._shelves[name] and not self._out[name]:
            writers, _ = self._shelves[name][-1]
            with suppress(*FAILURES):
                async with writers.acquire() as connection:
                    if await cleared(connection):
                        return True
        self._forget(name)
        return await super()._empty(name)

    def _forget(self, name: str) -> None:
        self._out[name].clear()
        while self._shelves[name]:
            _cut(self._shelves[name].pop())


def _cut(pools: Pools) -> None:
    for pool in pools:
        pool.terminate()
