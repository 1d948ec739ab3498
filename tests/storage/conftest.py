"""A database of each engine, new for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.storage.engines import ENGINES, Open


@pytest.fixture(params=ENGINES.keys())
def open_database(request: pytest.FixtureRequest) -> Open:
    return ENGINES[request.param]


@pytest.fixture
async def database(open_database: Open, tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(tmp_path)
    yield opened
    await opened.close()
