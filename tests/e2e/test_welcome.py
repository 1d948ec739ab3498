"""The first five minutes: one welcome for each joining, and a button that opens the panel."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.discord import Message, Permission
from sandbox.discord.guilds import Guild
from sandbox.discord.permissions import BOT_DEFAULT
from tests.e2e.cards import card_of, labels, said, text_of
from tests.e2e.servers import Panel, execute
from tests.e2e.world import World

SET_UP = "Set up"


def uninvited(world: World, **options: Any) -> Guild:
    """A server with two channels that the bot is not in yet."""
    guild = world.discord.add_guild("Gallery", installed=False, **options)
    guild.add_channel("lobby")
    guild.add_channel("art")
    return guild


def welcomes(guild: Guild) -> list[Message]:
    """Where the bot has welcomed the server."""
    return [one for channel in guild.channels for one in channel.messages]


async def invited(world: World, guild: Guild) -> Message:
    """Invite the bot and wait for its welcome."""
    before = len(welcomes(guild))
    world.discord.invite_bot(guild)
    await world.until(lambda: len(welcomes(guild)) > before, "a welcome")
    return welcomes(guild)[-1]


async def test_a_welcome_opens_the_panel_for_those_who_may(world: World) -> None:
    guild = uninvited(world)
    guild.set_system_channel(guild.channels[1])
    role = guild.add_role("moderators", permissions=Permission.MANAGE_GUILD)
    moderator, member = guild.add_member("moderator", roles=[role]), guild.add_member("member")

    welcome = await invited(world, guild)
    mine = await world.press(moderator, welcome, SET_UP)
    theirs = await world.press(member, welcome, SET_UP)

    assert welcome.channel is guild.channels[1]
    assert "`/help` shows" in text_of(welcome)
    assert "Only who may manage the server" in said(theirs)
    panel = Panel(world, moderator, card_of(mine))
    assert panel.message.ephemeral
    await panel.press("finish")
    assert panel.note.startswith("Set up.")
    # Everybody's welcome stays as it is.
    assert labels(welcome) == [SET_UP]


async def test_it_goes_to_the_first_channel_where_the_bot_may_write(world: World) -> None:
    guild = uninvited(world)
    lobby, art = guild.channels
    guild.set_system_channel(lobby)
    world.discord.set_permissions(lobby, guild.bot_role, deny=Permission.SEND_MESSAGES)

    assert (await invited(world, guild)).channel is art


async def test_without_such_a_channel_the_owner_is_written_to(world: World) -> None:
    guild = uninvited(world, bot_permissions=BOT_DEFAULT & ~Permission.SEND_MESSAGES)
    world.discord.set_role_permissions(guild.everyone, Permission.VIEW_CHANNEL)

    world.discord.invite_bot(guild)
    await world.until(lambda: guild.owner.direct_messages, "a message to the owner")

    (message,) = guild.owner.direct_messages
    assert "moderators use `/settings` in `Gallery`" in text_of(message)
    assert labels(message) == ["Go to the server"]
    assert welcomes(guild) == []


async def test_an_owner_who_takes_no_messages_is_no_fault(world: World) -> None:
    guild = uninvited(world, bot_permissions=0)
    world.discord.set_role_permissions(guild.everyone, 0)
    guild.owner.user.takes_direct_messages = False

    world.discord.invite_bot(guild)

    await world.logged("welcome.refused", str(guild.id), "50007")
    assert guild.owner.direct_messages == []


async def test_restarts_outages_and_new_sessions_welcome_nobody_again(world: World) -> None:
    guild = uninvited(world)
    await invited(world, guild)
    # Discord would not notice a second message, so it must not be sent at all.
    world.discord.clock.advance(240)

    world.discord.outage(guild)
    world.discord.recover(guild)
    world.discord.drop_gateway(resumable=False)
    await world.restart()
    other = uninvited(world)
    await invited(world, other)

    assert len(welcomes(guild)) == 1
    # Removed and invited again, it is welcomed again.
    world.discord.remove_bot(guild)
    await world.logged("server.left", str(guild.id))
    await invited(world, guild)
    assert len(welcomes(guild)) == 2


async def test_servers_joined_while_the_bot_was_offline_are_welcomed_within_a_day(
    own_world: World,
) -> None:
    world = own_world
    await world.start_bot()
    await world.stop()
    late, recent = uninvited(world), uninvited(world)
    for guild in (late, recent):
        world.discord.invite_bot(guild)
    late.bot_member.joined -= timedelta(days=2)

    await world.start_bot()
    await world.until(lambda: welcomes(recent), "a welcome")

    assert welcomes(late) == []


async def test_servers_that_were_there_before_an_upgrade_are_not_welcomed(
    own_world: World,
) -> None:
    world = own_world
    await world.start_bot()
    await world.stop()
    # As a version left it that welcomed nobody.
    execute(world, "DELETE FROM facts WHERE name = 'welcomes_since'")
    guild = uninvited(world)
    world.discord.invite_bot(guild)

    await world.start_bot()
    later = uninvited(world)
    await invited(world, later)

    assert welcomes(guild) == []


async def test_a_server_that_the_operator_does_not_serve_is_not_welcomed(
    own_world: World,
) -> None:
    world = own_world
    await world.start_bot(ALLOWED_SERVERS=str(world.guild.id))
    guild = uninvited(world)
    world.discord.invite_bot(guild)

    shot = await world.use(guild.owner, "help", channel=guild.channels[0])

    assert "does not serve this server" in said(shot)
    assert welcomes(guild) == []
