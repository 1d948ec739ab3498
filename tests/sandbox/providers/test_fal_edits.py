"""fal's operations that keep a part of the source: edit, reframe, replaced background."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops, ImageOps

from tests.sandbox.providers.callers import FalCaller, inline, mask, opened, photo

EDITS = (
    "fal-ai/ideogram/v2/edit",
    "fal-ai/ideogram/v2/turbo/edit",
    "fal-ai/ideogram/v3/edit",
)
TURBO = "fal-ai/ideogram/v2/turbo/edit"
LEFT, RIGHT = (0, 0, 320, 480), (320, 0, 640, 480)


def changed(one: Image.Image, other: Image.Image) -> tuple[int, int, int, int] | None:
    """The smallest box around all pixels that differ."""
    return ImageChops.difference(one, other).getbbox()


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


async def edited(fal: FalCaller, endpoint: str, drawn: bytes) -> Image.Image:
    answer = await fal.finish(endpoint, mask_url=inline(drawn, "image/png"))
    link = answer.json()["images"][0]["url"]
    picture = opened((await fal.http.get(link)).content)
    assert picture.format == "PNG"
    return picture


@pytest.mark.parametrize("endpoint", EDITS)
async def test_an_edit_repaints_the_black_part_and_no_pixel_beside_it(
    fal: FalCaller, endpoint: str
) -> None:
    source = opened(fal.source)

    picture = await edited(fal, endpoint, mask())

    assert picture.size == source.size
    assert changed(picture.crop(RIGHT), source.crop(RIGHT)) is None
    assert changed(picture.crop(LEFT), source.crop(LEFT)) is not None


async def test_an_edit_reaches_the_whole_of_its_part_and_ends_at_its_border(fal: FalCaller) -> None:
    source = opened(fal.source)
    drawn = Image.new("L", source.size, 255)
    drawn.paste(0, (100, 50, 301, 203))

    picture = await edited(fal, TURBO, png(drawn))

    assert changed(picture, source) == (100, 50, 301, 203)


async def test_what_is_grey_counts_as_black_or_white(fal: FalCaller) -> None:
    source = opened(fal.source)
    drawn = Image.new("L", source.size, 200)
    drawn.paste(100, LEFT)

    picture = await edited(fal, TURBO, png(drawn))

    assert changed(picture, source) == LEFT


@pytest.mark.parametrize(
    ("size", "kind", "ctx"),
    [
        ((320, 480), "image_too_small", {"min_height": 480, "min_width": 640}),
        ((640, 479), "image_too_small", {"min_height": 480, "min_width": 640}),
        ((641, 480), "image_too_large", {"max_height": 480, "max_width": 640}),
    ],
)
async def test_a_mask_of_other_pixels_is_refused_with_those_of_the_picture(
    fal: FalCaller, size: tuple[int, int], kind: str, ctx: dict[str, int]
) -> None:
    answer = await fal.finish(TURBO, mask_url=inline(mask(*size), "image/png"))

    [problem] = answer.json()["detail"]
    assert answer.status_code == 422
    assert (problem["type"], problem["loc"]) == (kind, ["body", "mask_url"])
    assert problem["ctx"] == ctx
    assert fal.server.bill == []


@pytest.mark.parametrize("black", [True, False])
async def test_a_mask_that_changes_all_or_nothing_is_refused(fal: FalCaller, black: bool) -> None:
    drawn = Image.new("L", (640, 480), 0 if black else 255)

    answer = await fal.finish(TURBO, mask_url=inline(png(drawn), "image/png"))

    [problem] = answer.json()["detail"]
    assert (problem["type"], problem["loc"]) == ("image_load_error", ["body", "mask_url"])
    assert fal.server.bill == []


async def test_a_reframe_shows_the_whole_source_in_the_wider_frame(fal: FalCaller) -> None:
    body = {"image_url": inline(fal.source), "image_size": "landscape_16_9"}

    answer = await fal.sent("fal-ai/ideogram/v3/reframe", **body)

    link = answer.json()["images"][0]["url"]
    picture = opened((await fal.http.get(link)).content)
    whole = ImageOps.contain(opened(fal.source), picture.size, Image.Resampling.BILINEAR)
    left = (picture.width - whole.width) // 2
    middle = picture.crop((left, 0, left + whole.width, picture.height))
    assert picture.size == (1312, 736)
    assert left > 0
    assert changed(middle, whole) is None


async def test_another_background_leaves_the_middle_alone(fal: FalCaller) -> None:
    source = photo(1152, 864, kind="PNG")
    body = {"prompt": "a gold wall", "image_url": inline(source, "image/png")}

    answer = await fal.sent("fal-ai/ideogram/v3/replace-background", **body)

    link = answer.json()["images"][0]["url"]
    picture, before = opened((await fal.http.get(link)).content), opened(source)
    centre = (476, 332, 676, 532)
    assert picture.size == before.size
    assert changed(picture.crop(centre), before.crop(centre)) is None
    assert changed(picture, before) == (0, 0, 1152, 864)
