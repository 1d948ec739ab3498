"""Worlds for the tests of this folder.

Most tests share one world and one bot, with a member of their own each; a test that stops the
bot starts it again, and what a test left behind is put right before the next one.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import AbstractAsyncContextManager
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox.discord import Actor
from sandbox.nursery import Nursery
from tests.e2e.world import World

HERE = Path(__file__).parent
IDLE = 30.0
"""Seconds without a test here after which the bot may have missed Discord: its stand-in answers
only while this loop runs, and other tests have loops of their own."""
# aiohttp's multipart reader calls its own deprecated method when a part begins with few bytes.
AIOHTTPS_OWN = "ignore:unread_data:DeprecationWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here run on one loop, that of the shared world."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.filterwarnings(AIOHTTPS_OWN))
            if isinstance(item, pytest.Function) and iscoroutinefunction(item.function):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Show the end of the bot's log with what failed."""
    report = yield
    arguments = getattr(item, "funcargs", {})
    world = arguments.get("own_world") or arguments.get("world")
    if report.failed and isinstance(world, World):
        report.sections.append(("the bot's log", "\n".join(world.lines[-80:])))
    return report


class House:
    """Keeps the shared world, and makes a new one once a test broke it."""

    def __init__(self, new_folder: Callable[[], Path], nursery: Nursery) -> None:
        self._new_folder = new_folder
        self._nursery = nursery
        self._opened: AbstractAsyncContextManager[World] | None = None
        self._world: World | None = None
        self._left = time.monotonic()

    async def world(self) -> World:
        """The shared world with a bot of the usual settings in it."""
        if time.monotonic() - self._left > IDLE:
            await self.condemn()
        if self._world is None:
            self._opened = World.open(self._new_folder(), self._nursery)
            self._world = await self._opened.__aenter__()
        if self._world.running and self._world.settings:
            await self._world.stop()
        if not self._world.running:
            await self._world.start_bot()
        return self._world

    def leave(self) -> None:
        """Take it that nobody is in the world until the next test."""
        self._left = time.monotonic()

    async def condemn(self) -> None:
        """Close the world; the next test gets a new one."""
        if self._opened is not None:
            await self._opened.__aexit__(None, None, None)
        self._opened = self._world = None


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> AsyncIterator[House]:
    house = House(lambda: tmp_path_factory.mktemp("world"), nursery)
    yield house
    await house.condemn()


@pytest_asyncio.fixture(loop_scope="session")
async def world(house: House) -> AsyncIterator[World]:
    """The shared world; afterwards everything must be in order."""
    world = await house.world()
    try:
        yield world
        await world.check()
    except BaseException:
        await house.condemn()
        raise
    finally:
        house.leave()


@pytest_asyncio.fixture(loop_scope="session")
async def own_world(tmp_path: Path, nursery: Nursery) -> AsyncIterator[World]:
    """A world for one test, whose bot is not started; afterwards everything must be in order."""
    async with World.open(tmp_path, nursery) as world:
        yield world
        await world.check()


@pytest.fixture
def alice(world: World) -> Actor:
    return world.member()


@pytest.fixture
def bob(world: World) -> Actor:
    return world.member()
