"""A picture is made smaller only as far as it has to be."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.images import Fault, Images, MediaType, Unreadable
from tests.images import files
from tests.images.conftest import MAX_BYTES, Normalise

pytestmark = pytest.mark.asyncio(loop_scope="module")


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture that hardly compresses."""
    channels = [Image.effect_noise((width, height), 90) for _ in mode]
    return Image.merge(mode, channels)


async def test_a_source_is_shrunk_to_the_longest_side(normalise: Normalise) -> None:
    written = await normalise(files.saved(files.photo(600, 200), "PNG"), max_side=300)

    assert written.image.size == (300, 100)
    assert written.said.media_type is MediaType.JPEG


@pytest.mark.parametrize("max_side", [100, 500, 1500])
async def test_a_shrunk_photograph_looks_like_the_whole_one(
    max_side: int, normalise: Normalise
) -> None:
    """Decoding at a fraction (draft) must not change what is seen."""
    with Image.open(files.BytesIO(files.large_jpeg())) as whole:
        expected = whole.resize((max_side, max_side * 3 // 4), Image.Resampling.LANCZOS)

    written = await normalise(files.large_jpeg(), max_side=max_side)

    assert expected.size == written.image.size
    difference = ImageStat.Stat(ImageChops.difference(expected, written.image))
    assert max(difference.mean) < 2.5


async def test_a_thin_picture_keeps_a_pixel(normalise: Normalise) -> None:
    written = await normalise(files.bilevel(16_000, 1))

    assert written.image.size == (2048, 1)


async def test_a_large_jpeg_file_is_lowered_in_quality_first(normalise: Normalise) -> None:
    picture = noise(400, 400)
    limit = len(files.saved(picture, "JPEG", quality=80, subsampling=0))

    written = await normalise(
        files.saved(picture, "JPEG", quality=98, subsampling=0), max_bytes=limit
    )

    assert written.image.size == (400, 400)
    assert written.said.size == len(written.data) <= limit


async def test_what_does_not_fit_by_quality_is_shrunk(normalise: Normalise) -> None:
    written = await normalise(files.saved(noise(400, 400), "PNG"), max_bytes=20_000)

    assert written.said.media_type is MediaType.JPEG
    assert 100 < written.image.width == written.image.height < 400
    assert len(written.data) <= 20_000


async def test_a_transparent_picture_stays_transparent_when_it_is_shrunk(
    normalise: Normalise,
) -> None:
    written = await normalise(files.saved(noise(200, 200, "RGBA"), "PNG"), max_bytes=50_000)

    assert written.said.media_type is MediaType.PNG
    assert written.image.mode == "RGBA"
    assert len(written.data) <= 50_000


async def test_hidden_colours_do_not_bleed_into_a_shrunk_picture(normalise: Normalise) -> None:
    """Red is opaque, the green beside it has no alpha: no shade between may turn green."""
    image = Image.new("RGBA", (101, 100), (0, 255, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 50, 100))

    written = await normalise(files.saved(image, "PNG"), max_side=33)

    seen = [written.image.getpixel((x, 10)) for x in range(33)]
    assert max(p[1] for p in seen if isinstance(p, tuple) and p[3] > 0) < 20


async def test_an_opaque_alpha_channel_is_dropped_when_encoded_anew(normalise: Normalise) -> None:
    picture = files.photo(300, 200).convert("RGBA")

    written = await normalise(files.saved(picture, "PNG"), max_side=150)

    assert written.said.media_type is MediaType.JPEG


async def test_what_cannot_fit_is_refused(normalise: Normalise) -> None:
    with pytest.raises(Unreadable) as caught:
        await normalise(files.png(), max_bytes=50)

    assert caught.value.reason is Fault.TOO_LARGE


async def test_a_result_keeps_its_pixels_while_it_fits(images: Images, tmp_path: Path) -> None:
    data = files.saved(files.photo(3000, 2500), "JPEG", quality=80)
    raw, to = tmp_path / "raw", tmp_path / "out"
    raw.write_bytes(data)

    said = await images.check(raw, to, max_bytes=MAX_BYTES)

    assert (said.width, said.height, said.reencoded) == (3000, 2500, False)
    assert data == to.read_bytes()


@pytest.mark.parametrize(
    ("media_type", "mode", "options"),
    [
        (MediaType.PNG, "RGB", {}),
        (MediaType.PNG, "RGBA", {}),
        (MediaType.JPEG, "L", {"quality": 20}),
        (MediaType.JPEG, "RGB", {"quality": 20}),
        (MediaType.JPEG, "RGB", {"quality": 99, "progressive": True}),
        (MediaType.WEBP, "RGB", {"quality": 20}),
        (MediaType.WEBP, "RGB", {"lossless": True}),
        (MediaType.WEBP, "RGBA", {"quality": 99}),
        (MediaType.WEBP, "RGBA", {"lossless": True}),
    ],
)
async def test_a_result_of_any_format_is_kept_as_it_is(
    media_type: MediaType,
    mode: str,
    options: dict[str, object],
    images: Images,
    tmp_path: Path,
) -> None:
    picture = files.photo(320, 200).convert(mode)
    if mode == "RGBA":
        picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    data = files.saved(picture, media_type.partition("/")[2], **options)
    raw, to = tmp_path / "raw", tmp_path / "out"
    raw.write_bytes(data)

    said = await images.check(raw, to, max_bytes=len(data))

    assert (said.media_type, said.reencoded, said.size) == (media_type, False, len(data))
    assert data == to.read_bytes()


async def test_a_source_is_decoded_to_prove_it_and_a_result_is_not(
    images: Images, tmp_path: Path
) -> None:
    raw, to = tmp_path / "raw", tmp_path / "out"
    raw.write_bytes(files.png_of(files.header(8, 8), files.chunk(b"IDAT", b"no pixels")))

    said = await images.check(raw, to, max_bytes=MAX_BYTES)
    with pytest.raises(Unreadable) as caught:
        await images.normalise(raw, tmp_path / "source", max_bytes=MAX_BYTES)

    assert (said.reencoded, to.read_bytes()) == (False, raw.read_bytes())
    assert caught.value.reason is Fault.DAMAGED


async def test_a_result_is_fitted_under_the_upload_limit(images: Images, tmp_path: Path) -> None:
    raw, to = tmp_path / "raw", tmp_path / "out"
    picture = noise(700, 700)
    raw.write_bytes(files.saved(picture, "PNG"))
    limit = len(files.saved(picture, "JPEG", quality=95, subsampling=0))

    said = await images.check(raw, to, max_bytes=limit)

    assert (said.width, said.height, said.media_type) == (700, 700, MediaType.JPEG)
    assert to.stat().st_size == said.size <= limit


async def test_a_result_that_is_no_picture_is_refused(images: Images, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.write_bytes(b"<html>Bad gateway</html>")

    with pytest.raises(Unreadable) as caught:
        await images.check(raw, tmp_path / "out", max_bytes=MAX_BYTES)

    assert caught.value.reason is Fault.NOT_A_PICTURE
    assert not (tmp_path / "out").exists()
