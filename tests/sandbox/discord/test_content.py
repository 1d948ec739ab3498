"""What others write: embeds with pictures, webhooks, other bots, and who may read it."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest

from sandbox.discord import (
    Actor,
    Channel,
    DiscordSandbox,
    Guild,
    Intent,
    Message,
    Permission,
    Upload,
)
from tests.sandbox.discord.bots import Bot, Runner, png
from tests.sandbox.discord.conftest import code_of

GALLERY = [
    {
        "type": 12,
        "id": 5,
        "items": [
            {"media": {"url": "attachment://a.png"}},
            {"media": {"url": "attachment://b.png"}},
        ],
    }
]
FILES = [Upload("a.png", png(11, 11)), Upload("b.png", png(22, 22))]


@pytest.fixture
def target(bot: Bot, channel: Channel) -> discord.PartialMessageable:
    return bot.get_partial_messageable(channel.id)


def shown(message: discord.Message) -> tuple[bool, ...]:
    parts = (message.content, message.attachments, message.embeds, message.components)
    return tuple(bool(part) for part in parts)


async def full(place: DiscordSandbox, who: Actor, channel: Channel, content: str) -> Message:
    embed = {"type": "image", "image": place.world.media.embed_image(png(33, 33))}
    return await who.post(channel, content, files=[Upload("cat.png", png())], embeds=[embed])


async def test_others_messages_are_empty_without_the_intent(
    place: DiscordSandbox, channel: Channel, alice: Actor, target: discord.PartialMessageable
) -> None:
    message = await full(place, alice, channel, "secret")

    fetched = await target.fetch_message(message.id)
    listed = [found async for found in target.history()]

    assert shown(fetched) == shown(listed[0]) == (False, False, False, False)
    assert (fetched.author.id, listed[0].id) == (alice.id, message.id)


async def test_the_intent_shows_them(
    place: DiscordSandbox, channel: Channel, alice: Actor, target: discord.PartialMessageable
) -> None:
    place.gateway.privileged = Intent.MESSAGE_CONTENT
    message = await full(place, alice, channel, "secret")

    assert shown(await target.fetch_message(message.id)) == (True, True, True, False)


async def test_what_mentions_the_bot_is_shown(
    place: DiscordSandbox, channel: Channel, alice: Actor, target: discord.PartialMessageable
) -> None:
    mine = await target.send("hello")

    mention = await full(place, alice, channel, f"{place.bot.mention} look")
    answer = await alice.post(channel, "hello yourself", reply_to=channel.messages[0])
    other = await alice.post(channel, "as I said", reply_to=mention)

    assert shown(await target.fetch_message(mention.id)) == (True, True, True, False)
    assert (await target.fetch_message(answer.id)).content == "hello yourself"
    assert (await target.fetch_message(mine.id)).content == "hello"
    assert (await target.fetch_message(other.id)).content == ""


async def test_other_bots_messages_are_empty_too(
    guild: Guild, channel: Channel, target: discord.PartialMessageable
) -> None:
    painter = guild.add_bot("Painter")

    message = await painter.post(channel, files=FILES, components=GALLERY)
    fetched = await target.fetch_message(message.id)

    assert message.v2
    assert fetched.author.bot
    assert shown(fetched) == (False, False, False, False)


async def test_the_gateway_empties_them_likewise(
    place: DiscordSandbox, guild: Guild, channel: Channel, bots: Runner
) -> None:
    bot = await bots.start(intents=discord.Intents(guilds=True, guild_messages=True))
    heard: asyncio.Queue[discord.Message] = asyncio.Queue()

    async def on_message(message: discord.Message) -> None:
        heard.put_nowait(message)

    bot.event(on_message)
    painter = guild.add_bot("Painter")
    await painter.post(channel, "secret")
    await painter.post(channel, f"{place.bot.mention} hi")

    async with asyncio.timeout(5):
        assert [(await heard.get()).content for _ in range(2)] == ["", f"{place.bot.mention} hi"]


async def test_the_gateway_tells_nothing_of_what_is_written_out_of_sight(
    place: DiscordSandbox, guild: Guild, channel: Channel, alice: Actor, bots: Runner
) -> None:
    bot = await bots.start(intents=discord.Intents(guilds=True, guild_messages=True))
    hidden = guild.add_channel("hidden")
    place.set_permissions(hidden, guild.bot_role, deny=Permission.VIEW_CHANNEL)
    waiting = bot.wait_for("message", timeout=5)

    await alice.post(hidden, "x")
    last = await alice.post(channel, "y")

    assert (await waiting).id == last.id


async def menu_target(bot: Bot, who: Actor, channel: Channel, message: Message) -> Any:
    """The message as discord.py makes it from what a message menu carries."""
    await who.menu(channel, "Remix this image", message)
    data = (await bot.taken()).data["resolved"]["messages"][str(message.id)]
    place: Any = bot.get_channel(channel.id)
    return discord.Message(state=bot._connection, channel=place, data=data)


async def test_a_message_menu_shows_all_of_a_members_message(
    place: DiscordSandbox, channel: Channel, alice: Actor, bob: Actor, bot: Bot
) -> None:
    message = await full(place, alice, channel, "look")

    seen = await menu_target(bot, bob, channel, message)

    assert shown(seen) == (True, True, True, False)
    assert seen.author.id == alice.id
    assert await seen.attachments[0].read() == png()
    image = seen.embeds[0].image
    assert (image.width, image.height) == (33, 33)
    assert await bob.fetch(image.proxy_url) == png(33, 33)
    assert image.url == "https://pictures.invalid/picture.png"


async def test_a_message_menu_shows_another_bots_layout(
    guild: Guild, channel: Channel, bob: Actor, bot: Bot
) -> None:
    painter = guild.add_bot("Painter")
    message = await painter.post(channel, files=FILES, components=GALLERY)

    seen = await menu_target(bot, bob, channel, message)

    items = seen.components[0].items
    assert seen.author.bot
    assert seen.attachments == []
    assert [await bob.fetch(item.media.url) for item in items] == [png(11, 11), png(22, 22)]
    assert [item.media.content_type for item in items] == ["image/png", "image/png"]
    assert seen.application_id == painter.id


async def test_a_message_menu_shows_a_webhooks_message(
    place: DiscordSandbox, guild: Guild, channel: Channel, bob: Actor, bot: Bot
) -> None:
    webhook = guild.add_webhook(channel, "Feed")
    image = place.world.media.embed_image(png(8, 8), "https://cats.invalid/1.webp")

    message = webhook.post("new", files=FILES[:1], embeds=[{"title": "Cat", "thumbnail": image}])
    seen = await menu_target(bot, bob, channel, message)

    assert (seen.webhook_id, seen.author.id, seen.author.name) == (
        webhook.user.id,
        webhook.user.id,
        "feed",
    )
    assert seen.author.bot
    assert seen.application_id is None
    assert await bob.fetch(seen.embeds[0].thumbnail.proxy_url) == png(8, 8)
    assert await seen.attachments[0].read() == png(11, 11)
    with pytest.raises(discord.NotFound):
        await bot.fetch_user(webhook.user.id)


async def test_a_webhook_writes_components_too(
    guild: Guild, channel: Channel, bob: Actor, bot: Bot
) -> None:
    webhook = guild.add_webhook(channel, "Feed")

    message = webhook.post(files=FILES, components=GALLERY)

    pictures = [await bob.fetch(url) for _, url in message.media()]
    assert pictures == [png(11, 11), png(22, 22)]


async def test_only_bots_send_components(channel: Channel, alice: Actor) -> None:
    with pytest.raises(ValueError, match="is no bot"):
        await alice.post(channel, files=FILES, components=GALLERY)


async def test_links_of_the_proxy_are_those_that_were_given_out(
    place: DiscordSandbox, alice: Actor, bot: Bot
) -> None:
    link = place.world.media.link(png(), "https://cats.invalid/a/1.png?x=1")

    assert await alice.fetch(link) == png()
    with pytest.raises(discord.NotFound):
        await bot.http.get_from_cdn(link.replace("1.png", "2.png"))


async def test_a_members_mention_of_everyone_takes_a_permission(
    guild: Guild, channel: Channel, alice: Actor
) -> None:
    loud = guild.add_member(
        "Lou", roles=[guild.add_role("loud", permissions=Permission.MENTION_EVERYONE)]
    )

    quiet = await alice.post(channel, "@everyone")
    noisy = await loud.post(channel, "@everyone")

    assert (quiet.pings.everyone, noisy.pings.everyone) == (False, True)


async def test_the_bots_own_message_is_deleted_at_any_age(
    clock: Any, channel: Channel, target: discord.PartialMessageable
) -> None:
    sent = await target.send("old")
    clock.advance(15 * 24 * 3600)

    await sent.delete()

    assert channel.messages == []
    with pytest.raises(discord.NotFound) as error:
        await target.fetch_message(sent.id)
    assert code_of(error) == (404, 10008)
