"""A part of a picture is made anew: marked by a mask, or by what is transparent."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from sandbox.discord import Actor, Message, Upload
from tests.e2e.cards import (
    AFTER,
    BEFORE,
    MASK,
    card_of,
    decoded,
    encoded,
    erased,
    painted,
    photo,
    pictures,
    text_of,
)
from tests.e2e.world import World

UNTOUCHED = 6.0
"""Of 255: what JPEG and sizing may change, on the average."""


async def shown(member: Actor, card: Message, part: int) -> Image.Image:
    return decoded(await member.fetch(pictures(card, part)[0]))


async def changes(member: Actor, card: Message) -> tuple[float, float]:
    """How much changed where the mask is white, and where it is black; of 255."""
    before, after = await shown(member, card, BEFORE), await shown(member, card, AFTER)
    white = (await shown(member, card, MASK)).convert("L").resize(after.size)
    resized = before.convert("RGB").resize(after.size)
    difference = ImageChops.difference(resized, after.convert("RGB")).convert("L")
    # The border between the two belongs to neither.
    inside, outside = (
        area.point([0] * 128 + [255] * 128).filter(ImageFilter.MinFilter(17))
        for area in (white, ImageChops.invert(white))
    )
    return ImageStat.Stat(difference, inside).mean[0], ImageStat.Stat(difference, outside).mean[0]


@pytest.mark.parametrize("backend", ["fal-v2-turbo", "fal-v3"])
async def test_only_what_the_mask_marks_in_white_is_made_anew(
    world: World, alice: Actor, backend: str
) -> None:
    card = await world.made(alice, command="edit", backend=backend)

    inside, outside = await changes(alice, card)
    assert outside < UNTOUCHED < inside / 2
    mask = (await shown(alice, card, MASK)).convert("L")
    assert mask.tobytes() == decoded(painted()).tobytes()


async def test_without_a_mask_the_transparent_part_is_made_anew(world: World, alice: Actor) -> None:
    image = Upload("hole.png", erased())
    card = await world.made(alice, command="edit", image=image, leave_out=["mask"])

    inside, outside = await changes(alice, card)
    assert outside < UNTOUCHED < inside / 2
    mask = (await shown(alice, card, MASK)).convert("L")
    assert (mask.getpixel((120, 90)), mask.getpixel((10, 10))) == (255, 0)
    # What was erased is not sent, nor shown.
    assert (await shown(alice, card, BEFORE)).mode in {"RGB", "L"}


async def test_a_mask_is_turned_with_its_picture(world: World, alice: Actor) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = world.folder / "turned.jpg"
    decoded(photo()).save(path, exif=exif)
    # As the member saw the picture: upright.
    mask = Upload("mask.png", painted(240, 320, box=(60, 80, 180, 240)))
    image = Upload("turned.jpg", path.read_bytes())
    card = await world.made(alice, command="edit", image=image, mask=mask)

    assert (await shown(alice, card, BEFORE)).size == (240, 320)
    assert (await shown(alice, card, MASK)).size == (240, 320)
    inside, outside = await changes(alice, card)
    assert outside < UNTOUCHED < inside / 2


def flat(colour: int | tuple[int, int, int], mode: str = "L") -> bytes:
    return encoded(Image.new(mode, (320, 240), colour), "PNG")


@pytest.mark.parametrize(
    ("mask", "sentence"),
    [
        (painted(200, 150, box=(50, 50, 90, 90)), "The mask is 200 x 150 pixels and the picture"),
        (flat(0), "The mask marks nothing."),
        (flat(255), "The whole picture is marked to change."),
        (photo(), "The mask is not black and white."),
        (b"no picture", "Mask: The file is not a picture."),
        (None, "Nothing says what is to change."),
    ],
    ids=["size", "empty", "full", "coloured", "broken", "missing"],
)
async def test_a_mask_that_cannot_be_used_is_explained_and_costs_nothing(
    world: World, alice: Actor, mask: bytes | None, sentence: str
) -> None:
    works = len(world.providers.fal.works)
    given: dict[str, Any] = (
        {"leave_out": ["mask"]} if mask is None else {"mask": Upload("mask.png", mask)}
    )
    shot = await world.remix(alice, command="edit", **given)
    card = await world.ended(shot)

    assert sentence in text_of(card)
    assert "Nothing was charged." in text_of(card)
    assert card.media() == []
    assert (world.used(alice), len(world.providers.fal.works)) == (0, works)


async def test_a_mask_whose_link_died_is_named(world: World, alice: Actor) -> None:
    shot = await world.remix(alice, command="edit")
    await world.shown(shot)
    gone = world.discord.faults.add(
        path="/ephemeral-attachments/.*mask", status=404, body={}, times=3
    )
    failed = await world.ended(await world.remix(alice, command="edit"))

    assert gone.hit.is_set()
    assert "The mask is not there any more." in text_of(failed)
    assert card_of(shot).media() != []
    assert world.used(alice) == 5
