"""A database that is opened anew once it cannot be trusted any more, and tells that it was.

The process is to end then. Until it has, what must be stored (the ticket of a paid call above
all) goes through connections that know nothing of the failure.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self, TypeVar

from storage.database import BrokenError, Database, Query, Row, StorageError, Transaction, Value

T = TypeVar("T")

log = logging.getLogger(__name__)


class GuardedDatabase:
    """See `storage.database.Database`. Open it with `GuardedDatabase.open`."""

    def __init__(self, opened: Database, open_again: Callable[[], Awaitable[Database]]) -> None:
        self.exclusive = opened.exclusive
        self._database = opened
        self._open_again = open_again
        self._distrusted = False
        self._opening = asyncio.Lock()
        self._broken: asyncio.Future[BrokenError] = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, how: Callable[[], Awaitable[Database]]) -> Self:
        """Open a database.

        Args:
            how: Opens it; used again after a failure, once it was closed.

        Raises:
            StorageError: It cannot be opened.
        """
        return cls(await how(), how)

    async def broken(self) -> BrokenError:
        """Wait until the database cannot be trusted any more; gives what was wrong first."""
        return await asyncio.shield(self._broken)

    async def transaction(
        self, work: Callable[[Transaction], Awaitable[T]], *, must_run: bool = False
    ) -> T:
        """See `storage.database.Database.transaction`."""
        if self._distrusted:
            await self._renew()
        database = self._database
        try:
            return await database.transaction(work, must_run=must_run)
        except BrokenError as error:
            self._distrust(database, error)
            raise

    async def read(self, sql: str, *values: Value) -> list[Row]:
        """See `storage.database.Database.read`."""
        if self._distrusted:
            await self._renew()
        database = self._database
        try:
            return await database.read(sql, *values)
        except BrokenError as error:
            self._distrust(database, error)
            raise

    async def look(self, work: Callable[[Query], Awaitable[T]]) -> T:
        """See `storage.database.Database.look`."""
        if self._distrusted:
            await self._renew()
        database = self._database
        try:
            return await database.look(work)
        except BrokenError as error:
            self._distrust(database, error)
            raise

    async def server_time(self) -> int | None:
        """See `storage.database.Database.server_time`."""
        return await self._database.server_time()

    async def close(self) -> None:
        """See `storage.database.Database.close`."""
        async with self._opening:
            await self._database.close()

    def _distrust(self, database: Database, error: BrokenError) -> None:
        # A late failure of the old connections says nothing of the new ones.
        if database is self._database:
            self._distrusted = True
        if not self._broken.done():
            log.error("database.broken", extra={"reason": str(error)})
            self._broken.set_result(error)

    async def _renew(self) -> None:
        async with self._opening:
            if not self._distrusted:
                return
            with suppress(StorageError):
                await self._database.close()
            self._database = await self._open_again()
            self._distrusted = False
