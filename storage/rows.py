"""All rows of a table with all their columns, page by page in the order of its key.

Each engine sorts text in an order of its own, so what has the same key is looked up by it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from storage import lineage, moves, server_lineage
from storage.database import Query, Row, Transaction, Value, integer
from storage.tables import Table

PAGE = 500
"""Rows that are read or written at once; an OR of more terms than 1000 is none to SQLite."""
MOST_VALUES = 30_000
"""Of one statement: SQLite takes 32,766 and PostgreSQL 32,767 (their documents, November 2026)."""

Key = tuple[Value, ...]

_STAYING = {"facts": f"name NOT IN ('{lineage.COUNT}', '{server_lineage.PLACE}', '{moves.MOVE}')"}
"""By table, what holds for its rows that are copied: others are about the one database alone."""


async def pages(query: Query, table: Table) -> AsyncGenerator[Sequence[Row]]:
    """Give all rows that are copied, a page at a time."""
    own = _STAYING.get(table.name, "1 = 1")
    keys = _list(table.key)
    select = f"SELECT {_list(table.columns)} FROM {table.name} WHERE {own}"  # noqa: S608 - our own names
    after = f" AND ({keys}) > ({_marks(table.key)})"
    most = _page_of(table)
    page = await query(f"{select} ORDER BY {keys} LIMIT {most}")
    while page:
        yield page
        if len(page) < most:
            return
        last = key_of(table, page[-1])
        page = await query(f"{select}{after} ORDER BY {keys} LIMIT {most}", *last)


async def put(tx: Transaction, table: Table, page: Sequence[Row]) -> None:
    """Write a page of rows, none of which may be there yet."""
    each = f"({_marks(table.columns)})"
    await tx.run(
        f"INSERT INTO {table.name} ({_list(table.columns)})"  # noqa: S608 - our own names
        f" VALUES {', '.join([each] * len(page))}",
        *(row[column] for row in page for column in table.columns),
    )


async def like(query: Query, table: Table, page: Sequence[Row]) -> dict[Key, Row]:
    """Give the rows that have the keys of a page of another database, by key."""
    if len(table.key) == 1:
        wanted = f"{table.key[0]} IN ({_marks(page)})"
    else:
        each = " AND ".join(f"{column} = ?" for column in table.key)
        wanted = " OR ".join([f"({each})"] * len(page))
    rows = await query(
        f"SELECT {_list(table.columns)} FROM {table.name} WHERE {wanted}",  # noqa: S608 - our own names
        *(value for row in page for value in key_of(table, row)),
    )
    return {key_of(table, row): row for row in rows}


async def count(query: Query, table: Table) -> int:
    """Count the rows that are copied."""
    own = _STAYING.get(table.name, "1 = 1")
    rows = await query(f"SELECT COUNT(*) AS n FROM {table.name} WHERE {own}")  # noqa: S608 - our own names
    return integer(rows[0], "n")


async def has_any(query: Query, table: Table) -> bool:
    """Say whether a table has rows that are copied."""
    own = _STAYING.get(table.name, "1 = 1")
    return bool(await query(f"SELECT 1 AS one FROM {table.name} WHERE {own} LIMIT 1"))  # noqa: S608 - our own names


def key_of(table: Table, row: Row) -> Key:
    """The values of a row's key."""
    return tuple(row[column] for column in table.key)


def are_equal(table: Table, one: Row, other: Row) -> bool:
    """Whether two rows agree in all columns, in values and in types."""
    return all(
        type(one[column]) is type(other[column]) and one[column] == other[column]
        for column in table.columns
    )


def _page_of(table: Table) -> int:
    return min(PAGE, MOST_VALUES // len(table.columns))


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
