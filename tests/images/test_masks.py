"""A mask painted by hand, in every form that a program saves, and what is wrong with others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

from bot.images import Fault, Images, MediaType, Unreadable
from tests.images import files, profiles
from tests.images.conftest import NormalisePair, opened
from tests.images.test_orientation import corners, png

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIZE = 64, 48
STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera that notes an orientation has stored what is seen upright."""


def block(size: tuple[int, int] = SIZE) -> Image.Image:
    """A mask that marks a block left of the middle; its edges lie on those of JPEG blocks."""
    width, height = size
    mask = Image.new("L", size)
    mask.paste(255, (width // 8, height // 6, width // 2, height * 5 // 6))
    return mask


def saved(mask: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    return files.saved(mask, file_format, **options)


def strokes(hidden: str) -> Image.Image:
    """White where it is painted, transparent elsewhere, as a layer is exported."""
    layer = Image.new("RGBA", SIZE, hidden)
    layer.putalpha(block())
    layer.paste("white", mask=block())
    return layer


def of_16_bits() -> bytes:
    rows = (b"\0" + bytes(v for v in row for _ in range(2)) for row in _rows(block()))
    packed = files.zlib.compress(b"".join(rows))
    return files.png_of(files.header(*SIZE, depth=16, colour=0), files.chunk(b"IDAT", packed))


def _rows(mask: Image.Image) -> list[bytes]:
    data = mask.tobytes()
    return [data[at : at + mask.width] for at in range(0, len(data), mask.width)]


def see_through_palette() -> bytes:
    """Black is the transparent one."""
    mask = block().convert("1").convert("P")
    return saved(mask, transparency=0)


def moving() -> bytes:
    still = block().convert("RGB")
    others = [Image.new("RGB", SIZE, "white")]
    return saved(still, "WEBP", save_all=True, append_images=others, lossless=True)


FORMS: dict[str, Callable[[], bytes]] = {
    "grey": lambda: saved(block()),
    "1 bit": lambda: saved(block().convert("1")),
    "16 bits": of_16_bits,
    "rgb": lambda: saved(block().convert("RGB")),
    "rgba, opaque": lambda: saved(block().convert("RGBA")),
    "strokes on nothing": lambda: saved(strokes("black")),
    "strokes on hidden white": lambda: saved(strokes("white")),
    "strokes on hidden red": lambda: saved(strokes("red")),
    "grey with alpha": lambda: saved(strokes("white").convert("LA")),
    "palette": lambda: saved(block().convert("RGB").quantize(4)),
    "palette with a transparent colour": see_through_palette,
    "dark grey and light grey": lambda: saved(block().point([60] * 128 + [190] * 128)),
    "grey with a profile": lambda: saved(block(), icc_profile=profiles.grey(1.0)),
    "rgb with a wide profile": lambda: saved(block().convert("RGB"), icc_profile=profiles.wide()),
    "jpeg": lambda: saved(block(), "JPEG", quality=80),
    "poor rgb jpeg": lambda: saved(block().convert("RGB"), "JPEG", quality=30),
    "cmyk jpeg": lambda: saved(block().convert("RGB").convert("CMYK"), "JPEG", quality=90),
    "webp": lambda: saved(block().convert("RGB"), "WEBP", quality=90),
    "lossless webp of strokes": lambda: saved(strokes("black"), "WEBP", lossless=True),
    "animated webp": moving,
    "with metadata": lambda: saved(block(), exif=files.exif(1)),
}


@pytest.mark.parametrize("form", FORMS)
async def test_every_form_of_a_mask_becomes_the_same_file(
    form: str, normalise_pair: NormalisePair
) -> None:
    written = await normalise_pair(files.jpeg(), FORMS[form]())

    assert written.mask.mode == "L"
    assert ImageChops.difference(block(), written.mask).getbbox() is None
    assert saved(block()) == written.mask_data
    assert written.said.mask.media_type is MediaType.PNG
    assert written.said.mask.size == len(written.mask_data)
    assert written.said.marked == pytest.approx(24 * 32 / (64 * 48))


async def test_grey_is_rounded_to_black_and_white(normalise_pair: NormalisePair) -> None:
    shades = Image.linear_gradient("L").resize((64, 256)).resize(SIZE, Image.Resampling.NEAREST)

    written = await normalise_pair(files.png(), saved(shades))

    expected = shades.point([0] * 128 + [255] * 128)
    assert expected.tobytes() == written.mask.tobytes()


@pytest.mark.parametrize("turned", range(1, 9))
async def test_picture_and_mask_are_each_turned_by_their_own_exif(
    turned: int, normalise_pair: NormalisePair
) -> None:
    """The corner that is red is what is marked, however each of the two was stored."""
    upright = corners().transpose(Image.Transpose.ROTATE_90)
    red = ImageChops.multiply(
        upright.getchannel("R"), ImageChops.invert(upright.getchannel("G"))
    ).point([0] * 128 + [255] * 128)
    image = with_orientation(upright, turned)

    for of_mask in range(1, 9):
        written = await normalise_pair(image, with_orientation(red, of_mask))

        assert upright.tobytes() == written.image.convert("RGB").tobytes()
        assert red.tobytes() == written.mask.tobytes()


def with_orientation(upright: Image.Image, number: int) -> bytes:
    stored = upright.transpose(STORED[number]) if number in STORED else upright
    data = files.saved(stored, "PNG")
    return data[:33] + files.chunk(b"eXIf", files.exif(number)) + data[33:]


async def test_sizes_are_compared_as_they_are_seen(normalise_pair: NormalisePair) -> None:
    """As it is stored, the picture is 32 x 16; it is seen 16 x 32."""
    with pytest.raises(Unreadable) as caught:
        await normalise_pair(png(files.exif(6)), saved(block((32, 16))))

    assert caught.value.reason is Fault.MASK_SIZE
    assert "The mask is 32 x 16 pixels and the picture 16 x 32." in caught.value.sentence


def scene(size: tuple[int, int]) -> tuple[Image.Image, Image.Image]:
    """A white disc on dark grey, and the mask that marks the disc."""
    mask = Image.new("L", size)
    width, height = size
    ImageDraw.Draw(mask).ellipse((width // 5, height // 5, width // 2, height * 3 // 4), fill=255)
    image = Image.new("RGB", size, (40, 40, 40))
    image.paste("white", mask=mask)
    return image, mask


@pytest.mark.parametrize("size", [(1200, 800), (801, 1203), (1999, 301)])
@pytest.mark.parametrize("file_format", ["PNG", "JPEG"])
async def test_the_mask_is_shrunk_with_its_picture(
    size: tuple[int, int], file_format: str, normalise_pair: NormalisePair
) -> None:
    image, mask = scene(size)

    written = await normalise_pair(
        files.saved(image, file_format), saved(mask, file_format), max_side=400
    )

    assert max(written.image.size) == 400
    assert written.image.size == written.mask.size
    assert {0, 255} == set(written.mask.tobytes())
    seen = written.image.convert("L").point([0] * 148 + [255] * 108)
    assert share(ImageChops.difference(seen, written.mask)) < 0.002
    assert written.said.marked == pytest.approx(share(mask), rel=0.02)


def share(mask: Image.Image) -> float:
    return mask.histogram()[255] / (mask.width * mask.height)


@pytest.mark.parametrize("erased", [False, True])
async def test_the_mask_is_shrunk_when_the_bytes_ask_for_it(
    erased: bool, normalise_pair: NormalisePair
) -> None:
    noise = Image.merge("RGB", [Image.effect_noise((400, 300), 90) for _ in "rgb"])
    mask = block((400, 300))
    if erased:
        noise.putalpha(ImageChops.invert(mask))

    written = await normalise_pair(
        files.saved(noise, "PNG"), None if erased else saved(mask), max_bytes=20_000
    )

    assert 100 < written.image.width < 400
    assert written.image.size == written.mask.size
    assert max(len(written.data), len(written.mask_data)) <= 20_000
    assert written.said.marked == pytest.approx(share(mask), rel=0.05)


@pytest.mark.parametrize("max_side", [2048, 50])
@pytest.mark.parametrize("number", [1, 6])
@pytest.mark.parametrize("max_bytes", [1_000_000, 8_000])
async def test_what_was_normalised_comes_out_as_it_is(
    number: int, max_side: int, max_bytes: int, normalise_pair: NormalisePair
) -> None:
    turned = files.jpeg()[:2] + files.jpeg_exif(files.exif(number)) + files.jpeg()[2:]
    mask = block((48, 64) if number == 6 else SIZE)
    limits = {"max_side": max_side, "max_bytes": max_bytes}

    once = await normalise_pair(turned, saved(mask, "JPEG"), **limits)
    twice = await normalise_pair(once.data, once.mask_data, **limits)

    assert not twice.said.image.reencoded
    assert once.data == twice.data
    assert once.mask_data == twice.mask_data
    assert once.said.marked == twice.said.marked


async def test_a_picture_that_fits_is_not_encoded_anew(normalise_pair: NormalisePair) -> None:
    written = await normalise_pair(files.webp(), saved(block()))

    assert files.webp() == written.data


async def test_the_largest_picture_and_mask_are_read_together(
    normalise_pair: NormalisePair,
) -> None:
    row = b"\0" + b"\xff" * 250 + bytes(750)
    half = files.chunk(b"IDAT", files.zlib.compress(row * 5000))
    mask = files.png_of(files.header(8000, 5000, depth=1, colour=0), half)

    written = await normalise_pair(files.bilevel(8000, 5000), mask)

    assert written.image.size == written.mask.size == (2048, 1280)
    assert written.said.marked == 0.25


# For the provider


@pytest.mark.parametrize("white_changes", [True, False])
async def test_a_mask_is_written_in_the_polarity_of_the_provider(
    white_changes: bool, images: Images, tmp_path: Path
) -> None:
    mask, to = tmp_path / "mask", tmp_path / "to"
    mask.write_bytes(saved(block()))

    said = await images.polarise(mask, to, white_changes=white_changes)

    expected = block() if white_changes else ImageChops.invert(block())
    assert opened(to).mode == "L"
    assert expected.tobytes() == opened(to).tobytes()
    assert (said.media_type, said.size) == (MediaType.PNG, to.stat().st_size)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (files.jpeg(), Fault.MASK_COLOURED),
        (saved(block())[:-5], Fault.DAMAGED),
        (saved(Image.new("L", SIZE)), Fault.MASK_EMPTY),
    ],
)
async def test_what_is_no_mask_is_not_sent(
    data: bytes, reason: Fault, images: Images, tmp_path: Path
) -> None:
    mask = tmp_path / "mask"
    mask.write_bytes(data)

    with pytest.raises(Unreadable) as caught:
        await images.polarise(mask, tmp_path / "to", white_changes=False)

    assert caught.value.reason is reason
