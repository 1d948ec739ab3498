"""A world for each test, on one event loop and one picture worker for all."""

from __future__ import annotations

import gc
import io
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from bot.images import Images
from sandbox.providers import Providers
from tests.jobs.surroundings import Sources
from tests.jobs.world import World


@pytest.fixture(scope="session")
def pictures() -> dict[str, bytes]:
    """Files by the name under which they are served."""

    def picture(width: int, height: int) -> bytes:
        shade = Image.radial_gradient("L").resize((width, height))
        data = io.BytesIO()
        Image.merge("RGB", (shade, shade.rotate(180), shade)).save(data, "JPEG")
        return data.getvalue()

    return {
        "source.jpg": picture(256, 192),
        "wide.jpg": picture(400, 100),
        "text.jpg": b"no picture at all",
    }


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def images() -> AsyncIterator[Images]:
    async with Images() as pool:
        await pool.warm()
        yield pool


@pytest_asyncio.fixture(loop_scope="session")
async def still(tmp_path: Path, pictures: dict[str, bytes], images: Images) -> AsyncIterator[World]:
    """A world whose process the test starts, stops and checks by itself."""
    sources = Sources(pictures)
    async with Providers() as providers, sources.running():
        for server in providers.servers:
            server.latency = 0.01
        yield World(folder=tmp_path, providers=providers, sources=sources, images=images)


@pytest_asyncio.fixture(loop_scope="session")
async def world(still: World, caplog: pytest.LogCaptureFixture) -> AsyncIterator[World]:
    """A world with a process, which is stopped and checked at the end."""
    still.killed = caplog.clear
    await still.start()
    try:
        yield still
        await still.idle()
        await still.check()
    finally:
        await still.stop()
    gc.collect()  # A task that died unheard says so now.
    records = [*caplog.get_records("call"), *caplog.get_records("teardown")]
    errors = [record.getMessage() for record in records if _is_fault(record)]
    assert still.errors_are_expected or not errors, errors


def _is_fault(record: logging.LogRecord) -> bool:
    """Whether a line tells of a fault; a stand-in whose client was killed only complains."""
    cut_off = record.exc_info is not None and isinstance(record.exc_info[1], ConnectionResetError)
    return record.levelno >= logging.ERROR and not (record.name == "aiohttp.server" and cut_off)
