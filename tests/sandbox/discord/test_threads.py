"""Archived and locked threads."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from sandbox.discord import Actor, Channel, DiscordSandbox, Guild, Message, Permission
from tests.sandbox.discord.bots import Bot, button, call, card, row
from tests.sandbox.discord.conftest import code_of


@pytest.fixture
def thread(guild: Guild, channel: Channel) -> Channel:
    return guild.add_thread(channel, "talk")


@pytest.fixture
def mona(guild: Guild) -> Actor:
    """A moderator of threads."""
    return guild.add_member(
        "Mona", roles=[guild.add_role("mods", permissions=Permission.MANAGE_THREADS)]
    )


@pytest.fixture
async def sent(bot: Bot, thread: Channel) -> Message:
    """A message of the bot in the thread."""
    target = bot.get_partial_messageable(thread.id)
    await target.send(view=card(row(button("Go", "go"))))
    return thread.messages[0]


def shut(place: DiscordSandbox, thread: Channel, *, archived: bool) -> None:
    """Lock a thread, archived or not."""
    if archived:
        place.archive(thread)
    place.lock(thread)


async def ask(who: Actor, thread: Channel) -> Any:
    return await who.slash(thread, "quota set", role=who.guild.everyone, credits_=1)


async def test_the_state_of_a_thread_is_told(
    place: DiscordSandbox, thread: Channel, bot: Bot
) -> None:
    waiting = bot.wait_for("thread_update", timeout=5)
    before = thread.payload()["thread_metadata"]["archive_timestamp"]

    place.lock(thread)
    _, after = await waiting
    locked = (after.locked, after.archived)
    place.archive(thread)
    place.unlock(thread)
    fetched = await bot.fetch_channel(thread.id)

    assert locked == (True, False)
    assert isinstance(fetched, discord.Thread)
    assert (fetched.locked, fetched.archived) == (False, True)
    assert thread.payload()["thread_metadata"]["archive_timestamp"] > before


@pytest.mark.parametrize("archived", [True, False])
async def test_a_locked_thread_is_closed_to_the_bot(
    place: DiscordSandbox, thread: Channel, bot: Bot, sent: Message, archived: bool
) -> None:
    target = bot.get_partial_messageable(thread.id)
    shut(place, thread, archived=archived)

    for act in (target.send("x"), target.get_partial_message(sent.id).edit(content="x")):
        with pytest.raises(discord.HTTPException) as error:
            await act
        assert code_of(error) == (400, 50083)

    assert thread.archived is archived
    assert thread.messages == [sent]


@pytest.mark.parametrize("archived", [True, False])
async def test_a_bot_that_moderates_threads_writes_in_a_locked_one(
    place: DiscordSandbox, guild: Guild, thread: Channel, bot: Bot, sent: Message, archived: bool
) -> None:
    target = bot.get_partial_messageable(thread.id)
    place.set_role_permissions(
        guild.bot_role, guild.bot_role.permissions | Permission.MANAGE_THREADS
    )
    shut(place, thread, archived=archived)

    await target.send("x")
    await target.get_partial_message(sent.id).edit(view=card(row(button("Gone", "gone"))))

    assert (thread.locked, thread.archived) == (True, False)
    assert [message.content for message in thread.messages] == ["", "x"]


@pytest.mark.parametrize(
    ("locked", "archived", "allowed"),
    [(False, True, True), (True, False, True), (True, True, False)],
)
async def test_the_bot_deletes_in_a_thread_unless_it_is_locked_and_archived(
    place: DiscordSandbox,
    thread: Channel,
    bot: Bot,
    sent: Message,
    locked: bool,
    archived: bool,
    allowed: bool,
) -> None:
    thread.set_state(archived=archived, locked=locked)
    message = bot.get_partial_messageable(thread.id).get_partial_message(sent.id)

    if allowed:
        await message.delete()
    else:
        with pytest.raises(discord.HTTPException) as error:
            await message.delete()
        assert code_of(error) == (400, 50083)

    assert sent.deleted is allowed
    assert thread.archived is archived


async def test_a_thread_that_is_locked_before_the_answer_refuses_a_public_one(
    place: DiscordSandbox, thread: Channel, alice: Actor, bot: Bot
) -> None:
    shot = await ask(alice, thread)
    interaction = await bot.taken()
    place.lock(thread)

    with pytest.raises(discord.HTTPException) as error:
        await interaction.response.send_message("x")
    assert code_of(error) == (400, 50083)
    assert shot.response_type is None

    await interaction.response.send_message("just you", ephemeral=True)
    await interaction.followup.send("more", ephemeral=True)
    with pytest.raises(discord.HTTPException) as error:
        await interaction.followup.send("x")
    assert code_of(error) == (400, 50083)
    assert thread.messages == []


async def test_a_deferred_answer_cannot_be_filled_in_once_the_thread_is_locked(
    place: DiscordSandbox, thread: Channel, alice: Actor, bot: Bot
) -> None:
    await ask(alice, thread)
    interaction = await bot.taken()
    await interaction.response.defer()
    place.lock(thread)

    for act in (interaction.edit_original_response(content="x"), interaction.followup.send("x")):
        with pytest.raises(discord.HTTPException) as error:
            await act
        assert code_of(error) == (400, 50083)

    assert thread.messages[0].loading


async def test_an_update_by_a_click_is_refused_too(
    place: DiscordSandbox, thread: Channel, alice: Actor, bot: Bot, sent: Message
) -> None:
    await alice.click(sent, "Go")
    click = await bot.taken()
    place.lock(thread)

    with pytest.raises(discord.HTTPException) as error:
        await click.response.edit_message(view=card(row(button("Gone", "gone"))))
    assert code_of(error) == (400, 50083)

    await click.response.defer()
    assert sent.edits == 0


@pytest.mark.parametrize("ephemeral", [True, False])
async def test_a_public_answer_reopens_an_archived_thread(
    place: DiscordSandbox, thread: Channel, alice: Actor, bot: Bot, ephemeral: bool
) -> None:
    await ask(alice, thread)
    interaction = await bot.taken()
    place.archive(thread)

    await interaction.response.send_message("x", ephemeral=ephemeral)

    assert thread.archived is ephemeral


async def test_members_are_kept_out_of_a_locked_thread_and_moderators_are_not(
    place: DiscordSandbox, thread: Channel, alice: Actor, mona: Actor, bot: Bot, sent: Message
) -> None:
    shut(place, thread, archived=True)

    for act in (
        alice.post(thread, "x"),
        ask(alice, thread),
        alice.click(sent, "Go"),
        alice.menu(thread, "Remix this image", sent),
    ):
        with pytest.raises(ValueError, match="talk is locked"):
            await act
    await ask(mona, thread)
    await mona.click(sent, "Go")
    await mona.post(thread, "x")

    assert (thread.locked, thread.archived) == (True, False)


@pytest.mark.parametrize("way", ["post", "command", "click"])
async def test_what_a_member_does_in_an_archived_thread_reopens_it(
    place: DiscordSandbox, thread: Channel, alice: Actor, bot: Bot, sent: Message, way: str
) -> None:
    place.archive(thread)

    if way == "post":
        await alice.post(thread, "x")
    elif way == "command":
        await ask(alice, thread)
    else:
        await alice.click(sent, "Go")

    assert not thread.archived


async def test_who_may_not_write_in_threads_cannot_reopen_one_by_a_click(
    place: DiscordSandbox, channel: Channel, thread: Channel, alice: Actor, sent: Message
) -> None:
    place.set_permissions(channel, alice, deny=Permission.SEND_MESSAGES_IN_THREADS)
    await alice.click(sent, "Go")
    place.archive(thread)

    with pytest.raises(ValueError, match="may not reopen the archived thread talk"):
        await alice.click(sent, "Go")


async def test_a_permission_is_missed_before_a_lock_is_met(
    place: DiscordSandbox, guild: Guild, channel: Channel, thread: Channel, bot: Bot
) -> None:
    place.set_permissions(channel, guild.everyone, deny=Permission.SEND_MESSAGES_IN_THREADS)
    place.set_permissions(channel, guild.bot_role, deny=Permission.SEND_MESSAGES_IN_THREADS)
    place.lock(thread)

    with pytest.raises(discord.HTTPException) as error:
        await call(bot, "POST", f"/channels/{thread.id}/messages", json={"content": "x"})

    assert code_of(error) == (403, 50013)
