"""What every engine offers: transactions that cancellation cannot cut, and plain reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeVar

T = TypeVar("T")

Value = str | int | float | bytes | None
Row = Mapping[str, Value]


class StorageError(Exception):
    """Its text tells the operator what to do."""


class AlreadyOpenError(StorageError):
    """Another process holds the database."""


class NewerSchemaError(StorageError):
    """The database was written by a later version of the bot."""


class BrokenError(StorageError):
    """What the database says cannot be trusted any more; the process must end."""


class Query(Protocol):
    """Runs one query: `Transaction.run`, or `Database.read`."""

    async def __call__(self, sql: str, *values: Value) -> list[Row]:
        """Give the rows."""
        ...


class Transaction(Protocol):
    """An open transaction; all statements of one unit of work go through it."""

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement, `?` for each value, and return what it returns, read to its end."""
        ...


class Database(Protocol):
    """One engine."""

    exclusive: bool
    """Whether only one process can have it open."""

    async def transaction(
        self, work: Callable[[Transaction], Awaitable[T]], *, must_run: bool = False
    ) -> T:
        """Run `work` as one transaction: all of it, or nothing.

        `work` may be run again after a conflict, and in another thread than the caller's: it
        changes nothing but the database, and awaits nothing but its own statements.
        Once begun it ends, even if the caller is cancelled. A caller that is cancelled
        while it waits for its turn starts nothing, unless `must_run`.

        Raises:
            Exception: Whatever `work` raises, after a rollback.
        """
        ...

    async def read(self, sql: str, *values: Value) -> list[Row]:
        """Run one query outside any transaction."""
        ...

    async def look(self, work: Callable[[Query], Awaitable[T]]) -> T:
        """Run several queries, one after the other, outside any transaction.

        `work` may run in another thread than the caller's, and awaits nothing but its queries.
        """
        ...

    async def server_time(self) -> int | None:
        """The time of the server that several processes share, in milliseconds since the epoch.

        None where the database has no clock of its own.
        """
        ...

    async def close(self) -> None:
        """Wait for all begun transactions, then close. May be called twice."""
        ...


def name_of(work: object) -> str:
    """What a transaction is called in the names of failpoints: the function that asks for it."""
    name = f"{getattr(work, '__module__', '')}.{getattr(work, '__qualname__', type(work).__name__)}"
    return name.replace(".<locals>", "")


def integer(row: Row, column: str) -> int:
    """A column that is a number and never NULL."""
    value = row[column]
    if not isinstance(value, int):
        raise TypeError(f"{column} is {type(value).__name__}, not an integer")
    return value


def integer_or_none(row: Row, column: str) -> int | None:
    """A column that is a number or NULL."""
    return None if row[column] is None else integer(row, column)


def text(row: Row, column: str) -> str:
    """A column that is text and never NULL."""
    value = row[column]
    if not isinstance(value, str):
        raise TypeError(f"{column} is {type(value).__name__}, not text")
    return value


def text_or_none(row: Row, column: str) -> str | None:
    """A column that is text or NULL."""
    return None if row[column] is None else text(row, column)
