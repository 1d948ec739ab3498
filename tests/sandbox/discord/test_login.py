"""Logging in and registering commands, with an unmodified discord.py."""

from __future__ import annotations

import aiohttp
import discord
import pytest
from discord import app_commands

from sandbox.discord import Actor, Channel, CommandType, DiscordSandbox, Guild
from tests.sandbox.discord.bots import Bot, Runner, call
from tests.sandbox.discord.conftest import code_of


async def test_a_bot_finds_itself_in_its_guilds(
    place: DiscordSandbox, guild: Guild, channel: Channel, bot: Bot
) -> None:
    assert bot.user is not None
    assert bot.user.id == place.bot.id
    found = bot.get_guild(guild.id)
    assert found is not None
    assert [item.id for item in found.text_channels] == [channel.id]
    assert found.me.guild_permissions.attach_files


async def test_what_is_made_later_is_announced(
    place: DiscordSandbox, guild: Guild, bot: Bot
) -> None:
    channel = guild.add_channel("late", nsfw=True)
    thread = guild.add_thread(channel, "talk")
    role = guild.add_role("mods", permissions=32)
    other = place.add_guild("Second")

    shot = await other.owner.slash(
        other.add_channel("x"), "quota set", role=other.everyone, credits_=1
    )
    await bot.taken()

    found = bot.get_guild(guild.id)
    assert found is not None
    late = found.get_channel(channel.id)
    assert isinstance(late, discord.TextChannel)
    assert late.is_nsfw()
    assert found.get_thread(thread.id) is not None
    assert found.get_role(role.id).permissions.manage_guild  # type: ignore[union-attr]
    assert bot.get_guild(other.id) is not None
    assert shot.response_type is None


async def test_a_wrong_token_cannot_log_in(place: DiscordSandbox) -> None:
    bot = Bot()

    with pytest.raises(discord.LoginFailure):
        await bot.start("wrong")

    await bot.close()
    assert [request.status for request in place.requests] == [401]


async def test_json_answers_say_so_without_a_charset(place: DiscordSandbox) -> None:
    headers = {"Authorization": f"Bot {place.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{place.url}/api/v10/users/@me") as response,
    ):
        assert response.headers["Content-Type"] == "application/json"


async def test_commands_keep_their_ids_when_they_are_registered_again(bot: Bot) -> None:
    again = await bot.tree.sync()

    assert {c.name: c.id for c in again} == {c.name: c.id for c in bot.synced}
    assert {c.name: c.id for c in await bot.tree.fetch_commands()} == {
        c.name: c.id for c in bot.synced
    }


async def test_a_guild_has_commands_of_its_own(
    guild: Guild, channel: Channel, alice: Actor, bot: Bot
) -> None:
    @bot.tree.command(description="Only here", guild=discord.Object(guild.id))
    async def local(interaction: discord.Interaction[Bot]) -> None: ...

    await bot.tree.sync(guild=discord.Object(guild.id))
    await alice.slash(channel, "local")

    assert (await bot.taken()).command is local


async def test_commands_that_break_a_rule_are_refused(place: DiscordSandbox, bot: Bot) -> None:
    before = place.world.commands.listed()
    wrong = {"name": "With Capitals", "description": "x", "type": 1}

    with pytest.raises(discord.HTTPException) as error:
        await bot.http.bulk_upsert_global_commands(bot.application_id or 0, [wrong])

    assert code_of(error) == (400, 50035)
    assert place.world.commands.listed() == before


async def test_a_day_has_200_new_commands(
    place: DiscordSandbox, channel: Channel, bots: Runner
) -> None:
    bot = await bots.start(max_ratelimit_timeout=30)

    with pytest.raises(discord.RateLimited) as error:
        for number in range(40):
            names = [f"c{number}-{index}" for index in range(6)]
            await bot.http.bulk_upsert_global_commands(
                place.bot.id, [{"name": name, "description": "x"} for name in names]
            )

    assert error.value.retry_after == 86_400
    assert len(place.world.commands.listed()) == 6


async def test_permissions_of_a_command_can_be_read(
    place: DiscordSandbox, guild: Guild, bot: Bot
) -> None:
    role = guild.add_role("artists")
    command = next(c for c in bot.synced if c.name == "remix")
    with pytest.raises(discord.NotFound) as error:
        await command.fetch_permissions(discord.Object(guild.id))
    assert code_of(error) == (404, 10066)

    place.restrict_command(guild, "remix", {role: True, guild.everyone: False})

    found = await command.fetch_permissions(discord.Object(guild.id))
    assert {entry.id: entry.permission for entry in found.permissions} == {
        role.id: True,
        guild.id: False,
    }


async def test_a_route_that_is_not_there_is_noticed(place: DiscordSandbox, bot: Bot) -> None:
    with pytest.raises(discord.NotFound):
        await call(bot, "GET", "/voice/regions")

    assert place.violations == ["GET /api/v10/voice/regions: no such route here"]
    place.violations.clear()


async def test_a_failure_of_the_sandbox_itself_is_noticed(
    place: DiscordSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place.world, "bot", None)
    headers = {"Authorization": f"Bot {place.token}"}

    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{place.url}/api/v10/users/@me") as response,
    ):
        assert response.status == 500

    assert len(place.violations) == 1
    assert "AttributeError" in place.violations[0]
    place.violations.clear()


@pytest.mark.shared
async def test_an_accepted_request_that_discord_describes_otherwise_is_a_violation(
    place: DiscordSandbox, channel: Channel, bot: Bot
) -> None:
    if place._application._openapi is None:
        pytest.skip("Discord's OpenAPI file is not at hand: ../shared/specs is absent")

    path = f"/channels/{channel.id}/messages"
    await call(bot, "POST", path, json={"content": "x", "tts": "yes"})

    assert len(place.violations) == 1
    assert "tts" in place.violations[0]
    place.violations.clear()


async def test_a_bot_started_after_another_sees_the_old_messages(
    place: DiscordSandbox, channel: Channel, bots: Runner
) -> None:
    first = await bots.start()
    message = await first.get_partial_messageable(channel.id).send("before")
    await bots.stop(first)
    await place.offline(5)

    second = await bots.start()

    found = await second.get_partial_messageable(channel.id).fetch_message(message.id)
    assert found.content == "before"


async def test_user_menus_and_groups_are_registered(
    place: DiscordSandbox, guild: Guild, bot: Bot
) -> None:
    assert place.world.commands.find(guild, CommandType.USER, "Show quota")["type"] == 2
    assert isinstance(bot.synced[0], app_commands.AppCommand)
