"""Another backend steps in where one is out of order, and what was withheld is accounted for."""

from __future__ import annotations

import json

import pytest

from sandbox.discord import Actor
from tests.e2e.cards import AFTER, BEFORE, MASK, labels, pictures, said, text_of
from tests.e2e.world import World

DOWN = {"detail": "out of order"}


async def test_the_card_says_which_other_backend_made_it_and_why(own_world: World) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot(FALLBACK="true")
    world.providers.fal.faults.add(method="POST", path="/remix$", status=403, body=DOWN)
    shot = await world.remix(alice, strength=40)
    card = await world.shown(shot)
    job = await world.closed(shot)

    maker = json.loads(job["results"])["backend"]
    assert maker not in {None, "fal-v2a"}
    assert f"Made by {maker}, because fal-v2a was out of order." in text_of(card)
    assert f"**{maker}** · strength **40**" in text_of(card)
    # Never dearer than what was chosen.
    assert world.used(alice) <= 4
    assert len(pictures(card, BEFORE)) == 1
    # The buttons are of what was chosen.
    assert labels(card)[:3] == ["Re-roll", "Closer 55", "Bolder 25"]


@pytest.mark.parametrize(
    ("backend", "trigger", "works"),
    [("fal-v2a", "locked", "runware-v2, ideogram-v2,"), ("ideogram-v2", "broke", "fal-v2a,")],
)
async def test_members_are_told_what_works_instead_of_what_is_out_of_order(
    own_world: World, backend: str, trigger: str, works: str
) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot()
    shot = await world.remix(alice, f"a harbour __{trigger}__", backend=backend)
    failed = await world.ended(shot)
    assert "whoever runs the bot was told" in text_of(failed)
    assert "Nothing was charged." in text_of(failed)

    for refused in (
        await world.remix(alice, backend=backend),
        await world.press(alice, failed, "Try again"),
    ):
        assert f"{backend} is out of order just now; these work: {works}" in said(refused)
    offered = await alice.autocomplete(world.channel, "remix", focused="backend", value=backend)
    assert [choice["value"] for choice in offered] == []
    assert (len(world.jobs_of(alice)), world.used(alice)) == (1, 0)


async def test_a_member_is_told_when_flagged_pictures_are_charged(
    world: World, alice: Actor
) -> None:
    prompt = "a harbour __unsafe__"
    for _ in range(3):
        free = await world.ended(await world.remix(alice, prompt, backend="ideogram-v2-turbo"))
        assert "Nothing was charged." in text_of(free)
    shot = await world.remix(alice, prompt, backend="ideogram-v2-turbo")
    charged = await world.ended(shot)

    assert "your refunds for that are used up for today" in text_of(charged)
    assert "Charged: 5 credits." in text_of(charged)
    assert "harbour" not in text_of(charged)
    assert (await world.closed(shot))["settled"] == world.used(alice) == 5
    assert "failed, 5 credits" in await world.credits(alice)

    mixed = "a harbour __mixed__"
    shot = await world.remix(alice, mixed, backend="ideogram-v2-turbo", count=4)
    card = await world.shown(shot)
    job = await world.closed(shot)
    came = len(pictures(card, AFTER))
    assert f"{came} of 4 pictures came." in text_of(card)
    assert f"are used up: {4 - came}." in text_of(card)
    assert (job["settled"], len(pictures(card, MASK))) == (20, 0)
