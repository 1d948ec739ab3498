"""A desk for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.moderation.desk import Desk
from tests.storage.engines import Engine


@pytest.fixture
async def desk(engine: Engine, tmp_path: Path) -> AsyncIterator[Desk]:
    database = await engine.open(tmp_path)
    opened = Desk(database=database)
    await opened.open_log()
    yield opened
    await database.close()
