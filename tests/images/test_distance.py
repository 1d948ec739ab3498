"""The distance of two pictures says what an eye would say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import cos, hypot, radians, sin
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from bot.images import Distance, Fault, Images, Unreadable
from tests.images import files

pytestmark = pytest.mark.asyncio(loop_scope="module")

COLOURS = {
    "red": (0.62796, 0.25768, 29.234),
    "lime": (0.86644, 0.29483, 142.495),
    "blue": (0.45201, 0.31321, 264.052),
}
"""Lightness, chroma and hue in degrees, as CSS Color 4 gives them."""
Compare = Callable[..., Awaitable[Distance]]


@pytest.fixture
def compare(images: Images, tmp_path: Path) -> Compare:
    """Compare pictures, each given as one or as the bytes of a file."""

    async def run(
        one: Image.Image | bytes, other: Image.Image | bytes, mask: Image.Image | None = None
    ) -> Distance:
        paths = [tmp_path / name for name in ("one", "other", "mask")]
        for path, given in zip(paths, (one, other, mask), strict=True):
            if given is not None:
                path.write_bytes(given if isinstance(given, bytes) else files.saved(given, "PNG"))
        return await images.distance(*paths[:2], mask=paths[2] if mask else None)

    return run


def flat(colour: str | tuple[int, ...], mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (90, 60), colour)


def scenery(size: tuple[int, int] = (400, 300)) -> Image.Image:
    """A picture with forms, colours and a little grain."""
    return files.photo(40, 30).resize(size, Image.Resampling.BICUBIC)


def halves(size: tuple[int, int] = (400, 300)) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(255, (0, 0, size[0] // 2, size[1]))
    return mask


async def test_a_picture_is_no_distance_from_itself(compare: Compare) -> None:
    assert await compare(scenery(), scenery()) == Distance(whole=0)


async def test_black_and_white_are_farthest_apart(compare: Compare) -> None:
    found = await compare(flat("black"), flat("white"))

    assert found.whole == pytest.approx(1, abs=1e-6)
    assert found.whole <= 1


@pytest.mark.parametrize("name", COLOURS)
async def test_colours_are_as_far_apart_as_oklab_says(name: str, compare: Compare) -> None:
    lightness, chroma, _ = COLOURS[name]

    found = await compare(flat(name), flat("black"))

    assert found.whole == pytest.approx(hypot(lightness, chroma), abs=1e-4)


async def test_hues_are_told_apart(compare: Compare) -> None:
    red, blue = (
        (lightness, chroma * cos(radians(hue)), chroma * sin(radians(hue)))
        for lightness, chroma, hue in (COLOURS["red"], COLOURS["blue"])
    )
    expected = hypot(*(a - b for a, b in zip(red, blue, strict=True)))

    found = await compare(flat("red"), flat("blue"))

    assert found.whole == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    "copy",
    [
        lambda picture: files.saved(picture.resize((200, 150)), "PNG"),
        lambda picture: files.saved(picture.resize((1024, 768)), "WEBP", quality=80),
        lambda picture: files.saved(picture.resize((900, 900)), "JPEG", quality=60),
        lambda picture: files.saved(
            picture.transpose(Image.Transpose.ROTATE_90), "PNG", exif=files.exif(6)
        ),
    ],
    ids=["smaller", "larger webp", "stretched jpeg", "turned by exif"],
)
async def test_a_copy_is_close_whatever_its_size_and_format(
    copy: Callable[[Image.Image], bytes], compare: Compare
) -> None:
    found = await compare(scenery(), copy(scenery()))

    assert found.whole < 0.01


async def test_the_more_a_picture_changes_the_farther_it_is(compare: Compare) -> None:
    picture, other = scenery(), scenery().transpose(Image.Transpose.ROTATE_180)
    steps = [Image.blend(picture, other, share) for share in (0, 0.1, 0.5, 0.9, 1)]

    found = [(await compare(picture, step)).whole for step in steps]

    assert found == sorted(set(found))
    assert found[-1] > 0.1


async def test_a_blurred_picture_is_closer_than_another_one(compare: Compare) -> None:
    blurred = scenery().filter(ImageFilter.GaussianBlur(4))

    near = await compare(scenery(), blurred)
    far = await compare(scenery(), scenery().transpose(Image.Transpose.FLIP_LEFT_RIGHT))

    assert near.whole * 5 < far.whole


async def test_distance_is_the_same_both_ways(compare: Compare) -> None:
    one, other = scenery(), flat("teal")

    assert (await compare(one, other)).whole == (await compare(other, one)).whole


@pytest.mark.parametrize("size", [(400, 300), (1000, 750)])
async def test_a_mask_tells_where_a_picture_changed(
    size: tuple[int, int], compare: Compare
) -> None:
    repainted = scenery(size)
    repainted.paste("magenta", mask=halves(size))

    found = await compare(scenery(), repainted, halves())

    assert found.inside is not None
    assert found.outside is not None
    assert found.inside > 50 * found.outside
    assert found.whole == pytest.approx((found.inside + found.outside) / 2)


async def test_a_mask_of_one_pixel_still_has_an_inside(compare: Compare) -> None:
    mask = Image.new("L", (2000, 1500))
    mask.putpixel((0, 0), 255)
    changed = Image.new("RGB", (64, 64))
    changed.putpixel((0, 0), (255, 255, 255))

    found = await compare(flat("black"), changed, mask)

    assert found.inside == pytest.approx(1, abs=1e-6)
    assert found.outside is not None
    assert found.outside < 0.001


async def test_transparency_is_seen_on_white(compare: Compare) -> None:
    clear = flat((255, 0, 0, 0), "RGBA")

    assert (await compare(clear, flat("white"))).whole == 0


@pytest.mark.parametrize(
    ("one", "mask", "reason"),
    [
        (files.png()[:-20], None, Fault.DAMAGED),
        (b"<html>", None, Fault.NOT_A_PICTURE),
        (files.png(), Image.new("L", (64, 48)), Fault.MASK_EMPTY),
        (files.png(), Image.new("L", (64, 48), 255), Fault.MASK_FULL),
    ],
)
async def test_what_cannot_be_compared_is_refused(
    one: bytes, mask: Image.Image | None, reason: Fault, compare: Compare
) -> None:
    with pytest.raises(Unreadable) as caught:
        await compare(one, files.png(), mask)

    assert caught.value.reason is reason
