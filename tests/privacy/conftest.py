from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.privacy.lives import Lives
from tests.storage.engines import Engine


@pytest.fixture
async def lives(engine: Engine, tmp_path: Path) -> AsyncIterator[Lives]:
    opened = await Lives.open(engine, tmp_path)
    yield opened
    await opened.database.close()
