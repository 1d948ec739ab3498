"""What several processes share: a database of each engine, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.jobs.surroundings import MovableClock, Observed
from tests.storage.engines import ENGINES, Engine


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def database(engine: Engine, tmp_path: Path) -> AsyncIterator[Database]:
    """The time is the test's own, whatever the engine."""
    opened = await engine.open(tmp_path)
    yield Observed(opened, lambda: None)
    await opened.close()


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[Database]:
    """One that several processes can have open."""
    engine = ENGINES["postgres"]
    opened = await engine.open(tmp_path)
    yield Observed(opened, lambda: None)
    await opened.close()
    await engine.discard(tmp_path)


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[Database]:
    """One that a single process can have open."""
    opened = await ENGINES["sqlite"].open(tmp_path)
    yield opened
    await opened.close()
