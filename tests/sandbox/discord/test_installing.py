"""The bot joins servers, leaves them, and lives through their outages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest

from sandbox.discord import Actor, DiscordSandbox, Guild
from tests.sandbox.discord.bots import Bot, Runner, button, call, card, row
from tests.sandbox.discord.conftest import code_of


async def ask(guild: Guild, who: Actor | None = None) -> Any:
    """Somebody uses a command there."""
    channel = guild.channels[0]
    return await (who or guild.owner).slash(channel, "quota set", role=guild.everyone, credits_=1)


async def test_an_invited_bot_joins(place: DiscordSandbox, guild: Guild, bot: Bot) -> None:
    fresh = place.add_guild("Fresh", installed=False)
    fresh.bot_member.joined -= timedelta(days=9)
    hall = fresh.add_channel("hall")
    fresh.set_system_channel(hall)
    with pytest.raises(ValueError, match="the bot is not in Fresh"):
        await ask(fresh)
    waiting = bot.wait_for("guild_join", timeout=5)

    place.invite_bot(fresh)

    joined = await waiting
    assert (joined.id, joined.owner_id) == (fresh.id, fresh.owner.id)
    assert joined.system_channel is not None
    assert joined.system_channel.id == hall.id
    assert joined.system_channel.permissions_for(joined.me).send_messages
    assert joined.me.joined_at is not None
    assert (datetime.now(UTC) - joined.me.joined_at).total_seconds() < 60
    await ask(fresh)
    assert (await bot.taken()).guild_id == fresh.id


async def test_nothing_is_told_of_servers_without_the_bot(
    place: DiscordSandbox, guild: Guild, bot: Bot
) -> None:
    other = place.add_guild("Other", installed=False)
    other.add_channel("hall")
    other.add_role("mods")

    guild.add_channel("after")
    await bot.wait_for("guild_channel_create", timeout=5)

    assert [found.id for found in bot.guilds] == [guild.id]
    sent = {name for session in place.gateway.live for _, name, _ in session.log}
    assert "GUILD_ROLE_CREATE" not in sent


async def test_a_bot_that_was_offline_finds_the_server_when_it_starts(
    place: DiscordSandbox, guild: Guild, bots: Runner
) -> None:
    fresh = place.add_guild("Fresh", installed=False)
    bot = await bots.start()
    await bots.stop(bot)
    await place.offline(5)
    place.invite_bot(fresh)

    second = await bots.start()

    assert {found.id for found in second.guilds} == {guild.id, fresh.id}


async def test_a_server_may_be_of_a_known_user(
    place: DiscordSandbox, alice: Actor, bot: Bot
) -> None:
    waiting = bot.wait_for("guild_join", timeout=5)

    second = place.add_guild("Second", owner=alice.user)

    assert (await waiting).owner_id == alice.id
    assert second.owner.user is alice.user


async def test_owner_and_system_channel_change(guild: Guild, alice: Actor, bot: Bot) -> None:
    channel = guild.add_channel("hall")

    guild.set_owner(alice)
    guild.set_system_channel(channel)
    await bot.wait_for("guild_update", timeout=5)
    fetched = await bot.fetch_guild(guild.id)

    assert (fetched.owner_id, fetched._system_channel_id) == (alice.id, channel.id)
    assert alice.guild_permissions > guild.everyone.permissions
    assert channel.id in [found.id for found in await fetched.fetch_channels()]


async def test_rest_is_closed_after_the_bot_was_removed(
    place: DiscordSandbox, guild: Guild, alice: Actor, bot: Bot
) -> None:
    channel = guild.add_channel("hall")
    place.restrict_command(guild, "audit", {guild.everyone: False})
    waiting = bot.wait_for("guild_remove", timeout=5)

    place.remove_bot(guild)
    await waiting

    application = f"/applications/{place.bot.id}/guilds/{guild.id}/commands"
    for path, code in (
        (f"/channels/{channel.id}", 50001),
        (f"/channels/{channel.id}/messages", 50001),
        (f"/guilds/{guild.id}", 10004),
        (f"/guilds/{guild.id}/roles", 10004),
        (f"/guilds/{guild.id}/channels", 10004),
        (f"/guilds/{guild.id}/members/{alice.id}", 10004),
        (f"{application}/permissions", 50001),
        (application, 50001),
    ):
        with pytest.raises(discord.HTTPException) as error:
            await call(bot, "GET", path)
        assert error.value.code == code
    with pytest.raises(ValueError, match="not in Art"):
        await ask(guild)
    place.invite_bot(guild)
    assert place.world.commands.permissions.listed(guild.id) == []


async def test_an_outage_is_no_removal(place: DiscordSandbox, guild: Guild, bot: Bot) -> None:
    guild.add_channel("hall")
    removed: list[discord.Guild] = []

    async def on_guild_remove(gone: discord.Guild) -> None:
        removed.append(gone)

    bot.event(on_guild_remove)
    waiting = bot.wait_for("guild_unavailable", timeout=5)
    place.outage(guild)
    assert (await waiting).id == guild.id
    with pytest.raises(ValueError, match="has an outage"):
        await ask(guild)
    panel = await bot.get_partial_messageable(guild.channels[0].id).send(
        view=card(row(button("Go", "go")))
    )
    with pytest.raises(ValueError, match="has an outage"):
        await guild.owner.click(place.world.messages[panel.id], "Go")
    late = guild.add_channel("late")
    waiting = bot.wait_for("guild_available", timeout=5)

    place.recover(guild)

    back = await waiting
    assert back.get_channel(late.id) is not None
    assert removed == []
    await ask(guild)
    await bot.taken()


async def test_a_bot_that_starts_during_an_outage_gets_the_server_later(
    place: DiscordSandbox, guild: Guild, bots: Runner
) -> None:
    place.outage(guild)
    bot = await bots.start()
    found = bot.get_guild(guild.id)
    assert found is not None
    assert found.unavailable
    waiting = bot.wait_for("guild_available", timeout=5)

    place.recover(guild)

    assert (await waiting).name == "Art"


async def test_the_bot_can_fetch_where_it_is(guild: Guild, bot: Bot) -> None:
    fetched = await bot.fetch_guild(guild.id, with_counts=False)

    assert (fetched.name, fetched.owner_id) == ("Art", guild.owner.id)
    with pytest.raises(discord.NotFound) as error:
        await bot.fetch_guild(1)
    assert code_of(error) == (404, 10004)
