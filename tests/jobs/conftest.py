"""A world for each test, on one event loop and one picture worker for all."""

from __future__ import annotations

import gc
import io
import itertools
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from bot.images import Images
from sandbox.providers import Providers
from tests.jobs.surroundings import Sources
from tests.jobs.world import World
from tests.storage.engines import ENGINES, Engine
from tests.storage.lasting import LastingPostgres

ALL_MEMORY = 100
"""Worlds after which all memory is searched for what is dead."""


@pytest.fixture(scope="session")
def pictures() -> dict[str, bytes]:
    """Files by the name under which they are served."""
    half = (0, 0, 128, 192)
    erased = shades(256, 192).convert("RGBA")
    erased.paste((0, 0, 0, 0), half)
    mask = Image.new("L", (256, 192))
    mask.paste(255, half)
    return {
        "source.jpg": saved(shades(256, 192), "JPEG"),
        "wide.jpg": saved(shades(400, 100), "JPEG"),
        "text.jpg": b"no picture at all",
        "mask.png": saved(mask, "PNG"),
        "small-mask.png": saved(mask.resize((128, 96)), "PNG"),
        "empty-mask.png": saved(Image.new("L", (256, 192)), "PNG"),
        "erased.png": saved(erased, "PNG"),
        "style-1.jpg": saved(shades(128, 128).rotate(90), "JPEG"),
        "style-2.png": saved(shades(200, 100), "PNG"),
    }


def shades(width: int, height: int) -> Image.Image:
    shade = Image.radial_gradient("L").resize((width, height))
    return Image.merge("RGB", (shade, shade.rotate(180), shade))


def saved(picture: Image.Image, kind: str) -> bytes:
    data = io.BytesIO()
    picture.save(data, kind)
    return data.getvalue()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def images() -> AsyncIterator[Images]:
    async with Images() as pool:
        await pool.warm()
        yield pool


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engines() -> AsyncIterator[Mapping[str, Engine]]:
    """As for all tests, but for one event loop."""
    lasting = LastingPostgres()
    yield {**ENGINES, lasting.name: lasting}
    lasting.close()


@pytest_asyncio.fixture(loop_scope="session", params=ENGINES.keys())
async def engine(
    request: pytest.FixtureRequest, engines: Mapping[str, Engine], tmp_path: Path
) -> AsyncIterator[Engine]:
    """Each engine in turn."""
    chosen = engines[request.param]
    yield chosen
    await chosen.discard(tmp_path)


@pytest_asyncio.fixture(loop_scope="session")
async def still(
    tmp_path: Path, engine: Engine, pictures: dict[str, bytes], images: Images
) -> AsyncIterator[World]:
    """A world whose process the test starts, stops and checks by itself."""
    sources = Sources(pictures)
    async with Providers() as providers, sources.running():
        for server in providers.servers:
            server.latency = 0.01
        yield World(
            folder=tmp_path, engine=engine, providers=providers, sources=sources, images=images
        )


@pytest.fixture(scope="session")
def worlds() -> Iterator[int]:
    """Counts the worlds, each of which searches only its own memory for what is dead."""
    return itertools.count(1)


@pytest_asyncio.fixture(loop_scope="session")
async def world(
    still: World, worlds: Iterator[int], caplog: pytest.LogCaptureFixture
) -> AsyncIterator[World]:
    """A world with a process, which is stopped and checked at the end."""
    still.killed = caplog.clear
    if next(worlds) % ALL_MEMORY == 0:
        gc.unfreeze()
        gc.collect()
    gc.freeze()
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
    cut_off = bool(record.exc_info) and isinstance(record.exc_info[1], ConnectionResetError)
    return record.levelno >= logging.ERROR and not (record.name == "aiohttp.server" and cut_off)
