"""What is no mask, or no mask for this picture, is refused before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bot.images import Fault, Images, Unreadable
from tests.images import files
from tests.images.conftest import NormalisePair
from tests.images.hostile import CASES, Good
from tests.images.test_masks import SIZE, block, saved

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def refused(normalise_pair: NormalisePair, mask: bytes | None, **limits: int) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        await normalise_pair(files.png(), mask, **limits)
    return caught.value


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (Image.new("L", SIZE), Fault.MASK_EMPTY),
        (Image.new("L", SIZE, 127), Fault.MASK_EMPTY),
        (Image.new("RGBA", SIZE, (255, 255, 255, 0)), Fault.MASK_EMPTY),
        (Image.new("L", SIZE, 255), Fault.MASK_FULL),
        (Image.new("L", SIZE, 128), Fault.MASK_FULL),
        (Image.new("1", SIZE, 1), Fault.MASK_FULL),
        (Image.new("RGB", SIZE, "red"), Fault.MASK_COLOURED),
        (files.photo(), Fault.MASK_COLOURED),
        (block((63, 48)), Fault.MASK_SIZE),
        (block((48, 64)), Fault.MASK_SIZE),
        (block((128, 96)), Fault.MASK_SIZE),
    ],
)
async def test_a_mask_that_marks_nothing_that_is_meant_is_refused(
    mask: Image.Image, reason: Fault, normalise_pair: NormalisePair, tmp_path: Path
) -> None:
    error = await refused(normalise_pair, saved(mask))

    assert error.reason is reason
    assert not (tmp_path / "to").exists()
    assert not (tmp_path / "mask-to").exists()


@pytest.mark.parametrize("level", [0, 255])
async def test_a_single_pixel_makes_a_mask(level: int, normalise_pair: NormalisePair) -> None:
    mask = Image.new("L", SIZE, 255 - level)
    mask.putpixel((63, 47), level)

    written = await normalise_pair(files.png(), saved(mask))

    assert mask.tobytes() == written.mask.tobytes()


async def test_a_speck_of_colour_does_not_spoil_a_mask(normalise_pair: NormalisePair) -> None:
    mask = block().convert("RGB")
    mask.paste("blue", (0, 0, 5, 5))

    written = await normalise_pair(files.png(), saved(mask))

    assert saved(block()) == written.mask_data


async def test_a_mask_that_is_lost_in_shrinking_is_explained(
    normalise_pair: NormalisePair,
) -> None:
    mask = Image.new("L", SIZE)
    mask.putpixel((30, 30), 255)

    error = await refused(normalise_pair, saved(mask), max_side=8)

    assert error.reason is Fault.MASK_EMPTY


async def test_a_mask_of_too_many_bytes_is_refused(normalise_pair: NormalisePair) -> None:
    grain = Image.effect_noise(SIZE, 99)
    plain = saved(Image.new("L", SIZE))

    with pytest.raises(Unreadable) as caught:
        await normalise_pair(plain, saved(grain), max_bytes=len(plain))

    assert caught.value.reason is Fault.TOO_LARGE
    assert caught.value.sentence.startswith("Mask: ")


async def test_without_a_mask_something_must_be_erased(normalise_pair: NormalisePair) -> None:
    error = await refused(normalise_pair, None)

    assert error.reason is Fault.MASK_MISSING


async def test_every_hostile_file_is_refused_as_a_mask(images: Images, tmp_path: Path) -> None:
    photo, mask, to = tmp_path / "photo", tmp_path / "mask", tmp_path / "to"
    photo.write_bytes(files.png())
    for case in CASES:
        if case.name == "jpeg cut, its end mended":
            continue  # the grain in it decides what the rest decodes to
        mask.write_bytes(case.build())

        with pytest.raises(Unreadable) as caught:
            await images.normalise_pair(photo, mask, to, to, max_bytes=1_000_000)

        error = caught.value
        if isinstance(case.expected, Good):
            same = case.expected.size == SIZE
            assert error.reason is (Fault.MASK_COLOURED if same else Fault.MASK_SIZE), case.name
        elif error.reason is not Fault.MASK_SIZE:
            assert (error.reason, error.fact) == (case.expected, "mask"), case.name
        else:
            # Damaged too, but its header said already that it is no mask for this picture.
            assert case.expected is Fault.DAMAGED, case.name
            assert not error.fact.startswith("64x48 "), case.name


async def test_a_hostile_picture_is_refused_in_its_own_name(images: Images, tmp_path: Path) -> None:
    photo, mask, to = tmp_path / "photo", tmp_path / "mask", tmp_path / "to"
    photo.write_bytes(files.jpeg()[:-2])
    mask.write_bytes(saved(block()))

    with pytest.raises(Unreadable) as caught:
        await images.normalise_pair(photo, mask, to, to, max_bytes=1_000_000)

    assert (caught.value.reason, caught.value.fact) == (Fault.DAMAGED, "")
