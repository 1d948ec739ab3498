"""Who is offered which command: entries of commands and of the application, and defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord
import pytest
from discord import app_commands

from sandbox.discord import Actor, Channel, CommandType, DiscordSandbox, Guild, Permission, Role
from tests.sandbox.discord.bots import Bot
from tests.sandbox.discord.conftest import code_of

OPEN, GUARDED = "quota", "audit"


@pytest.fixture(autouse=True)
def registered(place: DiscordSandbox) -> None:
    """The commands are there, and nobody is connected who would answer."""
    tree = Bot().tree
    kinds = discord.AppCommandType
    commands = [c.to_dict(tree) for kind in kinds for c in tree.get_commands(type=kind)]
    place.world.commands.overwrite(None, commands)


@pytest.fixture
def artists(guild: Guild) -> Role:
    return guild.add_role("artists")


@pytest.fixture
def ann(guild: Guild, artists: Role) -> Actor:
    return guild.add_member("Ann", roles=[artists])


@pytest.fixture
def mona(guild: Guild) -> Actor:
    mods = guild.add_role("mods", permissions=Permission.MANAGE_GUILD)
    return guild.add_member("Mona", roles=[mods])


def offered(place: DiscordSandbox, who: Actor, channel: Channel, name: str) -> bool:
    command = place.world.commands.find(who.guild, CommandType.CHAT_INPUT, name)
    try:
        place.world.commands.check_offered(command, who, channel)
    except ValueError:
        return False
    return True


async def test_the_apps_entries_hold_for_every_command(
    place: DiscordSandbox, guild: Guild, channel: Channel, artists: Role, ann: Actor, alice: Actor
) -> None:
    place.restrict_app(guild, {guild.everyone: False, artists: True})

    assert [offered(place, who, channel, OPEN) for who in (ann, alice)] == [True, False]
    assert [offered(place, who, channel, GUARDED) for who in (ann, alice)] == [True, False]
    assert offered(place, guild.owner, channel, GUARDED)


async def test_a_commands_entries_replace_only_those_about_the_same(
    place: DiscordSandbox,
    guild: Guild,
    channel: Channel,
    artists: Role,
    ann: Actor,
    alice: Actor,
    bob: Actor,
) -> None:
    studio = guild.add_channel("studio")
    place.restrict_app(guild, {artists: True, guild.everyone: False, studio: False})
    place.restrict_command(guild, OPEN, {alice: True, studio: True})

    assert [offered(place, who, channel, OPEN) for who in (ann, alice, bob)] == [True, True, False]
    assert [offered(place, who, channel, GUARDED) for who in (ann, alice)] == [True, False]
    assert [offered(place, ann, studio, name) for name in (OPEN, GUARDED)] == [True, False]


async def test_an_allowed_everyone_leaves_a_command_to_its_default_permissions(
    place: DiscordSandbox, guild: Guild, channel: Channel, alice: Actor, mona: Actor
) -> None:
    place.restrict_command(guild, GUARDED, {guild.everyone: True})
    assert [offered(place, who, channel, GUARDED) for who in (alice, mona)] == [False, True]

    place.restrict_command(guild, GUARDED, {guild.everyone: False})
    assert [offered(place, who, channel, GUARDED) for who in (alice, mona)] == [False, False]
    assert offered(place, guild.owner, channel, GUARDED)


async def test_one_role_that_allows_is_enough_and_the_user_goes_first(
    place: DiscordSandbox, guild: Guild, channel: Channel, artists: Role, ann: Actor
) -> None:
    muted = guild.add_role("muted")
    ann.set_roles([artists, muted])
    place.restrict_command(guild, GUARDED, {artists: True, muted: False})
    assert offered(place, ann, channel, GUARDED)

    place.restrict_command(guild, GUARDED, {artists: True, ann: False})
    assert not offered(place, ann, channel, GUARDED)


async def test_all_channels_can_be_shut_but_some(
    place: DiscordSandbox, guild: Guild, channel: Channel, alice: Actor
) -> None:
    studio = guild.add_channel("studio")
    forum = guild.add_forum("gallery")
    place.restrict_app(guild, {studio: True, forum: True}, all_channels=False)

    assert not offered(place, alice, channel, OPEN)
    for where in (studio, guild.add_thread(studio, "talk"), guild.add_post(forum, "My cat")):
        assert offered(place, alice, where, OPEN)


async def test_clearing_syncs_a_command_with_the_app_again(
    place: DiscordSandbox, guild: Guild, channel: Channel, alice: Actor
) -> None:
    place.restrict_app(guild, {guild.everyone: False})
    place.restrict_command(guild, OPEN, {alice: True})
    assert offered(place, alice, channel, OPEN)

    place.clear_command(guild, OPEN)
    assert not offered(place, alice, channel, OPEN)
    place.restrict_app(guild, {})

    assert offered(place, alice, channel, OPEN)
    assert place.world.commands.permissions.listed(guild.id) == []


async def test_menus_are_restricted_too(
    place: DiscordSandbox, guild: Guild, channel: Channel, alice: Actor, bob: Actor, bot: Bot
) -> None:
    place.restrict_command(guild, "Show quota", {bob: False}, kind=CommandType.USER)

    with pytest.raises(ValueError, match="may not use Show quota"):
        await bob.menu(channel, "Show quota", alice)
    await alice.menu(channel, "Show quota", bob)


Act = Callable[[DiscordSandbox, Guild, Role], None]


@pytest.mark.parametrize(
    ("act", "left"),
    [
        (lambda place, guild, role: place.restrict_app(guild, {role: True}), [True]),
        (lambda place, guild, role: place.restrict_command(guild, OPEN, {role: False}), [False]),
        (lambda place, guild, role: place.clear_command(guild, OPEN), []),
    ],
)
async def test_changes_are_told_to_the_bot(
    place: DiscordSandbox, guild: Guild, artists: Role, bot: Bot, act: Act, left: list[bool]
) -> None:
    waiting = bot.wait_for("raw_app_command_permissions_update", timeout=5)

    act(place, guild, artists)

    heard = await waiting
    ids = {command.id for command in bot.synced if command.name == OPEN} | {place.bot.id}
    assert heard.guild.id == guild.id
    assert heard.target_id in ids
    assert [entry.permission for entry in heard.permissions] == left


async def test_the_bot_reads_what_was_set(
    place: DiscordSandbox, guild: Guild, channel: Channel, artists: Role, bot: Bot
) -> None:
    place.restrict_app(guild, {artists: True}, all_channels=False)
    place.restrict_command(guild, GUARDED, {channel: True})
    guarded = next(command for command in bot.synced if command.name == GUARDED)

    listed = await bot.http.get_guild_application_command_permissions(place.bot.id, guild.id)
    one = await guarded.fetch_permissions(discord.Object(guild.id))

    by_id: dict[Any, Any] = {entry["id"]: entry["permissions"] for entry in listed}
    assert set(by_id) == {str(place.bot.id), str(guarded.id)}
    assert by_id[str(place.bot.id)] == [
        {"id": str(artists.id), "type": 1, "permission": True},
        {"id": str(guild.id - 1), "type": 3, "permission": False},
    ]
    assert [(entry.id, entry.permission) for entry in one.permissions] == [(channel.id, True)]


async def test_permissions_that_nobody_set_are_unknown(guild: Guild, bot: Bot) -> None:
    command = bot.synced[0]
    assert isinstance(command, app_commands.AppCommand)

    with pytest.raises(discord.NotFound) as error:
        await command.fetch_permissions(discord.Object(guild.id))

    assert code_of(error) == (404, 10066)
