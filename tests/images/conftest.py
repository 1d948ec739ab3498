"""What the tests of pictures share: one pool of workers a module, and a folder for files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from bot.images import Images, Normalised, NormalisedPair

MAX_BYTES = 10_000_000


@dataclass(frozen=True)
class Written:
    """What the worker said, and what it wrote."""

    said: Normalised
    data: bytes
    image: Image.Image


@dataclass(frozen=True)
class WrittenPair:
    """What the worker said of a picture and its mask, and what it wrote."""

    said: NormalisedPair
    data: bytes
    image: Image.Image
    mask_data: bytes
    mask: Image.Image


Normalise = Callable[..., Awaitable[Written]]
NormalisePair = Callable[..., Awaitable[WrittenPair]]


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
        return Written(said=said, data=to.read_bytes(), image=opened(to))

    return run


@pytest.fixture
def normalise_pair(images: Images, tmp_path: Path) -> NormalisePair:
    """Normalise a picture and its mask, and read what was written of both."""

    async def run(
        data: bytes, mask: bytes | None, *, max_bytes: int = MAX_BYTES, max_side: int = 2048
    ) -> WrittenPair:
        raw, to, raw_mask, mask_to = (tmp_path / name for name in ("raw", "to", "mask", "mask-to"))
        raw.write_bytes(data)
        raw_mask.write_bytes(mask or b"")
        said = await images.normalise_pair(
            raw,
            raw_mask if mask is not None else None,
            to,
            mask_to,
            max_bytes=max_bytes,
            max_side=max_side,
        )
        return WrittenPair(
            said=said,
            data=to.read_bytes(),
            image=opened(to),
            mask_data=mask_to.read_bytes(),
            mask=opened(mask_to),
        )

    return run


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
    return image
