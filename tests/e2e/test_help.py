"""/help: what a member can do here, and for moderators the rest."""

from __future__ import annotations

import pytest

from sandbox.discord import Actor, Permission
from tests.e2e.cards import said
from tests.e2e.servers import Server
from tests.e2e.world import World


@pytest.fixture
def server(world: World) -> Server:
    return Server.found(world)


async def helped(server: Server, member: Actor | None = None) -> str:
    """Use /help in the server's channel."""
    return said(await server.world.use(member or server.member, "help", channel=server.room))


async def test_a_member_reads_what_they_can_do_and_nothing_of_moderators(server: Server) -> None:
    await server.world.made(server.member, channel=server.room)

    text = await helped(server)

    for command in ("remix", "generate", "edit", "reframe", "credits", "consent", "privacy"):
        assert f"`/{command}` " in text
    assert "You have **396 credits** left; they renew <t:" in text
    assert "by `/remix`: fal-v2a 4, fal-v3 6" in text
    assert "⚠️" not in text
    for command in ("settings", "quota", "rules"):
        assert f"/{command}" not in text


async def test_a_moderator_reads_the_rest(server: Server) -> None:
    log, role = server.guild.add_channel("mod-log"), server.guild.bot_role
    text = await helped(server, server.moderator)
    assert "`/settings` Set where" in text
    assert "Set-up is not finished" in text
    assert "No log channel is set" in text

    panel = await server.panel()
    await panel.pick("channels", "log_channel", values=[log])
    await panel.press("finish")
    server.world.discord.set_permissions(log, role, deny=Permission.SEND_MESSAGES)
    server.world.discord.set_permissions(server.room, role, deny=Permission.ATTACH_FILES)
    text = await helped(server, server.moderator)

    assert "Set-up" not in text
    assert "No log channel" not in text
    assert f"In <#{log.id}> the bot lacks Send Messages." in text
    assert f"In <#{server.room.id}> the bot lacks Attach Files." in text


async def test_whom_a_server_allows_one_command_reads_of_that_one(server: Server) -> None:
    helpers = server.guild.add_role("helpers")
    helper = server.guild.add_member("helper", roles=[helpers])
    server.world.discord.restrict_command(server.guild, "settings", {helpers: True})

    text = await helped(server, helper)

    assert "`/settings`" in text
    assert "`/quota`" not in text


async def test_help_works_where_the_bot_does_not_and_says_why(server: Server) -> None:
    world, panel = server.world, await server.panel()
    other = server.guild.add_channel("art")
    world.discord.set_permissions(server.room, server.guild.bot_role, deny=Permission.ATTACH_FILES)
    await panel.pick("channels", "channels", values=[other])
    barred = await helped(server)
    await panel.press("put", "enabled", "off")
    off = await helped(server)

    assert f"may not be used in this channel. It may in: <#{other.id}>" in barred
    assert "In this channel the bot lacks the permission Attach Files." in barred
    assert "switched off in this server" in off


async def test_a_suspended_member_is_helped_too(server: Server) -> None:
    await server.world.use(
        server.moderator, "quota suspend", channel=server.room, member=server.member
    )

    assert "suspended you from the bot here" in await helped(server)


async def test_commands_without_a_backend_are_left_out(server: Server) -> None:
    panel = await server.panel()
    await panel.pick("backends", "backends", "0", values=["runware-v2"])

    text = await helped(server)

    assert "`/remix` " in text
    assert "by `/remix`: runware-v2 8." in text
    assert "/generate" not in text
    assert "/reframe" not in text


async def test_help_comes_in_time_though_discord_does_not_say_who_may_moderate(
    server: Server,
) -> None:
    server.world.discord.faults.add(method="GET", path="/permissions$", status=502, times=None)

    assert "What you can do here" in await helped(server)
