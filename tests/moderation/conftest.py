"""A desk for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.sqlite import SqliteDatabase
from tests.moderation.desk import Desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = await SqliteDatabase.open(tmp_path / "bot.db")
    opened = Desk(database=database)
    await opened.open_log()
    yield opened
    await database.close()
