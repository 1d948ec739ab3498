from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.privacy.lives import Lives


@pytest.fixture
async def lives(tmp_path: Path) -> AsyncIterator[Lives]:
    opened = await Lives.open(tmp_path / "bot.db")
    yield opened
    await opened.database.close()
