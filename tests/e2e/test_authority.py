"""Who may moderate: on commands, components and forms alike, whatever comes and goes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from sandbox.discord import Actor, Channel, Message, Permission
from sandbox.discord.command_permissions import Rules
from tests.e2e import forged
from tests.e2e.cards import card_of, said, text_of
from tests.e2e.moderated import Moderated
from tests.e2e.world import World

REFUSAL = "Only who may manage the server can do that"


@dataclass(frozen=True, kw_only=True)
class Door:
    """A command of moderators, and what belongs to it."""

    command: str
    usage: str
    """A use of it that is answered with a message."""
    button: str
    """The custom id of a button of that message, or of one like it."""
    form: str | None = None
    """The custom id of a form that belongs to it."""


DOORS = [
    Door(command="quota", usage="quota history", button="quota-history:0:1:0"),
    Door(
        command="settings",
        usage="settings",
        button="remix-server:put:enabled:off",
        form="remix-server:sent:strength",
    ),
    Door(command="rules", usage="rules list", button="remix-rules:next:0"),
]
doors = pytest.mark.parametrize("door", DOORS, ids=[door.command for door in DOORS])


@pytest.fixture
def here(world: World) -> Moderated:
    return Moderated.open(world)


@pytest.fixture
def alice(here: Moderated) -> Actor:
    return here.guild.add_member("alice")


async def opened(here: Moderated, door: Door, who: Actor | None = None) -> Message:
    """Use a command; gives the message that answers."""
    return card_of(await here.use(door.usage, by=who))


async def pressed(who: Actor, message: Message, door: Door) -> str:
    """Press its button, whether the member sees it or not; gives what they read."""
    return text_of(card_of(await forged.press(who, message, door.button)))


async def sent(who: Actor, message: Message, door: Door, value: str) -> str:
    """Send its form, or press its button where it has none; gives what the member reads."""
    shot = await forged.press(who, message, door.button)
    if door.form is not None:
        shot = await forged.submit(who, shot, door.form, value)
    return text_of(card_of(shot))


@doors
async def test_a_member_without_rights_is_offered_no_command_and_none_is_done(
    here: Moderated, alice: Actor, door: Door
) -> None:
    with pytest.raises(ValueError, match=f"may not use {door.command}"):
        await here.use(door.usage, by=alice)
    before = here.moderated()

    shots = await forged.commands(alice, here.room, door.command, here.guild.add_role("artists"))

    assert shots
    for name, shot in shots:
        assert REFUSAL in said(shot), name
    assert here.moderated() == before


@doors
async def test_a_member_without_rights_is_refused_on_its_buttons_and_forms(
    here: Moderated, alice: Actor, door: Door
) -> None:
    message = await opened(here, door)
    before = here.moderated()

    assert REFUSAL in await pressed(alice, message, door)
    assert REFUSAL in await sent(alice, message, door, "10")
    assert here.moderated() == before


@doors
@pytest.mark.parametrize("by_role", [True, False], ids=["role", "user"])
async def test_whom_the_server_allows_a_command_may_use_all_of_it_until_it_takes_that_back(
    here: Moderated, door: Door, *, by_role: bool
) -> None:
    role = here.guild.add_role("helpers")
    alice = here.guild.add_member("alice", roles=[role])
    subject = role if by_role else alice
    discord = here.world.discord
    discord.restrict_command(here.guild, door.command, {subject: True})

    message = await opened(here, door, alice)
    assert REFUSAL not in await pressed(alice, message, door)
    assert REFUSAL not in await sent(alice, message, door, "10")

    discord.restrict_command(here.guild, door.command, {subject: False})
    # Events and interactions come in one order.
    assert REFUSAL in await pressed(alice, message, door)
    assert REFUSAL in await sent(alice, message, door, "20")


async def test_what_one_command_allows_is_no_right_to_another(
    here: Moderated, alice: Actor
) -> None:
    here.world.discord.restrict_command(here.guild, "rules", {alice: True})

    for door in DOORS:
        message = await opened(here, door)
        assert (REFUSAL in await pressed(alice, message, door)) == (door.command != "rules")


async def test_a_role_that_is_taken_away_counts_no_more(here: Moderated) -> None:
    role = here.guild.add_role("helpers")
    alice = here.guild.add_member("alice", roles=[role])
    here.world.discord.restrict_command(here.guild, "quota", {role: True})
    message = await opened(here, DOORS[0], alice)

    alice.set_roles([])

    assert REFUSAL in await pressed(alice, message, DOORS[0])


async def test_a_channel_that_is_denied_is_denied_with_its_threads(
    here: Moderated, alice: Actor
) -> None:
    other = here.guild.add_channel("other")
    thread = here.guild.add_thread(other, "a thread")
    message = await opened(here, DOORS[0])
    here.world.discord.restrict_command(here.guild, "quota", {alice: True, other: False})

    async def refused_in(channel: Channel) -> bool:
        (first, *_) = await forged.commands(alice, channel, "quota", here.guild.everyone)
        return REFUSAL in said(first[1])

    assert not await refused_in(here.room)
    assert await refused_in(other)
    assert await refused_in(thread)
    assert REFUSAL not in await pressed(alice, message, DOORS[0])


async def test_all_channels_can_be_denied_but_one(here: Moderated, alice: Actor) -> None:
    other = here.guild.add_channel("other")
    message = await opened(here, DOORS[0])
    rules: Rules = {alice: True, other: True}
    here.world.discord.restrict_command(here.guild, "quota", rules, all_channels=False)

    assert REFUSAL in await pressed(alice, message, DOORS[0])
    shot = await here.world.use(alice, "quota show", channel=other)
    assert REFUSAL not in said(shot)


async def test_what_is_said_of_all_commands_holds_where_one_says_nothing_else(
    here: Moderated, alice: Actor
) -> None:
    bob = here.guild.add_member("bob")
    message = await opened(here, DOORS[0])
    discord = here.world.discord

    discord.restrict_app(here.guild, {alice: True, bob: True})
    discord.restrict_command(here.guild, "quota", {bob: False})

    assert REFUSAL not in await pressed(alice, message, DOORS[0])
    assert REFUSAL in await pressed(bob, message, DOORS[0])
    discord.restrict_app(here.guild, {})
    assert REFUSAL in await pressed(alice, message, DOORS[0])


async def test_everyone_cannot_be_allowed_what_takes_manage_server(
    here: Moderated, alice: Actor
) -> None:
    message = await opened(here, DOORS[0])

    here.world.discord.restrict_command(here.guild, "quota", {here.guild.everyone: True})

    assert REFUSAL in await pressed(alice, message, DOORS[0])


@pytest.mark.parametrize("permission", [Permission.MANAGE_GUILD, Permission.ADMINISTRATOR])
async def test_who_may_manage_the_server_passes_until_that_role_is_taken_away(
    here: Moderated, permission: Permission
) -> None:
    role = here.guild.add_role("staff", permissions=permission)
    alice = here.guild.add_member("alice", roles=[role])
    message = await opened(here, DOORS[0], alice)
    assert REFUSAL not in await pressed(alice, message, DOORS[0])

    alice.set_roles([])

    assert REFUSAL in await pressed(alice, message, DOORS[0])


async def test_what_a_server_allows_holds_across_a_restart_and_what_changed_meanwhile_counts(
    here: Moderated, alice: Actor
) -> None:
    world, bob = here.world, here.guild.add_member("bob")
    world.discord.restrict_command(here.guild, "quota", {alice: True, bob: True})
    message = await opened(here, DOORS[0], alice)
    assert REFUSAL not in await pressed(bob, message, DOORS[0])

    await world.kill()
    world.discord.restrict_command(here.guild, "quota", {alice: True})
    await world.start_bot(**world.settings)

    assert REFUSAL not in await pressed(alice, message, DOORS[0])
    assert REFUSAL in await pressed(bob, message, DOORS[0])


async def test_what_changed_while_the_gateway_was_away_counts(
    here: Moderated, alice: Actor
) -> None:
    world = here.world
    world.discord.restrict_command(here.guild, "quota", {alice: True})
    message = await opened(here, DOORS[0], alice)

    world.discord.drop_gateway(resumable=False)
    world.discord.restrict_command(here.guild, "quota", {alice: False})
    await world.until(lambda: world.discord.gateway.ready, "a new session")

    assert REFUSAL in await pressed(alice, message, DOORS[0])


async def test_what_changes_while_discord_says_who_may_counts(
    here: Moderated, alice: Actor, world: World
) -> None:
    message = await opened(here, DOORS[0])
    world.discord.restrict_command(here.guild, "quota", {alice: True})
    said_before = asyncio.Event()
    slow = world.discord.faults.add(method="GET", path="/permissions$", hold=said_before)
    first = asyncio.create_task(pressed(alice, message, DOORS[0]))
    await world.reached(slow)

    world.discord.restrict_command(here.guild, "quota", {alice: False})
    await asyncio.sleep(0.2)  # the event has no answer that could be waited for
    said_before.set()
    await first

    assert REFUSAL in await pressed(alice, message, DOORS[0])


async def test_where_discord_does_not_say_who_may_the_member_is_told_in_time(
    here: Moderated, alice: Actor, world: World
) -> None:
    message = await opened(here, DOORS[0])
    world.discord.faults.add(method="GET", path="/permissions$", status=502, times=None)

    assert "Discord did not say who may do that" in await pressed(alice, message, DOORS[0])


async def test_only_the_moderator_sees_what_a_command_answers(
    here: Moderated, alice: Actor
) -> None:
    for door in DOORS:
        message = await opened(here, door)
        assert not message.visible_to(alice), door
