"""The tables as the migrations make them: the same on each engine."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache

from storage.migrate import SQLITE_TYPES, migrations, statements


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    """The columns of its primary key; none where it has one row only."""


@cache
def tables() -> tuple[Table, ...]:
    """All tables but that of the schema's version, each after those that it refers to."""
    with closing(sqlite3.connect(":memory:")) as made:
        for _, script in migrations():
            for statement in statements(script, SQLITE_TYPES):
                made.execute(statement)
        rows = made.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        names = [str(name) for (name,) in rows if name != "schema_version"]
        refers = {
            name: {str(row[2]) for row in made.execute(f"PRAGMA foreign_key_list({name})")}
            for name in names
        }
        return tuple(_table(made, name) for name in _ordered(refers))


def _ordered(refers: dict[str, set[str]]) -> list[str]:
    ordered: list[str] = []
    while left := [name for name in refers if name not in ordered]:
        ordered += [name for name in left if refers[name] <= {*ordered, name}]
    return ordered


def _table(made: sqlite3.Connection, name: str) -> Table:
    columns = made.execute(f"PRAGMA table_info({name})").fetchall()
    key = sorted((column for column in columns if column[5]), key=lambda column: column[5])
    return Table(
        name=name,
        columns=tuple(str(column[1]) for column in columns),
        key=tuple(str(column[1]) for column in key),
    )
