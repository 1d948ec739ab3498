"""The engines under the storage tests. A second one is added here, and nowhere else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from storage.database import Database
from storage.sqlite import SqliteDatabase

Open = Callable[[Path], Awaitable[Database]]
"""Opens the database that belongs to a folder: the same one for the same folder."""


async def _sqlite(folder: Path) -> Database:
    return await SqliteDatabase.open(folder / "bot.db")


ENGINES: Mapping[str, Open] = {"sqlite": _sqlite}
