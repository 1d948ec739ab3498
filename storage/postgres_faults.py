"""PostgreSQL's errors: which are met by trying again, and what an operator reads of the others."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from typing import TypeVar

import asyncpg

from storage.database import BrokenError, StorageError

T = TypeVar("T")

ATTEMPTS = 10
"""How often a transaction is begun that others cross, or whose connection is lost."""
PAUSE_FIRST, PAUSE_MOST = 0.005, 0.3
"""Seconds between two of them at most: doubled each time, from the first to the most."""

FAILURES = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""What the driver raises where the server, or the way to it, fails."""
CROSSED = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    # A table was migrated: what its connection remembers of it is forgotten with this error.
    asyncpg.InvalidCachedStatementError,
)
LOST = (
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # Raised between the server's last words and the end of the connection.
    asyncpg.InternalClientError,
    ConnectionError,
)
"""The connection is gone, and with it what was not committed."""
BROKEN = (asyncpg.PostgresIOError, asyncpg.DataCorruptedError, asyncpg.IndexCorruptedError)
"""After these, nothing that the server says of its data can be trusted."""
MENDABLE: tuple[tuple[type[Exception], str], ...] = (
    (asyncpg.DiskFullError, "its disk is full; make room there, and the bot goes on by itself"),
    (
        asyncpg.TooManyConnectionsError,
        "it has no connection left; raise its max_connections, or run fewer processes",
    ),
    (
        asyncpg.ReadOnlySQLTransactionError,
        "it only reads, as a standby does; name the server that writes in DATABASE_URL",
    ),
    (
        asyncpg.InsufficientPrivilegeError,
        "the user of DATABASE_URL may not do that; make it the owner of the database",
    ),
)


class UndoneError(StorageError):
    """Certainly nothing of the transaction was written; the same again may do."""


@contextmanager
def told(*, undone: bool = False) -> Generator[None]:
    """Raise our own errors for those of the driver.

    Args:
        undone: Whether a transaction is open whose COMMIT was not sent yet.

    Raises:
        StorageError: Its text holds what happened, and nothing of the row that it happened to.
    """
    try:
        yield
    except FAILURES as error:
        # Without its cause: the details that PostgreSQL adds quote the row, token and prompt too.
        raise _explained(error, undone=undone) from None


def _explained(error: Exception, *, undone: bool) -> StorageError:
    what = f"{type(error).__name__}: {next(iter(error.args), None)}"
    if isinstance(error, CROSSED) or (undone and isinstance(error, LOST)):
        return UndoneError(f"The database failed: {what}")
    if isinstance(error, BROKEN):
        return BrokenError(
            f"The database failed ({what}): its data is damaged, or its disk; mend the server or "
            "put a backup in its place, see docs/operating.md."
        )
    for kind, sentence in MENDABLE:
        if isinstance(error, kind):
            return StorageError(f"The database failed ({what}): {sentence}.")
    return StorageError(f"The database failed: {what}")


async def repeated(attempt: Callable[[], Awaitable[T]]) -> T:
    """Try until nobody crosses it any more, a few times at most.

    Raises:
        UndoneError: None of the attempts was the only one.
    """
    for number in range(ATTEMPTS - 1):
        with suppress(UndoneError):
            return await attempt()
        await asyncio.sleep(_pause(number))
    return await attempt()


def _pause(number: int) -> float:
    """Seconds after an attempt, the first being 0; by chance, so that those who crossed part."""
    most = min(PAUSE_MOST, PAUSE_FIRST * 2.0**number)
    return random.uniform(most / 2, most)  # noqa: S311 - no secret
