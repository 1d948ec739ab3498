from __future__ import annotations

import asyncio

import pytest

from bot.errors import TOO_WIDE
from bot.images import SENTENCES, Fault
from sandbox.discord import Actor, Invocation, Upload
from tests.e2e.cards import (
    BEFORE,
    card_of,
    decoded,
    encoded,
    labels,
    photo,
    pictures,
    said,
    text_of,
)
from tests.e2e.world import World
from tests.images.hostile import CASES

CHOSEN = (
    *("zero bytes", "one byte", "html", "zip", "svg", "gif, animated", "heic", "over 25 MB"),
    *("png cut at -13", "png claims 30000x30000", "png claims 65535x1", "png claims 0x0"),
    *("png bomb, 100 MP in 12 KB", "png, 40 MP in 5 KB", "png, zTXt bomb", "png and zip"),
    *("png claims more rows", "jpeg, starts without end", "jpeg, exif of endless entries"),
    *("jpeg, exif past its end", "jpeg, cmyk", "jpeg cut at -1", "webp, animated"),
    *("webp claims 2^24 squared", "webp cut, its lengths mended"),
)


async def outcome(world: World, member: Actor, shot: Invocation) -> str | None:
    """What the member reads, or None where a picture came."""
    card = card_of(shot)
    if not card.ephemeral:
        await world.until(lambda: "Delete" in labels(card), f"the end of {shot!r}")
        if card.media():
            decoded(await member.fetch(pictures(card, BEFORE)[0]))
            return None
        assert "Nothing was charged." in text_of(card)
    assert world.used(member) == 0
    return text_of(card)


async def test_hostile_files_end_in_a_sentence_or_a_picture(world: World) -> None:
    cases = [case for case in CASES if case.name in CHOSEN]
    assert len(cases) == len(CHOSEN)
    boosted = world.discord.add_guild("Boosted")
    boosted.file_limit = 50 * 1024 * 1024
    room = boosted.add_channel("remix")
    # Under a name that promises a picture, each from somebody else.
    sent: list[tuple[Actor, Invocation]] = []
    for case in cases:
        member, image = boosted.add_member(case.name), Upload("holiday.png", case.build())
        sent.append((member, await world.remix(member, image=image, channel=room)))
    # Meanwhile the bot answers others.
    await world.credits(world.member())
    ends = await asyncio.gather(*(outcome(world, member, shot) for member, shot in sent))
    for case, end in zip(cases, ends, strict=True):
        if isinstance(case.expected, Fault):
            # What Discord says of the size in pixels may have told enough.
            assert end is not None, case.name
            assert SENTENCES[case.expected] in end or end == TOO_WIDE, case.name
        elif case.name == "png claims more rows":
            assert end == TOO_WIDE
        else:
            assert end is None, case.name


@pytest.mark.parametrize("size", [(310, 100), (100, 310)])
async def test_a_source_that_is_too_wide_or_tall_is_refused_before_any_charge(
    world: World, alice: Actor, size: tuple[int, int]
) -> None:
    shot = await world.remix(alice, image=Upload("long.jpg", photo(*size)))
    assert said(shot) == TOO_WIDE
    assert world.jobs_of(alice) == []
    await world.made(alice, image=Upload("just.jpg", photo(300, 100)))


async def test_a_shape_that_only_the_file_tells_is_refused_before_the_purchase(
    world: World, alice: Actor
) -> None:
    works = len(world.providers.fal.works)
    # Discord tells the size as it is stored; by its EXIF this one is wider than it is stored.
    stored = decoded(photo(100, 310))
    exif = stored.getexif()
    exif[0x0112] = 6
    turned = world.folder / "turned.jpg"
    stored.save(turned, "JPEG", exif=exif)
    image = Upload("turned.jpg", turned.read_bytes())
    assert said(await world.remix(alice, image=image)) == TOO_WIDE
    # Of this one it tells nothing at all.
    blind = Upload("blind.png", encoded(decoded(photo(310, 100)), "PNG"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Upload, "dimensions", lambda _: None)
        card = await world.ended(await world.remix(alice, image=blind))
    assert TOO_WIDE in text_of(card)
    assert (world.used(alice), len(world.providers.fal.works)) == (0, works)


async def test_a_source_whose_link_died_is_refunded_with_a_sentence(
    world: World, alice: Actor
) -> None:
    world.discord.faults.add(path="/ephemeral-attachments/", status=404, times=None)
    shot = await world.remix(alice)
    card = await world.ended(shot)
    assert "The picture is not there any more." in text_of(card)
    assert world.used(alice) == 0


async def test_a_source_that_stumbles_is_read_again(world: World, alice: Actor) -> None:
    world.discord.faults.add(path="/ephemeral-attachments/", cut=100)
    await world.made(alice)
    assert world.used(alice) == 4


async def test_a_picture_with_another_ending_is_taken_for_what_it_is(
    world: World, alice: Actor
) -> None:
    png = encoded(decoded(photo()), "PNG")
    shot = await world.remix(alice, image=Upload("notes.txt", png, "text/plain"))
    card = await world.shown(shot)
    assert decoded(await alice.fetch(pictures(card, BEFORE)[0])).format == "PNG"
