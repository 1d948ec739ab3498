"""Kinds of channels: categories, forums and their posts, voice; and what a bot does not see."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from sandbox.discord import Actor, Channel, DiscordSandbox, Guild, Permission, Upload
from tests.sandbox.discord.bots import Bot, Runner, button, call, card, png, row
from tests.sandbox.discord.conftest import code_of


def known(bot: Bot, channel: Channel) -> Any:
    """The channel or thread as discord.py has it from the gateway."""
    guild = bot.get_guild(channel.guild.id)
    assert guild is not None
    return guild.get_channel_or_thread(channel.id)


def build(guild: Guild) -> dict[str, Channel]:
    """One channel of every kind."""
    forum = guild.add_forum("gallery", nsfw=True)
    news = guild.add_announcements("news")
    return {
        "category": guild.add_category("Art"),
        "voice": guild.add_voice("lounge"),
        "news": news,
        "news_thread": guild.add_thread(news, "talk"),
        "forum": forum,
        "post": guild.add_post(forum, "My cat"),
    }


KINDS = {
    "category": discord.CategoryChannel,
    "voice": discord.VoiceChannel,
    "news": discord.TextChannel,
    "news_thread": discord.Thread,
    "forum": discord.ForumChannel,
    "post": discord.Thread,
}


@pytest.mark.parametrize("early", [True, False])
async def test_every_kind_of_channel_is_understood(guild: Guild, bots: Runner, early: bool) -> None:
    made = build(guild) if early else {}
    bot = await bots.start()
    made = made or build(guild)
    last = guild.add_channel("last")
    if not early:
        await bot.wait_for("guild_channel_create", check=lambda c: c.id == last.id, timeout=5)

    for name, channel in made.items():
        assert isinstance(known(bot, channel), KINDS[name])
        fetched = await bot.fetch_channel(channel.id)
        assert isinstance(fetched, KINDS[name])
    assert known(bot, made["news"]).is_news()
    assert known(bot, made["voice"]).user_limit == 0


async def test_a_channel_stands_in_its_category_with_its_permissions(
    guild: Guild, alice: Actor, bot: Bot
) -> None:
    category = guild.add_category("Quiet")
    category.overwrite(guild.everyone, deny=Permission.SEND_MESSAGES)
    waiting = bot.wait_for("guild_channel_create", check=lambda c: c.name == "rules", timeout=5)

    channel = guild.add_channel("rules", category=category)
    heard = await waiting

    assert heard.category_id == category.id
    assert heard.permissions_synced
    with pytest.raises(ValueError, match="may not write in #rules"):
        await alice.post(channel, "x")


async def test_a_synced_channel_follows_its_category_and_others_do_not(
    place: DiscordSandbox, guild: Guild, alice: Actor
) -> None:
    category = guild.add_category("Art")
    synced = guild.add_channel("a", category=category)
    own = guild.add_channel("b", category=category)
    place.set_permissions(own, guild.bot_role, allow=Permission.MANAGE_MESSAGES)

    place.set_permissions(category, guild.everyone, deny=Permission.SEND_MESSAGES)

    with pytest.raises(ValueError, match="may not write in #a"):
        await alice.post(synced, "x")
    await alice.post(own, "x")


async def test_the_channels_of_a_deleted_category_stay(
    place: DiscordSandbox, guild: Guild, bot: Bot
) -> None:
    category = guild.add_category("Art")
    channel = guild.add_channel("a", category=category)
    waiting = bot.wait_for("guild_channel_delete", timeout=5)

    place.delete_channel(category)
    await waiting

    assert known(bot, channel).category_id is None
    assert not channel.deleted


async def test_a_post_begins_with_a_message_of_its_own_id(
    guild: Guild, alice: Actor, bot: Bot
) -> None:
    forum = guild.add_forum("gallery")
    waiting = bot.wait_for("thread_create", timeout=5)

    post = guild.add_post(forum, "My cat", "look", author=alice, files=[Upload("c.png", png())])
    thread = await waiting

    assert (thread.id, thread.parent_id, thread.owner_id) == (post.id, forum.id, alice.id)
    assert post.messages[0].id == post.id
    assert (await thread.fetch_message(post.id)).author.id == alice.id
    assert post.payload()["message_count"] == 0
    await thread.send("nice")
    assert post.payload()["message_count"] == 1
    assert known(bot, forum).last_message_id == post.id


async def test_a_post_takes_everything_that_a_thread_takes(
    guild: Guild, alice: Actor, bot: Bot
) -> None:
    forum = guild.add_forum("gallery", nsfw=True)
    post = guild.add_post(forum, "My cat")

    await alice.slash(post, "after_dark")
    interaction = await bot.taken()
    await interaction.response.send_message(view=card(row(button("Go", "go"))))
    await alice.click(post.messages[1], "Go")
    click = await bot.taken()

    assert isinstance(interaction.channel, discord.Thread)
    assert interaction.channel.parent_id == forum.id
    assert interaction.channel.is_nsfw()
    assert click.message.channel.id == post.id


@pytest.mark.parametrize("kind", ["forum", "category"])
async def test_nothing_can_be_written_where_only_threads_or_channels_are(
    guild: Guild, alice: Actor, bot: Bot, kind: str
) -> None:
    where = build(guild)[kind]
    path = f"/channels/{where.id}/messages"

    with pytest.raises(discord.HTTPException) as sending:
        await call(bot, "POST", path, json={"content": "x"})
    with pytest.raises(discord.HTTPException) as reading:
        await call(bot, "GET", path)

    assert code_of(sending) == (400, 50008)
    assert code_of(reading) == (400, 50024)
    with pytest.raises(ValueError, match="nothing can be written"):
        await alice.post(where, "x")
    with pytest.raises(ValueError, match="nothing can be used"):
        await alice.slash(where, "quota set", role=guild.everyone, credits_=1)


async def test_what_cannot_hold_threads_or_posts_takes_none(
    place: DiscordSandbox, guild: Guild, channel: Channel, alice: Actor
) -> None:
    forum, voice = guild.add_forum("gallery"), guild.add_voice("lounge")
    place.set_permissions(forum, alice, deny=Permission.SEND_MESSAGES)

    for wrong in (forum, voice):
        with pytest.raises(ValueError, match="takes no threads"):
            guild.add_thread(wrong, "x")
    with pytest.raises(ValueError, match="#remix is no forum"):
        guild.add_post(channel, "x")
    with pytest.raises(ValueError, match="may not post in #gallery"):
        guild.add_post(forum, "x", author=alice)
    with pytest.raises(ValueError, match="#remix is no thread"):
        place.lock(channel)


async def test_voice_channels_have_a_chat(guild: Guild, alice: Actor, bot: Bot) -> None:
    voice = guild.add_voice("lounge")

    await alice.post(voice, "hello")
    await bot.get_partial_messageable(voice.id).send("hello")
    await alice.slash(voice, "quota set", role=guild.everyone, credits_=1)

    interaction = await bot.taken()
    assert isinstance(interaction.channel, discord.VoiceChannel)
    assert [message.content for message in voice.messages] == ["hello", "hello"]


async def test_who_may_not_connect_is_left_out_of_a_voice_channels_chat(
    place: DiscordSandbox, guild: Guild, alice: Actor, bot: Bot
) -> None:
    voice = guild.add_voice("lounge")
    place.set_permissions(voice, guild.everyone, deny=Permission.CONNECT)

    with pytest.raises(discord.Forbidden) as error:
        await bot.get_partial_messageable(voice.id).send("hello")

    assert code_of(error) == (403, 50013)
    with pytest.raises(ValueError, match="may not write"):
        await alice.post(voice, "hello")


async def test_the_gateway_hides_what_the_bot_does_not_see(
    place: DiscordSandbox, guild: Guild, channel: Channel, bots: Runner
) -> None:
    thread = guild.add_thread(channel, "secret talk")
    place.set_permissions(channel, guild.bot_role, deny=Permission.VIEW_CHANNEL)
    bot = await bots.start()

    hidden = known(bot, channel)
    assert (hidden.name, hidden.position) == ("___hidden___", 0)
    assert hidden.overwrites == {}
    assert known(bot, thread) is None
    assert await bot.http.get_all_guild_channels(guild.id) == []
    with pytest.raises(discord.Forbidden) as error:
        await bot.fetch_channel(channel.id)
    assert code_of(error) == (403, 50001)


@pytest.mark.parametrize("way", ["channel", "role", "roles"])
async def test_the_bot_is_told_when_it_gains_sight(
    place: DiscordSandbox, guild: Guild, channel: Channel, bots: Runner, way: str
) -> None:
    thread = guild.add_thread(channel, "talk")
    seers = guild.add_role("seers", permissions=Permission.VIEW_CHANNEL)
    place.set_role_permissions(guild.everyone, 0)
    place.set_role_permissions(guild.bot_role, 0)
    bot = await bots.start()
    assert known(bot, channel).name == "___hidden___"
    waiting = bot.wait_for("thread_join", timeout=5)

    if way == "channel":
        place.set_permissions(channel, guild.bot_member, allow=Permission.VIEW_CHANNEL)
    elif way == "role":
        place.set_role_permissions(guild.bot_role, Permission.VIEW_CHANNEL)
    else:
        guild.bot_member.set_roles([guild.bot_role, seers])

    assert (await waiting).id == thread.id
    assert known(bot, channel).name == "remix"


async def test_an_interaction_names_the_channel_that_the_bot_does_not_see(
    place: DiscordSandbox, guild: Guild, channel: Channel, alice: Actor, bot: Bot
) -> None:
    place.set_permissions(channel, guild.bot_role, deny=Permission.VIEW_CHANNEL)

    await alice.slash(channel, "quota set", role=guild.everyone, credits_=1)

    interaction = await bot.taken()
    assert not interaction.app_permissions.view_channel
    shot = place.world.interactions.find(interaction.token)
    assert shot is not None
    assert shot.payload()["channel"]["name"] == "remix"


async def test_every_permission_has_discords_bit() -> None:
    ours = {item.value for item in Permission if item}

    theirs = {value for _, value in discord.Permissions.all()}

    assert theirs == {True}
    assert sum(ours) == discord.Permissions.all().value
