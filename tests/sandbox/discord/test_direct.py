"""Direct messages of the bot."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from sandbox.discord import Actor, DiscordSandbox, Guild
from tests.sandbox.discord.bots import Bot, button, call, card, file, row, text
from tests.sandbox.discord.conftest import code_of


async def opened(bot: Bot, who: Actor) -> discord.DMChannel:
    return await bot.create_dm(discord.Object(who.id))


async def test_a_direct_message_is_read_by_its_user(guild: Guild, alice: Actor, bot: Bot) -> None:
    owner = await bot.fetch_user(guild.owner.id)

    sent = await owner.send("welcome", file=file())

    message = guild.owner.user.direct_messages[0]
    assert (message.id, message.content) == (sent.id, "welcome")
    assert message.link == sent.jump_url
    assert guild.owner.direct_messages == [message]
    assert alice.direct_messages == []
    assert await alice.fetch(message.attachments[0]["url"])


async def test_a_conversation_is_opened_once(alice: Actor, bot: Bot) -> None:
    first = await call(bot, "POST", "/users/@me/channels", json={"recipient_id": str(alice.id)})
    again = await call(bot, "POST", "/users/@me/channels", json={"recipient_id": str(alice.id)})

    assert first["id"] == again["id"]
    fetched = await bot.fetch_channel(int(first["id"]))
    assert isinstance(fetched, discord.DMChannel)
    assert fetched.recipient is not None
    assert fetched.recipient.id == alice.id


async def test_a_direct_message_is_edited_fetched_and_deleted(alice: Actor, bot: Bot) -> None:
    channel = await opened(bot, alice)
    sent = await channel.send("one")
    live = alice.direct_messages[0]

    await sent.edit(content="two")
    fetched = await channel.fetch_message(sent.id)
    listed = [message.content async for message in channel.history()]
    await sent.delete()

    assert fetched.content == "two"
    assert listed == ["two"]
    assert live.deleted
    assert alice.direct_messages == []


async def test_who_refuses_direct_messages_gets_none(alice: Actor, bot: Bot) -> None:
    alice.user.takes_direct_messages = False
    channel = await opened(bot, alice)

    with pytest.raises(discord.Forbidden) as error:
        await channel.send("x")

    assert code_of(error) == (403, 50007)
    assert alice.direct_messages == []


async def test_who_shares_no_server_with_the_bot_gets_none(
    place: DiscordSandbox, guild: Guild, alice: Actor, bot: Bot
) -> None:
    channel = await opened(bot, alice)
    await channel.send("x")
    place.remove_bot(guild)

    with pytest.raises(discord.Forbidden) as error:
        await channel.send("y")

    assert code_of(error) == (403, 50278)


async def test_bots_and_strangers_have_no_direct_messages(guild: Guild, bot: Bot) -> None:
    other = guild.add_bot("Painter")

    for recipient, code in ((other.id, 50007), (guild.bot_member.id, 50007), (1, 50033)):
        with pytest.raises(discord.HTTPException) as error:
            await bot.create_dm(discord.Object(recipient))
        assert code_of(error) == (400, code)


async def test_others_messages_cannot_be_touched_there(alice: Actor, bot: Bot) -> None:
    channel = await opened(bot, alice)
    await channel.send("hello")
    assert alice.user.direct is not None
    theirs = alice.say(alice.user.direct, "who are you?")
    message = channel.get_partial_message(theirs.id)

    with pytest.raises(discord.Forbidden) as error:
        await message.delete()
    assert code_of(error) == (403, 50003)
    with pytest.raises(discord.Forbidden) as error:
        await message.edit(content="x")
    assert code_of(error) == (403, 50005)
    assert (await message.fetch()).content == "who are you?"


async def test_a_button_in_a_direct_message_is_an_interaction_without_a_server(
    alice: Actor, bob: Actor, bot: Bot
) -> None:
    await (await opened(bot, alice)).send(view=card(row(button("Set up", "setup"))))
    message = alice.direct_messages[0]

    shot = await alice.click(message, "Set up")
    interaction = await bot.taken()
    await interaction.response.send_message("here", ephemeral=True)

    assert (interaction.guild_id, interaction.user.id) == (None, alice.id)
    assert isinstance(interaction.user, discord.User)
    assert isinstance(interaction.channel, discord.DMChannel)
    assert interaction.context.dm_channel
    assert interaction.app_permissions.attach_files
    assert shot.message is not None
    assert shot.message.content == "here"
    with pytest.raises(ValueError, match="does not see"):
        await bob.click(message, "Set up")


async def test_the_answer_to_such_a_button_can_edit_the_message_or_open_a_form(
    alice: Actor, bot: Bot
) -> None:
    class Form(discord.ui.Modal):
        def __init__(self) -> None:
            super().__init__(title="Zone", custom_id="zone", timeout=60)
            self.zone: discord.ui.TextInput[Any] = discord.ui.TextInput(custom_id="zone_name")
            self.add_item(discord.ui.Label(text="Zone", component=self.zone))

        async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
            await interaction.response.edit_message(view=card(text(self.zone.value, id=9)))

    await (await opened(bot, alice)).send(view=card(row(button("Set up", "setup"))))
    message = alice.direct_messages[0]
    shot = await alice.click(message, "Set up")
    await (await bot.taken()).response.send_modal(Form())

    await (await alice.submit(shot, {"zone_name": "Europe/Vienna"})).answered(5)

    assert message.text(9) == "Europe/Vienna"
    assert message.payload()["channel_id"] == str(message.channel.id)
    assert "guild_id" not in message.event()


async def test_direct_messages_are_told_with_their_intent(
    alice: Actor, bots: Any, guild: Guild
) -> None:
    bot = await bots.start(intents=discord.Intents(guilds=True, dm_messages=True))
    channel = await opened(bot, alice)
    await channel.send("hello")
    waiting = bot.wait_for("message", check=lambda m: m.author.id == alice.id, timeout=5)
    assert alice.user.direct is not None

    alice.say(alice.user.direct, "hi")

    heard = await waiting
    assert (heard.content, heard.guild) == ("hi", None)
