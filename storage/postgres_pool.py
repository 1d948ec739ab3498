"""Connections to a PostgreSQL server, and how long they wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from storage.database import StorageError
from storage.postgres_faults import FAILURES

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]

WAIT_SECONDS = 30.0
"""How long a statement may take, and a free connection be waited for."""
SILENCE_MS = 5000
"""After so long without a word inside a transaction the server ends it; far below any lease."""


async def pool(url: str, most: int, *, read_only: bool, patient: bool = False) -> Pool:
    """Connect to a server.

    Args:
        url: See `PostgresDatabase.open`.
        most: How many connections there can be.
        read_only: Whether they refuse to write.
        patient: Whether a statement may take as long as it needs.

    Raises:
        StorageError: There is no server, or it lets nobody in.
    """
    settings = {
        "application_name": "remix-bot",
        # One statement follows the last at once. A process that stands still inside a transaction,
        # or whose host vanished, must not keep its rows from the others.
        "idle_in_transaction_session_timeout": str(SILENCE_MS),
        "tcp_keepalives_idle": "15",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
        # What is meant to read must not write, as on SQLite's reader.
        "default_transaction_read_only": "on" if read_only else "off",
    }
    try:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=most,
            command_timeout=None if patient else WAIT_SECONDS,
            server_settings=settings,
        )
    except (*FAILURES, ValueError) as error:
        raise StorageError(
            f"PostgreSQL lets nobody in ({type(error).__name__}: {error}); "
            "check DATABASE_URL, and whether the server runs."
        ) from None
