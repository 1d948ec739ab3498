"""Modes and profiles: what comes out is 8-bit sRGB of the same colours."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, ImageCms

from bot.images import MediaType
from bot.images.colour import conversion
from tests.images import files, profiles
from tests.images.conftest import Normalise
from tests.images.hostile import ARITHMETIC

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORANGE = (255, 128, 0)


def pixel(image: Image.Image, at: tuple[int, int] = (0, 0)) -> tuple[int, ...]:
    value = image.getpixel(at)
    assert isinstance(value, tuple)
    return tuple(int(channel) for channel in value)


def farthest(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def flat(mode: str, colour: int | tuple[int, ...]) -> Image.Image:
    return Image.new(mode, (16, 16), colour)


# Modes


async def test_cmyk_becomes_rgb(normalise: Normalise) -> None:
    written = await normalise(files.saved(flat("CMYK", (0, 127, 255, 0)), "JPEG", quality=95))

    assert written.image.mode == "RGB"
    assert farthest(ORANGE, pixel(written.image)) <= 3


async def test_ycck_becomes_rgb(normalise: Normalise) -> None:
    written = await normalise(files.ycck())

    assert written.image.mode == "RGB"
    assert farthest(ORANGE, pixel(written.image)) <= 3


async def test_an_arithmetic_jpeg_becomes_a_common_one(normalise: Normalise) -> None:
    """Few readers know arithmetic coding; the frame that is written is C0, a baseline one."""
    written = await normalise(ARITHMETIC)

    assert farthest((254, 0, 2), pixel(written.image, (1, 1))) <= 3
    assert farthest((0, 0, 253), pixel(written.image, (14, 1))) <= 3
    assert b"\xff\xc0" in written.data
    assert b"\xff\xc9" not in written.data


async def test_16_bit_grey_is_scaled_and_not_cut_off(normalise: Normalise) -> None:
    written = await normalise(files.sixteen_bit(0, 1, (0, 257 * 64, 257 * 128, 65_535)))

    assert written.image.mode == "L"
    assert bytes((0, 64, 128, 255)) == written.image.tobytes()


async def test_16_bit_colours_keep_their_upper_8_bits(normalise: Normalise) -> None:
    written = await normalise(files.sixteen_bit(2, 3, (0xFF12, 0x8034, 0x0056)))

    assert pixel(written.image) == (0xFF, 0x80, 0x00)
    assert written.data[24] == 8  # bits a sample, in the PNG's header


async def test_16_bit_alpha_stays(normalise: Normalise) -> None:
    written = await normalise(files.sixteen_bit(6, 4, (0xFFFF, 0x8000, 0, 0x4000)))

    assert pixel(written.image) == (0xFF, 0x80, 0x00, 0x40)


async def test_grey_with_alpha_becomes_rgba(normalise: Normalise) -> None:
    written = await normalise(files.saved(flat("LA", (100, 50)), "PNG"))

    assert pixel(written.image) == (100, 100, 100, 50)


async def test_one_bit_becomes_grey(normalise: Normalise) -> None:
    checks = Image.new("1", (2, 1))
    checks.putpixel((1, 0), 1)

    written = await normalise(files.saved(checks, "PNG"))

    assert written.image.mode == "L"
    assert bytes((0, 255)) == written.image.tobytes()


async def test_a_palette_becomes_rgb(normalise: Normalise) -> None:
    picture = flat("RGB", ORANGE).quantize(4)

    written = await normalise(files.saved(picture, "PNG"))

    assert written.said.media_type is MediaType.PNG
    assert written.image.mode == "RGB"
    assert pixel(written.image) == ORANGE


async def test_a_transparent_colour_of_a_palette_becomes_alpha(normalise: Normalise) -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette((255, 0, 0, 0, 0, 255))
    picture.putpixel((1, 0), 1)

    written = await normalise(files.saved(picture, "PNG", transparency=bytes((255, 0))))

    assert pixel(written.image, (0, 0)) == (255, 0, 0, 255)
    assert pixel(written.image, (1, 0))[3] == 0


async def test_a_transparent_colour_of_rgb_becomes_alpha(normalise: Normalise) -> None:
    picture = flat("RGB", ORANGE)
    picture.putpixel((1, 0), (1, 2, 3))

    written = await normalise(files.saved(picture, "PNG", transparency=(1, 2, 3)))

    assert (*ORANGE, 255) == pixel(written.image, (0, 0))
    assert pixel(written.image, (1, 0))[3] == 0


async def test_plain_alpha_is_kept_as_it_is(normalise: Normalise) -> None:
    data = files.saved(flat("RGBA", (10, 20, 30, 40)), "PNG")

    written = await normalise(data)

    assert data == written.data


async def test_the_first_frame_of_an_animation_is_used(normalise: Normalise) -> None:
    for file_format in ("PNG", "WEBP"):
        written = await normalise(files.moving(file_format))

        assert written.said.animated
        assert farthest((255, 0, 0), pixel(written.image.convert("RGB"), (16, 12))) <= 4


# Profiles


@pytest.mark.parametrize(
    "colour",
    [(200, 100, 50), (30, 160, 90), (128, 128, 128), (255, 0, 0), (0, 255, 0), (9, 0, 240)],
)
async def test_a_wide_profile_is_converted(
    colour: tuple[int, int, int], normalise: Normalise
) -> None:
    expected = profiles.wide_to_srgb(colour)
    profile = profiles.wide()

    written = await normalise(files.saved(flat("RGB", colour), "PNG", icc_profile=profile))

    assert written.said.reencoded
    assert "icc_profile" not in written.image.info
    assert farthest(expected, pixel(written.image)) <= 3


async def test_the_test_colours_would_be_wrong_without_conversion() -> None:
    assert farthest((200, 100, 50), profiles.wide_to_srgb((200, 100, 50))) > 8


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP"])
async def test_profiles_are_found_in_every_format(file_format: str, normalise: Normalise) -> None:
    colour = (200, 100, 50)
    options = {"lossless": True} if file_format == "WEBP" else {"quality": 100, "subsampling": 0}
    data = files.saved(flat("RGB", colour), file_format, icc_profile=profiles.wide(), **options)

    written = await normalise(data)

    assert farthest(profiles.wide_to_srgb(colour), pixel(written.image.convert("RGB"))) <= 4


async def test_a_grey_profile_is_converted(normalise: Normalise) -> None:
    linear = profiles.grey(1.0)
    expected = profiles.srgb_level(100 / 255)

    written = await normalise(files.saved(flat("L", 100), "PNG", icc_profile=linear))

    assert farthest((expected,) * 3, pixel(written.image.convert("RGB"))) <= 2
    assert expected > 150


async def test_a_profile_does_not_touch_alpha(normalise: Normalise) -> None:
    picture = flat("RGBA", (200, 100, 50, 77))

    written = await normalise(files.saved(picture, "PNG", icc_profile=profiles.wide()))

    *colour, alpha = pixel(written.image)
    assert alpha == 77
    assert farthest(profiles.wide_to_srgb((200, 100, 50)), tuple(colour)) <= 3


async def test_a_grey_picture_may_carry_an_rgb_profile(normalise: Normalise) -> None:
    written = await normalise(files.saved(flat("L", 128), "PNG", icc_profile=profiles.wide()))

    expected = profiles.wide_to_srgb((128, 128, 128))
    assert farthest(expected, pixel(written.image.convert("RGB"))) <= 3


@pytest.mark.parametrize("profile", [b"", b"noise", profiles.wide()[:200], profiles.grey(1.0)])
async def test_a_profile_that_does_not_fit_is_ignored(profile: bytes) -> None:
    assert conversion(profile, "RGB") is None


async def test_srgb_is_known_by_what_it_does_and_not_by_its_name() -> None:
    renamed = profiles.srgb().replace(b"s\0R\0G\0B", b"o\0t\0h\0e").replace(b"sRGB", b"none")

    assert conversion(renamed, "RGB") is None
    assert b"sRGB" not in renamed
    assert ImageCms.getProfileName(ImageCms.ImageCmsProfile(BytesIO(renamed)))
    assert conversion(profiles.wide(), "RGB") is not None
