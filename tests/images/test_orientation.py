"""A picture comes out upright, whichever way the camera was held."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image, ImageOps

from bot.images.exif import orientation
from tests.images import files
from tests.images.conftest import Normalise

pytestmark = pytest.mark.asyncio(loop_scope="module")

CORNERS = {"red": (0, 0), "lime": (1, 0), "blue": (0, 1), "yellow": (1, 1)}
# Where the corner that is stored first has to appear, and the one stored right of it.
# EXIF 2.32, tag 0112H: which sides of the scene the first row and the first column are.
UPRIGHT = {
    1: ("top left", "top right"),
    2: ("top right", "top left"),
    3: ("bottom right", "bottom left"),
    4: ("bottom left", "bottom right"),
    5: ("top left", "bottom left"),
    6: ("top right", "bottom right"),
    7: ("bottom right", "top right"),
    8: ("bottom left", "top left"),
}


def corners() -> Image.Image:
    """Four colours in blocks of 16 by 8."""
    image = Image.new("RGB", (32, 16))
    for colour, (x, y) in CORNERS.items():
        image.paste(colour, (16 * x, 8 * y, 16 * x + 16, 8 * y + 8))
    return image


def where(image: Image.Image, colour: str) -> str:
    """Which corner shows a colour."""
    wanted = Image.new("RGB", (1, 1), colour).getpixel((0, 0))
    spots = {
        f"{vertical} {horizontal}": (x * (image.width - 1), y * (image.height - 1))
        for y, vertical in enumerate(("top", "bottom"))
        for x, horizontal in enumerate(("left", "right"))
    }
    return min(spots, key=lambda name: _distance(image.getpixel(spots[name]), wanted))


def _distance(one: object, other: object) -> int:
    assert isinstance(one, tuple)
    assert isinstance(other, tuple)
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def png(block: bytes) -> bytes:
    data = files.saved(corners(), "PNG")
    return data[:33] + files.chunk(b"eXIf", block) + data[33:]


def jpeg(block: bytes) -> bytes:
    data = files.saved(corners(), "JPEG", quality=95)
    return data[:2] + files.jpeg_exif(block) + data[2:]


def webp(block: bytes) -> bytes:
    return files.saved(corners(), "WEBP", lossless=True, exif=block)


@pytest.mark.parametrize("build", [png, jpeg, webp])
@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("number", UPRIGHT)
async def test_each_orientation_is_applied(
    number: int, order: str, build: Callable[[bytes], bytes], normalise: Normalise
) -> None:
    written = await normalise(build(files.exif(number, order=order)))

    image = written.image.convert("RGB")
    assert UPRIGHT[number] == (where(image, "red"), where(image, "lime"))
    assert ((16, 32) if number > 4 else (32, 16)) == image.size == written_size(written.said)
    assert written.said.reencoded == (number != 1)
    assert orientation_left(written.image) == 1


def written_size(said: object) -> tuple[int, int]:
    return getattr(said, "width", 0), getattr(said, "height", 0)


def orientation_left(image: Image.Image) -> int:
    return image.getexif().get(0x0112, 1)


@pytest.mark.parametrize("number", UPRIGHT)
async def test_a_turned_png_is_turned_without_loss(number: int, normalise: Normalise) -> None:
    """Pillow's own reading of the same file is the measure."""
    data = png(files.exif(number))
    with Image.open(files.BytesIO(data)) as image:
        expected = ImageOps.exif_transpose(image)

    written = await normalise(data)

    assert expected.tobytes() == written.image.convert("RGB").tobytes()


@pytest.mark.parametrize("number", [0, 9, 65_535])
async def test_an_orientation_out_of_range_is_upright(number: int) -> None:
    assert orientation(files.exif(number)) == 1


async def test_an_orientation_is_found_wherever_the_block_is_cut() -> None:
    block = files.exif(6)

    found = [orientation(block[:length]) for length in range(len(block) + 1)]

    assert {1, 6} == set(found)
    assert found == sorted(found)
