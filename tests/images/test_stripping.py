"""A picture that fits is sent without its metadata and with the very pixels that came in."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops

from bot.images import MediaType
from bot.images.develop import take_apart
from tests.images import files, profiles
from tests.images.conftest import Normalise
from tests.images.files import SECRET

pytestmark = pytest.mark.asyncio(loop_scope="module")

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + SECRET + b"</x:xmpmeta>"


def jpeg_full_of_metadata() -> bytes:
    thumbnail = b"JFIF\0\1\1\0\0\1\0\1\4\4" + SECRET * 2 + bytes(48 - 2 * len(SECRET))
    return (
        files.jpeg()[:2]
        + files.segment(0xE0, thumbnail)
        + files.segment(0xE0, b"JFXX\0\x10" + SECRET)
        + files.jpeg_exif(files.exif(1))
        + files.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)
        + files.segment(0xE2, b"MPF\0" + SECRET)
        + files.segment(0xED, b"Photoshop 3.0\0" + SECRET)
        + files.segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + SECRET)
        + files.segment(0xFE, SECRET)
        + files.jpeg()[20:]
        + SECRET
    )


def png_full_of_metadata() -> bytes:
    text = files.chunk(b"tEXt", b"Comment\0" + SECRET)
    packed = files.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(SECRET))
    xmp = files.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    time = files.chunk(b"tIME", b"\x07\xea\1\2\3\4\5")
    own = files.chunk(b"prVt", SECRET)
    place = files.chunk(b"eXIf", files.exif(1))
    return files.png_with(text, packed, xmp, time, own, place) + SECRET


def webp_full_of_metadata() -> bytes:
    # VP8X with the flags for EXIF and XMP; RIFF says that unknown chunks are skipped
    head = b"\x0c\0\0\0" + (63).to_bytes(3, "little") + (47).to_bytes(3, "little")
    exif = files.riff_chunk(b"EXIF", files.exif(1))
    xmp = files.riff_chunk(b"XMP ", XMP)
    own = files.riff_chunk(b"OWN ", SECRET)
    return files.riff(files.riff_chunk(b"VP8X", head), own, files.webp()[12:], exif, xmp) + SECRET


FULL = {
    MediaType.JPEG: jpeg_full_of_metadata,
    MediaType.PNG: png_full_of_metadata,
    MediaType.WEBP: webp_full_of_metadata,
}
PLAIN = {MediaType.JPEG: files.jpeg, MediaType.PNG: files.png, MediaType.WEBP: files.webp}


@pytest.mark.parametrize("kind", FULL)
async def test_metadata_goes_and_every_pixel_stays(kind: MediaType, normalise: Normalise) -> None:
    data = FULL[kind]()
    assert SECRET in data
    with Image.open(files.BytesIO(PLAIN[kind]())) as plain:
        expected = plain.convert("RGB")

    written = await normalise(data)

    assert kind == written.said.media_type
    assert not written.said.reencoded
    assert ImageChops.difference(expected, written.image.convert("RGB")).getbbox() is None
    assert not [mark for mark in (SECRET, b"Exif", b"xmp", b"2026:01:02") if mark in written.data]
    assert not set(written.image.info) & {"exif", "xmp", "comment", "Comment", "photoshop"}


@pytest.mark.parametrize("kind", PLAIN)
async def test_a_picture_without_metadata_comes_out_byte_by_byte(
    kind: MediaType, normalise: Normalise
) -> None:
    written = await normalise(PLAIN[kind]())

    assert PLAIN[kind]() == written.data
    assert len(written.data) == written.said.size


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lambda: files.jpeg_with(files.jpeg_exif(files.exif(6))), id="jpeg"),
        pytest.param(lambda: files.png_with(files.chunk(b"eXIf", files.exif(6))), id="png"),
    ],
)
async def test_metadata_goes_from_a_picture_that_is_encoded_anew(
    data: Callable[[], bytes], normalise: Normalise
) -> None:
    assert SECRET in data()

    written = await normalise(data())

    assert written.said.reencoded
    assert not [mark for mark in (SECRET, b"Exif", b"2026:01:02") if mark in written.data]


async def test_the_name_of_a_file_says_nothing(normalise: Normalise) -> None:
    written = await normalise(files.png(), name="holiday.jpeg")

    assert written.said.media_type is MediaType.PNG


async def test_the_colours_of_an_adobe_jpeg_survive_stripping(normalise: Normalise) -> None:
    """Transform 0 says RGB; without its segment a reader would take it for YCbCr."""
    adobe = files.segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")
    data = files.jpeg()[:2] + adobe + files.jpeg()[20:]
    with Image.open(files.BytesIO(data)) as image:
        expected = image.convert("RGB")

    written = await normalise(data)

    assert not written.said.reencoded
    assert ImageChops.difference(expected, written.image).getbbox() is None


async def test_an_srgb_profile_is_dropped_without_encoding_anew(normalise: Normalise) -> None:
    srgb = profiles.srgb()

    written = await normalise(files.saved(files.photo(), "JPEG", quality=90, icc_profile=srgb))

    assert files.jpeg() == written.data


async def test_stripping_again_changes_nothing() -> None:
    for build in FULL.values():
        once = take_apart(build()).data
        assert once == take_apart(once).data
