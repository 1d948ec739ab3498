"""What all tests share: the engines, the server of one of them, and a small memory."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest
from aiohttp import web_app
from hypothesis import HealthCheck, settings

from sandbox.nursery import Nursery
from sandbox.providers.pictures import Pictures
from tests import memory
from tests.shares import dealt
from tests.storage import server
from tests.storage.engines import ENGINES, Engine

memory.take()
server.name_run()
Pictures.grain = 8
# Other workers have the processor, too: that an example took long says nothing of the code.
settings.register_profile(
    "shared",
    settings.default,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("shared")


@pytest.fixture(scope="session")
def nursery() -> Generator[Nursery]:
    """Where the bots of all tests of this process are born."""
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def detailed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every pixel of a stand-in's picture painted: it takes long and makes large files."""
    monkeypatch.setattr(Pictures, "grain", 1)


@pytest.fixture(params=ENGINES.keys())
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Engine]:
    """Each engine in turn; the databases of the test's own folder are discarded at its end."""
    chosen = ENGINES[request.param]
    yield chosen
    await chosen.discard(tmp_path)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let every worker begin with its share of the long tests."""
    items[:] = dealt(items, getattr(config, "workerinput", {}).get("workercount", 1))


def pytest_collection_finish() -> None:
    """Set what importing and collecting made apart: it stays, and need not be searched again.

    What tests make is searched less often, which saves a twentieth of their time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    """Let go of the test's servers; aiohttp remembers the handlers of the last 1024 routes used."""
    yield
    web_app._cached_build_middleware.cache_clear()


def pytest_unconfigure() -> None:
    """End the tests' server once all workers have ended."""
    server.stop()
