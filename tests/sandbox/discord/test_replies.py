"""Replies, and whom they ping."""

from __future__ import annotations

import discord
import pytest

from sandbox.discord import Actor, Channel
from tests.sandbox.discord.bots import Bot, card, text


@pytest.fixture
def target(bot: Bot, channel: Channel) -> discord.PartialMessageable:
    return bot.get_partial_messageable(channel.id)


def replying(message_id: int, channel: Channel) -> discord.MessageReference:
    return discord.MessageReference(message_id=message_id, channel_id=channel.id)


async def test_a_reply_pings_exactly_those_whom_it_names(
    channel: Channel, alice: Actor, bob: Actor, target: discord.PartialMessageable
) -> None:
    question = await alice.post(channel, "when?")
    allowed = discord.AllowedMentions(
        everyone=False, roles=False, replied_user=False, users=[discord.Object(bob.id)]
    )

    await target.send(
        f"{bob.mention} {alice.mention} @everyone done",
        reference=replying(question.id, channel),
        allowed_mentions=allowed,
    )

    reply = channel.messages[1]
    assert reply.reply_to is question
    assert reply.kind == 19
    assert (reply.pings.users, reply.pings.roles, reply.pings.everyone) == ({bob.id}, set(), False)


@pytest.mark.parametrize(
    ("allowed", "pinged"),
    [
        (discord.utils.MISSING, True),
        (discord.AllowedMentions(replied_user=True, users=False), True),
        (discord.AllowedMentions(replied_user=False), False),
        (discord.AllowedMentions.none(), False),
    ],
)
async def test_a_reply_pings_its_author_unless_that_is_forbidden(
    channel: Channel,
    alice: Actor,
    target: discord.PartialMessageable,
    allowed: discord.AllowedMentions,
    pinged: bool,
) -> None:
    question = await alice.post(channel, "when?")

    sent = await target.send(
        "done", reference=replying(question.id, channel), allowed_mentions=allowed
    )

    assert channel.messages[1].pings.users == ({alice.id} if pinged else set())
    assert [user.id for user in sent.mentions] == ([alice.id] if pinged else [])


async def test_a_reply_to_the_bots_own_card_carries_the_card(
    channel: Channel, alice: Actor, target: discord.PartialMessageable
) -> None:
    shown = await target.send(view=card(text("a cat")))

    sent = await target.send(
        alice.mention,
        reference=shown,
        allowed_mentions=discord.AllowedMentions(
            users=[discord.Object(alice.id)], replied_user=False
        ),
    )

    assert sent.type is discord.MessageType.reply
    assert sent.reference is not None
    assert isinstance(sent.reference.resolved, discord.Message)
    assert sent.reference.resolved.id == shown.id
    assert channel.messages[1].pings.users == {alice.id}


async def test_what_a_reply_replies_to_is_shown_as_it_would_be_alone(
    channel: Channel, alice: Actor, target: discord.PartialMessageable
) -> None:
    question = await alice.post(channel, "secret")

    sent = await target.send("done", reference=replying(question.id, channel))

    assert sent.reference is not None
    assert isinstance(sent.reference.resolved, discord.Message)
    assert sent.reference.resolved.content == ""


async def test_a_reply_to_what_is_gone_is_sent_where_that_is_allowed(
    channel: Channel, target: discord.PartialMessageable
) -> None:
    gone = await target.send("x")
    await gone.delete()
    strict, lenient = (
        discord.MessageReference(message_id=gone.id, channel_id=channel.id, fail_if_not_exists=must)
        for must in (True, False)
    )

    with pytest.raises(discord.HTTPException) as error:
        await target.send("y", reference=strict)
    assert error.value.code == 50035
    await target.send("z", reference=lenient)

    assert [message.content for message in channel.messages] == ["z"]
