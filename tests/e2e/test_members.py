from __future__ import annotations

import asyncio

from sandbox.discord import Actor, Answer
from sandbox.discord.sessions import Intent
from tests.e2e.cards import said, text_of
from tests.e2e.world import World


async def test_a_click_by_another_member_is_their_own_remix(
    world: World, alice: Actor, bob: Actor
) -> None:
    card = await world.made(alice)
    edits = card.edits
    shot = await world.press(bob, card, "Re-roll")
    other = await world.shown(shot)
    assert other is not card
    assert card.edits == edits
    assert f"<@{bob.id}>" in text_of(other)
    assert (world.used(alice), world.used(bob)) == (4, 4)
    assert world.job(shot)["user_id"] == bob.id


async def test_a_form_opened_by_another_member_is_on_their_quota(
    world: World, alice: Actor, bob: Actor
) -> None:
    card = await world.made(alice)
    opened = await world.press(bob, card, "Edit")
    shot = await (await bob.submit(opened, {"prompt": "the harbour, by bob"})).answered()
    await world.shown(shot)
    assert (world.used(alice), world.used(bob)) == (4, 4)


async def test_a_double_click_is_one_remix(world: World, alice: Actor, bob: Actor) -> None:
    card = await world.made(alice)
    clicks = [await alice.click(card, "Re-roll") for _ in range(3)]
    await asyncio.gather(*(click.answered() for click in clicks))
    theirs = await world.press(bob, card, "Re-roll")
    answers = sorted(click.response_type or 0 for click in clicks)
    assert answers == [Answer.MESSAGE, Answer.DEFER_UPDATE, Answer.DEFER_UPDATE]
    await world.shown(theirs)
    assert len(world.jobs_of(alice)) == 2
    assert world.used(alice) == 8


async def test_an_event_that_comes_twice_is_one_remix(world: World, alice: Actor) -> None:
    shot = await world.order(alice)
    for _ in range(3):
        world.discord.gateway.dispatch(
            "INTERACTION_CREATE",
            shot.payload(),
            guild_id=world.guild.id,
            needs=Intent.NONE,
        )
    await world.shown(await shot.answered())
    late = len(world.lines)
    world.discord.gateway.dispatch(
        "INTERACTION_CREATE", shot.payload(), guild_id=world.guild.id, needs=Intent.NONE
    )
    # Whatever the bot does with the late event, it has done before it answers the next.
    await world.credits(alice)
    assert len(world.jobs_of(alice)) == 1
    assert world.used(alice) == 4
    assert "job.reserved" not in "\n".join(world.lines[late:])


async def test_another_servers_buttons_lead_nowhere(world: World, alice: Actor) -> None:
    card = await world.made(alice)
    elsewhere = world.discord.add_guild("Elsewhere")
    room = elsewhere.add_channel("remix")
    guest = elsewhere.add_member(alice.user)
    there = await world.made(guest, channel=room)
    forged = card.buttons()[0].custom_id
    there.kept_components[0]["components"][-1]["components"][-1]["custom_id"] = forged
    shot = await world.press(guest, there, str(forged))
    assert "not known" in said(shot)
