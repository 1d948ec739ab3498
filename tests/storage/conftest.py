"""A database of each engine, new for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database
from storage.sqlite import SqliteDatabase
from tests.storage.engines import Engine


@pytest.fixture
async def database(engine: Engine, tmp_path: Path) -> AsyncIterator[Database]:
    opened = await engine.open(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[Database]:
    """A file, for what is asked of SQLite alone."""
    opened = await SqliteDatabase.open(tmp_path / "embedded.db")
    yield opened
    await opened.close()
