"""The books of a bot of several processes: a database of PostgreSQL, read as a file is."""

from __future__ import annotations

import asyncio
import re
import threading
from itertools import count
from typing import Any

import asyncpg

from sandbox.audit.books import Books


class SharedBooks(Books):
    """One database, read only, also while the bots write to it.

    Whoever asks waits for the answer as for that of a file; so a thread of its own talks to the
    server.
    """

    def __init__(self, url: str) -> None:
        """Connect at the first question.

        Args:
            url: The database's address.
        """
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="books", daemon=True)
        self._thread.start()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Answer a query, `?` for each value; nothing, as long as there are no tables."""
        numbers = count(1)
        numbered = re.sub(r"\?", lambda _: f"${next(numbers)}", query)
        asked = asyncio.run_coroutine_threadsafe(self._fetch(numbered, values), self._loop)
        try:
            return asked.result(timeout=30)
        except asyncpg.UndefinedTableError:
            return []

    def close(self) -> None:
        """Let go of the connection."""
        asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result(timeout=30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _fetch(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        if self._connection is None:
            self._connection = await asyncpg.connect(self._url)
        return await self._connection.fetch(query, *values)

    async def _leave(self) -> None:
        if self._connection is not None:
            await self._connection.close()
