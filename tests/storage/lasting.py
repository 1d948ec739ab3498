"""The PostgreSQL of tests that share an event loop: they share its connections, too.

A new connection has to read anew what every table is like, which is most of what a short test
asks of the server.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
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

    shelf: list[tuple[Pool, Pool]]

    async def close(self) -> None:
        """See `storage.database.Database.close`."""
        await all_ended(self)
        pools = (self._writers, self._readers)
        self._writers = self._readers = cast("Pool", _Closed())
        if any(pool.is_closing() for pool in pools):
            _cut(pools)
        else:
            self.shelf.append(pools)


class LastingPostgres(PostgresEngine):
    """As its parent, but all on one event loop, at whose end it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self._shelves: dict[str, list[tuple[Pool, Pool]]] = defaultdict(list)
        """Connections that nobody uses now, by the name of their database."""

    async def open(self, folder: Path) -> Database:
        url = await self.url(folder)
        shelf = self._shelves[self._lent[folder]]
        database = _Lent(*shelf.pop()) if shelf else await _Lent.open(url)
        database.shelf = shelf
        return database

    async def put_back(self, folder: Path, copy: Path) -> None:
        # They would remember tables that are removed now.
        self._cut(self._lent[folder])
        await super().put_back(folder, copy)

    def close(self) -> None:
        """Cut all connections that nobody uses."""
        for name in self._shelves:
            self._cut(name)

    async def _empty(self, name: str) -> bool:
        for writers, _ in self._shelves[name]:
            with suppress(*FAILURES):
                async with writers.acquire() as connection:
                    return await cleared(connection)
        self._cut(name)
        return await super()._empty(name)

    def _cut(self, name: str) -> None:
        shelf = self._shelves[name]
        while shelf:
            _cut(shelf.pop())


def _cut(pools: Sequence[Pool]) -> None:
    for pool in pools:
        pool.terminate()
