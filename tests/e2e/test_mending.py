"""Stops in the middle, work that waits or will not stop, and offers and commands out of date."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.discord import Actor, Channel, Invocation, Upload
from sandbox.discord import cdn as discord_cdn
from tests.e2e.cards import AFTER, card_of, labels, pictures, said, text_of
from tests.e2e.world import World

NO_ROOM = "no room just now"
NOT_STOPPED = "could not be stopped"
CHANGED = "This command has changed."


@pytest.fixture
def room(world: World) -> Channel:
    """A channel of the test's own."""
    return world.guild.add_channel("room")


async def stopped_while_reading(
    world: World, member: Actor, room: Channel, **options: Any
) -> Invocation:
    """Stop the bot while it reads a source; the interaction dies before the next start."""
    sources = f"^/ephemeral-attachments/{room.id}/"
    reading = world.cut_off(world.discord.faults, carried_out=False, path=sources)
    shot = await world.remix(member, channel=room, **options)
    await world.reached(reading)
    assert await world.stop() < 8
    assert world.job(shot)["state"] == "queued"
    world.discord.expire_token(shot)
    world.release()
    return shot


async def test_a_remix_stopped_while_its_source_is_read_is_made_after_its_token_has_died(
    world: World, alice: Actor, room: Channel
) -> None:
    shot = await stopped_while_reading(world, alice, room)
    await world.start_bot()
    card = await world.shown(shot)
    assert room.messages == [card]
    assert len(pictures(card, AFTER)) == 1
    assert "Remixing" not in text_of(card)
    assert world.used(alice) == 4


async def test_a_remix_stopped_while_its_source_is_read_says_on_its_card_that_that_is_none(
    world: World, alice: Actor, room: Channel
) -> None:
    shot = await stopped_while_reading(world, alice, room, image=Upload("photo.jpg", b"no picture"))
    await world.start_bot()
    card = await world.ended(shot)
    assert room.messages == [card]
    assert "The file is not a picture." in text_of(card)
    assert "Remixing" not in text_of(card)
    assert world.used(alice) == 0


async def test_a_stop_does_not_wait_for_news_that_hang(
    world: World, alice: Actor, room: Channel
) -> None:
    world.providers.fal.queue_gate.clear()
    shot = await world.remix(alice, channel=room)
    original = f"/{shot.token}/messages/@original$"
    telling = world.cut_off(world.discord.faults, carried_out=False, method="PATCH", path=original)
    await world.reached(telling)
    assert world.job(shot)["state"] == "running"
    assert await world.stop() < 8
    world.release()
    await world.start_bot()
    card = await world.shown(shot)
    assert room.messages == [card]
    assert world.used(alice) == 4


async def test_a_job_that_waits_for_a_place_says_so_until_it_has_one(world: World) -> None:
    ideogram = world.providers.ideogram
    ideogram.gate.clear()
    # Two pictures each: together all ten places.
    first = [await world.remix(world.member(), backend="ideogram-v2", count=2) for _ in range(5)]
    for shot in first:
        await world.until(lambda shot=shot: world.job(shot)["state"] == "submitting", "its place")
    waiting = await world.remix(world.member(), backend="ideogram-v2")
    card = card_of(waiting)
    assert labels(card) == []
    await world.until(lambda: NO_ROOM in text_of(card), "news of the wait")
    assert labels(card) == ["Cancel"]
    assert world.job(waiting)["state"] == "queued"

    held = world.event()
    submit = ideogram.faults.add(method="POST", path="/remix$", hold_before=held)
    ideogram.gate.set()
    await world.reached(submit)
    await world.until(lambda: NO_ROOM not in text_of(card), "news of the place")
    assert world.job(waiting)["state"] == "submitting"
    assert labels(card) == []
    assert card.media() == []
    held.set()
    for shot in (*first, waiting):
        await world.shown(shot)
    assert world.used(waiting.member) == 8


async def test_work_that_fal_does_not_stop_says_so_and_is_shown_and_charged(
    world: World, alice: Actor
) -> None:
    fal = world.providers.fal
    fal.gate.clear()
    refusal = {"status": "ALREADY_COMPLETED"}
    asked = fal.faults.add(method="PUT", path="/cancel$", status=400, body=refusal)
    shot = await world.remix(alice)
    await world.until(lambda: world.job(shot).get("state") == "running", "fal's acceptance")
    card = card_of(shot)
    await world.press(alice, card, "Cancel")
    await world.reached(asked)
    await world.until(lambda: NOT_STOPPED in text_of(card), "news of the refusal")
    assert labels(card) == []
    assert world.job(shot)["state"] == "running"
    fal.gate.set()
    await world.shown(shot)
    assert NOT_STOPPED not in text_of(card)
    job = await world.closed(shot)
    assert (job["state"], job["settled"], world.used(alice)) == ("succeeded", 4, 4)


async def test_a_quote_whose_source_has_expired_is_not_started(
    world: World, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = len(world.providers.fal.works)
    # The bot reads the end of a link from the link, by its own clock: this one is long over.
    monkeypatch.setattr(discord_cdn, "EPHEMERAL_LINK_SECONDS", -24 * 3600)
    quote = await world.remix(alice, backend="fal-v3", count=4)
    assert labels(card_of(quote)) == ["Start"]
    asked = len(world.discord.requests)
    started = await world.press(alice, card_of(quote), "Start")
    assert said(started) == "The picture is not there any more. Send it again."
    assert world.jobs_of(alice) == []
    assert (world.used(alice), len(world.providers.fal.works)) == (0, works)
    assert not any("attachments" in one.path for one in world.discord.requests[asked:])


@pytest.mark.parametrize("outdated", ["command", "option"])
async def test_an_outdated_command_is_answered_with_a_sentence(
    world: World, alice: Actor, monkeypatch: pytest.MonkeyPatch, outdated: str
) -> None:
    # As a client has them that another version of the bot gave its commands.
    commands = {command["name"]: command for command in world.discord.world.commands.listed()}
    if outdated == "command":
        commands["blend"] = {**commands["credits"], "id": "1", "name": "blend"}
        name = "blend"
    else:
        commands["remix"]["options"] = []
        name = "remix"
    registered = {None: list(commands.values())}
    monkeypatch.setattr(world.discord.world.commands, "_by_scope", registered)
    async with asyncio.timeout(10):
        shot = await (await alice.slash(world.channel, name)).answered()
    assert said(shot).startswith(CHANGED)
    await world.logged("command.outdated")
    assert world.jobs_of(alice) == []
