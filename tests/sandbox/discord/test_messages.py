"""Messages in channels, sent, edited, read and deleted by the bot itself."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from sandbox.clock import SandboxClock
from sandbox.discord import Actor, Channel, DiscordSandbox, Guild, Permission
from tests.sandbox.discord.bots import Bot, Runner, button, call, card, file, row, text
from tests.sandbox.discord.conftest import Play, code_of


@pytest.fixture
def target(bot: Bot, channel: Channel) -> discord.PartialMessageable:
    return bot.get_partial_messageable(channel.id)


async def test_a_message_is_sent_edited_and_deleted(
    channel: Channel, target: discord.PartialMessageable
) -> None:
    sent = await target.send("one")
    live = channel.messages[0]

    await sent.edit(content="two")
    fetched = await target.fetch_message(sent.id)
    await sent.delete()

    assert (live.content, live.edits) == ("two", 1)
    assert fetched.content == "two"
    assert fetched.edited_at is not None
    assert live.deleted
    assert channel.messages == []
    with pytest.raises(discord.NotFound) as error:
        await sent.edit(content="three")
    assert code_of(error) == (404, 10008)


async def test_messages_are_listed_in_pages(
    channel: Channel, alice: Actor, target: discord.PartialMessageable
) -> None:
    posted = [(await alice.post(channel, str(number))).id for number in range(7)]
    third = discord.Object(posted[3])

    newest = [m.id async for m in target.history(limit=3)]
    older = [m.id async for m in target.history(limit=3, before=third)]
    later = [m.id async for m in target.history(limit=2, after=third)]
    near = [m.id async for m in target.history(limit=3, around=third)]

    assert newest == [posted[6], posted[5], posted[4]]
    assert older == [posted[2], posted[1], posted[0]]
    assert later == [posted[4], posted[5]]
    assert sorted(near) == posted[2:5]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"before": "yesterday"}])
async def test_a_page_that_makes_no_sense_is_refused(
    channel: Channel, bot: Bot, query: dict[str, Any]
) -> None:
    with pytest.raises(discord.HTTPException) as error:
        await call(bot, "GET", f"/channels/{channel.id}/messages", params=query)

    assert code_of(error) == (400, 50035)


async def test_a_nonce_makes_one_message_of_two(
    clock: SandboxClock, channel: Channel, target: discord.PartialMessageable
) -> None:
    first = await target.send("one", nonce="job-1")
    again = await target.send("one", nonce="job-1")
    other = await target.send("two", nonce="job-2")
    clock.advance(600)
    late = await target.send("one", nonce="job-1")

    assert again.id == first.id
    assert len({first.id, other.id, late.id}) == 3
    assert [m.content for m in channel.messages] == ["one", "two", "one"]


async def test_rules_hold_for_messages(
    channel: Channel, target: discord.PartialMessageable
) -> None:
    same = card(row(button("A", "same"), button("B", "same")))

    for content, view in ((None, None), ("x" * 2001, None), (None, same)):
        with pytest.raises(discord.HTTPException) as error:
            await target.send(content, view=view)  # type: ignore[arg-type]
        assert code_of(error) == (400, 50035)
    assert channel.messages == []


async def test_a_text_becomes_a_card_only_when_it_is_cleared(play: Play) -> None:
    exchange = await play.answered("text")

    with pytest.raises(discord.HTTPException) as error:
        await exchange.interaction.edit_original_response(view=card(text("card")))
    assert code_of(error) == (400, 50035)
    await exchange.interaction.edit_original_response(content=None, view=card(text("card")))

    assert exchange.message.v2
    assert exchange.message.content == ""
    assert exchange.message.texts() == ["card"]


async def test_a_card_never_becomes_a_text_again(play: Play) -> None:
    exchange = await play.answered(view=card(text("card")))

    with pytest.raises(discord.HTTPException) as error:
        await exchange.interaction.edit_original_response(content="text", view=None)

    assert code_of(error) == (400, 50035)
    assert exchange.message.texts() == ["card"]


async def test_others_messages_cannot_be_edited(
    channel: Channel, alice: Actor, target: discord.PartialMessageable
) -> None:
    message = await alice.post(channel, "mine")

    with pytest.raises(discord.Forbidden) as error:
        await target.get_partial_message(message.id).edit(content="yours")

    assert code_of(error) == (403, 50005)
    assert message.content == "mine"


async def test_others_messages_are_deleted_with_permission(
    place: DiscordSandbox,
    guild: Guild,
    channel: Channel,
    alice: Actor,
    target: discord.PartialMessageable,
) -> None:
    message = await alice.post(channel, "mine")
    partial = target.get_partial_message(message.id)
    with pytest.raises(discord.Forbidden) as error:
        await partial.delete()
    assert code_of(error) == (403, 50013)

    place.set_permissions(channel, guild.bot_role, allow=Permission.MANAGE_MESSAGES)
    await partial.delete()

    assert message.deleted


@pytest.mark.parametrize(
    ("denied", "code"),
    [
        (Permission.VIEW_CHANNEL, 50001),
        (Permission.SEND_MESSAGES, 50013),
        (Permission.ATTACH_FILES, 50013),
    ],
)
async def test_permissions_are_needed_to_post(
    place: DiscordSandbox,
    guild: Guild,
    channel: Channel,
    target: discord.PartialMessageable,
    denied: Permission,
    code: int,
) -> None:
    place.set_permissions(channel, guild.bot_member, deny=denied)

    with pytest.raises(discord.Forbidden) as error:
        await target.send("x", file=file())

    assert code_of(error) == (403, code)
    assert channel.messages == []


async def test_history_takes_a_permission(
    place: DiscordSandbox,
    guild: Guild,
    channel: Channel,
    alice: Actor,
    target: discord.PartialMessageable,
) -> None:
    message = await alice.post(channel, "mine")
    place.set_permissions(channel, guild.everyone, deny=Permission.READ_MESSAGE_HISTORY)
    place.set_role_permissions(guild.bot_role, 0)

    assert [m async for m in target.history()] == []
    with pytest.raises(discord.Forbidden) as error:
        await target.fetch_message(message.id)
    assert code_of(error) == (403, 50013)
    with pytest.raises(discord.HTTPException) as error:
        await target.send(
            "x", reference=discord.MessageReference(message_id=message.id, channel_id=channel.id)
        )
    assert error.value.code == 160002


async def send(bot: Bot, channel: Channel, **payload: Any) -> None:
    """Send a message as it is, with ids as text; discord.py writes some as numbers."""
    await call(bot, "POST", f"/channels/{channel.id}/messages", json=payload)


async def test_a_reply_names_its_message(channel: Channel, alice: Actor, bot: Bot) -> None:
    message = await alice.post(channel, "question")

    await send(bot, channel, content="answer", message_reference={"message_id": str(message.id)})

    assert channel.messages[1].reply_to is message
    with pytest.raises(discord.HTTPException) as error:
        await send(bot, channel, content="answer", message_reference={"message_id": "1"})
    assert code_of(error) == (400, 50035)


async def test_a_channel_that_is_gone_is_unknown(
    place: DiscordSandbox, channel: Channel, target: discord.PartialMessageable
) -> None:
    thread = channel.guild.add_thread(channel, "talk")
    sent = await target.send("x")
    place.delete_channel(channel)

    for act in (target.send("y"), sent.edit(content="y"), sent.delete(), sent.fetch()):
        with pytest.raises(discord.NotFound) as error:
            await act
        assert code_of(error) == (404, 10003)
    assert thread.deleted


async def test_a_server_without_the_bot_is_closed_to_it(
    place: DiscordSandbox, guild: Guild, alice: Actor, target: discord.PartialMessageable
) -> None:
    sent = await target.send("x")
    place.remove_bot(guild)

    with pytest.raises(discord.Forbidden) as error:
        await sent.edit(content="y")
    assert code_of(error) == (403, 50001)
    with pytest.raises(ValueError, match="not in Art"):
        await alice.slash(guild.channels[0], "remix")

    place.invite_bot(guild)
    await sent.edit(content="y")


async def test_threads_take_a_permission_of_their_own(
    place: DiscordSandbox, guild: Guild, channel: Channel, bot: Bot
) -> None:
    thread = guild.add_thread(channel, "talk")
    target = bot.get_partial_messageable(thread.id)

    place.set_permissions(channel, guild.bot_member, deny=Permission.SEND_MESSAGES)
    await target.send("x")
    place.set_permissions(channel, guild.bot_member, deny=Permission.SEND_MESSAGES_IN_THREADS)
    with pytest.raises(discord.Forbidden) as error:
        await target.send("y")

    assert code_of(error) == (403, 50013)
    assert [message.content for message in thread.messages] == ["x"]


async def test_an_archived_thread_takes_new_messages_but_no_edits(
    place: DiscordSandbox, guild: Guild, channel: Channel, bot: Bot
) -> None:
    thread = guild.add_thread(channel, "talk")
    target = bot.get_partial_messageable(thread.id)
    sent = await target.send("x")
    place.archive(thread)

    with pytest.raises(discord.HTTPException) as error:
        await sent.edit(content="y")
    assert code_of(error) == (400, 50083)

    await target.send("z")
    await sent.edit(content="y")
    assert not thread.archived


async def test_a_command_in_a_thread_says_so(
    guild: Guild, channel: Channel, alice: Actor, bot: Bot
) -> None:
    adult = guild.add_channel("adult", nsfw=True)
    thread = guild.add_thread(adult, "talk")

    await alice.slash(thread, "quota set", role=guild.everyone, credits_=1)

    interaction = await bot.taken()
    assert isinstance(interaction.channel, discord.Thread)
    assert interaction.channel.parent_id == adult.id
    assert interaction.channel.is_nsfw()


async def test_app_permissions_are_those_of_the_bot_here(
    place: DiscordSandbox, guild: Guild, channel: Channel, play: Play
) -> None:
    place.set_permissions(channel, guild.bot_role, deny=Permission.ATTACH_FILES)
    place.set_permissions(channel, guild.everyone, allow=Permission.MANAGE_MESSAGES)

    exchange = await play.remix()

    assert not exchange.interaction.app_permissions.attach_files
    assert exchange.interaction.app_permissions.send_messages
    assert exchange.interaction.permissions.manage_messages


async def test_whom_a_message_pings_is_told(
    guild: Guild, channel: Channel, alice: Actor, bob: Actor, bot: Bot
) -> None:
    role = guild.add_role("artists")
    content = f"{alice.mention} {bob.mention} {role.mention} @everyone"

    await send(bot, channel, content=content)
    await send(bot, channel, content=content, allowed_mentions={"parse": []})
    await send(bot, channel, content=content, allowed_mentions={"users": [str(bob.id)]})
    await bot.get_partial_messageable(channel.id).send(view=card(text(content)))

    everybody, nobody, one, by_card = channel.messages
    assert (everybody.pings.users, everybody.pings.roles) == ({alice.id, bob.id}, {role.id})
    assert everybody.pings.everyone
    assert not nobody.pings
    assert (one.pings.users, one.pings.roles, one.pings.everyone) == ({bob.id}, set(), False)
    assert [user["id"] for user in one.payload()["mentions"]] == [str(bob.id)]
    assert by_card.pings == everybody.pings


async def test_no_answer_pings_anyone_for_a_client_that_forbids_it(
    bots: Runner, channel: Channel, alice: Actor, bob: Actor
) -> None:
    bot = await bots.start(allowed_mentions=discord.AllowedMentions.none())
    play = Play(bot, channel, alice)

    exchange = await play.answered(view=card(text(f"for {bob.mention} @here")))

    assert not exchange.message.pings


async def test_a_channel_and_a_member_can_be_fetched(
    guild: Guild, channel: Channel, alice: Actor, bot: Bot, target: discord.PartialMessageable
) -> None:
    thread = guild.add_thread(channel, "talk")
    role = guild.add_role("mods")
    alice.set_roles([role])
    server = bot.get_guild(guild.id)
    assert server is not None

    assert (await bot.fetch_channel(channel.id)).id == channel.id
    assert isinstance(await bot.fetch_channel(thread.id), discord.Thread)
    assert [item.id for item in (await server.fetch_member(alice.id)).roles] == [guild.id, role.id]
    assert {item.id for item in await server.fetch_roles()} >= {guild.id, role.id}
    await target.typing()
    with pytest.raises(discord.NotFound) as error:
        await server.fetch_member(1)
    assert code_of(error) == (404, 10007)


async def test_broken_json_is_refused(place: DiscordSandbox, channel: Channel, bot: Bot) -> None:
    with pytest.raises(discord.HTTPException) as error:
        await call(bot, "POST", f"/channels/{channel.id}/messages", data="{")

    assert error.value.code == 50109
