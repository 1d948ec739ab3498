"""What the tests of pictures share: one pool of workers a module, and a folder for files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from bot.images import Images, Normalised

MAX_BYTES = 10_000_000


@dataclass(frozen=True)
class Written:
    """What the worker said, and what it wrote."""

    said: Normalised
    data: bytes
    image: Image.Image


Normalise = Callable[..., Awaitable[Written]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def images() -> AsyncIterator[Images]:
    async with Images() as pool:
        await pool.warm()
        yield pool


@pytest.fixture
def normalise(images: Images, tmp_path: Path) -> Normalise:
    """Normalise bytes and read what was written."""

    async def run(
        data: bytes, *, max_bytes: int = MAX_BYTES, max_side: int = 2048, name: str = "raw"
    ) -> Written:
        raw, to = tmp_path / name, tmp_path / "out"
        raw.write_bytes(data)
        said = await images.normalise(raw, to, max_bytes=max_bytes, max_side=max_side)
        with Image.open(to) as image:
            image.load()
        return Written(said=said, data=to.read_bytes(), image=image)

    return run
