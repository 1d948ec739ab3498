"""Rows of every kind in every table, drawn by what the schema says of their columns."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from storage.tables import Table, tables

TEXTS = (
    "",
    "plain",
    "a ? or $1, 'quoted', 100 %",
    "zwölf\nZeilen 🖼️ 画",
    "B",
    "a-b",
    "_",
    "x" * 5000,
)
NUMBERS = (0, 1, 7, -1, 1_800_000_000_000, 2**63 - 1, -(2**63))
COUNTS = (0, 1, 7, 2**63 - 1)
IDS = tuple(f"{number:016x}" for number in range(20))
"""As those of jobs, by which folders are called."""
BYTES = (b"", b"\x00\xff", bytes(range(256)) * 400)

Row = tuple[Any, ...]


def fill(path: Path, *, rows: int, seed: int) -> None:
    """Put as many rows into each table of a SQLite file."""
    drawing = random.Random(seed)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        for table in tables():
            columns = list(_columns(connection, table))
            marks = ", ".join("?" * len(columns))
            written = 0
            while written < rows:
                values = [drawing.choice(choices) for choices in columns]
                # What a CHECK or a key forbids is drawn again.
                written += connection.execute(
                    f"INSERT OR IGNORE INTO {table.name} VALUES ({marks})",  # noqa: S608 - our own names
                    values,
                ).rowcount


def content(path: Path) -> dict[str, list[Row]]:
    """All rows of all tables of a SQLite file."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            table.name: sorted(
                connection.execute(f"SELECT * FROM {table.name}"),  # noqa: S608 - our own names
                key=repr,
            )
            for table in tables()
        }


def _columns(connection: sqlite3.Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """What each column may hold, as far as it does not depend on others."""
    [(schema,)] = connection.execute(
        "SELECT sql FROM sqlite_master WHERE name = ? AND type = 'table'", (table.name,)
    )
    parents = {
        row[3]: (row[2], row[4])
        for row in connection.execute(f"PRAGMA foreign_key_list({table.name})")
    }
    for _, name, kind, required, _, in_key in connection.execute(
        f"PRAGMA table_info({table.name})"
    ).fetchall():
        if name in parents:
            other, column = parents[name]
            rows = connection.execute(f"SELECT {column} FROM {other}")  # noqa: S608 - our own names
            found = tuple(row[0] for row in rows)
        else:
            unique = in_key or f"{name} {kind} NOT NULL UNIQUE" in schema
            found = _choices(schema, name, kind, unique=bool(unique))
        yield found if required or in_key else (*found, None)


def _choices(schema: str, name: str, kind: str, *, unique: bool) -> tuple[Any, ...]:
    listed = re.search(rf"CHECK \({name} IN \(([^)]*)\)\)", schema)
    if listed:
        texts = tuple(re.findall(r"'(\w+)'", listed[1]))
        return texts or tuple(int(number) for number in listed[1].split(","))
    if kind == "BLOB":
        return BYTES
    if kind == "TEXT":
        if schema.startswith("CREATE TABLE jobs ") and name == "id":
            return IDS
        return (*TEXTS, *(IDS if unique else ()))
    counted = re.search(rf"CHECK \({name} >", schema)
    return (*(COUNTS if counted else NUMBERS), *range(100, 100 + 20 * unique))
