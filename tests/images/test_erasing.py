"""What was erased from a picture is what changes, and is never seen again."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from bot.images import Fault, Unreadable
from tests.images import files
from tests.images.conftest import NormalisePair

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIZE = 120, 80


def hole(*, soft: int = 0) -> Image.Image:
    """An alpha channel with a round hole."""
    alpha = Image.new("L", SIZE, 255)
    ImageDraw.Draw(alpha).ellipse((30, 20, 80, 60), fill=0)
    return alpha.filter(ImageFilter.GaussianBlur(soft)) if soft else alpha


def erased(colour: str, alpha: Image.Image, *, hidden: str) -> Image.Image:
    """A plain picture, erased by a program that leaves another colour where alpha is low."""
    image = Image.new("RGB", SIZE, colour)
    image.paste(hidden, mask=alpha.point([255] * 100 + [0] * 156))
    image.putalpha(alpha)
    return image


def marks(alpha: Image.Image) -> bytes:
    return alpha.point([255] * 128 + [0] * 128).tobytes()


def farthest(image: Image.Image, colour: str) -> int:
    """The largest difference of any channel of any pixel."""
    plain = Image.new("RGB", image.size, colour)
    return max(ImageChops.difference(plain, image).tobytes())


@pytest.mark.parametrize("soft", [0, 6])
async def test_what_is_mostly_transparent_changes(soft: int, normalise_pair: NormalisePair) -> None:
    alpha = hole(soft=soft)

    written = await normalise_pair(files.saved(erased("teal", alpha, hidden="red"), "PNG"), None)

    assert marks(alpha) == written.mask.tobytes()
    assert (written.image.mode, written.image.size) == ("RGB", SIZE)


@pytest.mark.parametrize("soft", [0, 6])
@pytest.mark.parametrize("hidden", ["red", "black", "white"])
async def test_a_hole_is_filled_with_what_is_around_and_shows_no_rim(
    hidden: str, soft: int, normalise_pair: NormalisePair
) -> None:
    picture = erased("teal", hole(soft=soft), hidden=hidden)

    written = await normalise_pair(files.saved(picture, "PNG"), None)

    assert farthest(written.image, "teal") <= 1


async def test_a_hole_takes_its_colours_from_its_own_side(normalise_pair: NormalisePair) -> None:
    alpha = hole()
    picture = erased("teal", alpha, hidden="red")
    picture.paste("orange", (60, 0, *SIZE))
    picture.putalpha(alpha)

    written = await normalise_pair(files.saved(picture, "PNG"), None)

    left, right = (written.image.crop(box) for box in ((32, 35, 38, 45), (72, 35, 78, 45)))
    # The two colours are 255 apart.
    assert farthest(left, "teal") < 80
    assert farthest(right, "orange") < 80


@pytest.mark.parametrize("soft", [0, 6])
async def test_what_stays_keeps_its_pixels(soft: int, normalise_pair: NormalisePair) -> None:
    photo, alpha = files.photo(*SIZE), hole(soft=soft)
    picture = photo.copy()
    picture.putalpha(alpha)

    written = await normalise_pair(files.saved(picture, "PNG"), None)

    changed = ImageChops.difference(photo, written.image)
    changed.paste("black", mask=alpha.point([255] * 128 + [0] * 128))
    assert changed.getbbox() is None


@pytest.mark.parametrize("file_format", ["LA", "palette", "webp"])
async def test_a_hole_is_found_in_every_form_of_alpha(
    file_format: str, normalise_pair: NormalisePair
) -> None:
    grey = erased("grey", hole(), hidden="black")
    match file_format:
        case "LA":
            data = files.saved(grey.convert("LA"), "PNG")
        case "webp":
            data = files.saved(grey, "WEBP", lossless=True)
        case _:
            data = files.saved(hole().convert("1").convert("P"), "PNG", transparency=0)

    written = await normalise_pair(data, None)

    assert marks(hole()) == written.mask.tobytes()


async def test_a_turned_picture_is_turned_with_its_hole(normalise_pair: NormalisePair) -> None:
    data = files.saved(erased("teal", hole(), hidden="red"), "PNG", exif=files.exif(6))

    written = await normalise_pair(data, None)

    assert marks(hole().transpose(Image.Transpose.ROTATE_270)) == written.mask.tobytes()


@pytest.mark.parametrize(
    ("alpha", "reason"),
    [(255, Fault.MASK_MISSING), (128, Fault.MASK_MISSING), (127, Fault.MASK_FULL)],
)
async def test_nothing_or_everything_erased_is_refused(
    alpha: int, reason: Fault, normalise_pair: NormalisePair
) -> None:
    picture = Image.new("RGBA", SIZE, (9, 99, 99, alpha))

    with pytest.raises(Unreadable) as caught:
        await normalise_pair(files.saved(picture, "PNG"), None)

    assert caught.value.reason is reason


async def test_an_erased_picture_comes_out_as_it_is_the_second_time(
    normalise_pair: NormalisePair,
) -> None:
    picture = erased("teal", hole(soft=4), hidden="red")

    once = await normalise_pair(files.saved(picture, "PNG"), None, max_side=70)
    twice = await normalise_pair(once.data, once.mask_data, max_side=70)

    assert once.data == twice.data
    assert once.mask_data == twice.mask_data


async def test_a_mask_goes_before_transparency_which_becomes_paper(
    normalise_pair: NormalisePair,
) -> None:
    mask = Image.new("L", SIZE)
    mask.paste(255, (0, 0, 10, 10))

    written = await normalise_pair(
        files.saved(erased("teal", hole(), hidden="red"), "PNG"), files.saved(mask, "PNG")
    )

    assert mask.tobytes() == written.mask.tobytes()
    assert written.image.mode == "RGB"
    assert farthest(written.image.crop((45, 35, 65, 45)), "white") == 0
    assert farthest(written.image.crop((90, 0, *SIZE)), "teal") == 0
