"""Report on a card, and what moderators do about it from the log channel."""

from __future__ import annotations

import pytest

from sandbox.discord import Actor, Channel, Message, Permission
from tests.e2e import forged
from tests.e2e.cards import card_of, labels, said, text_of
from tests.e2e.moderated import Moderated
from tests.e2e.world import PROMPT, World

NOT_ALLOWED = "Only who may manage messages in the card's channel can delete it."


@pytest.fixture
def here(world: World) -> Moderated:
    return Moderated.open(world)


@pytest.fixture
def carol(here: Moderated) -> Actor:
    return here.guild.add_member("carol")


async def reported(here: Moderated, card: Message, by: Actor) -> Message:
    """Report a card; gives the post of it."""
    await here.world.press(by, card, "Report")
    await here.logged("Card reported", card.link)
    return next(one for one in here.log.messages if card.link in text_of(one))


async def deleting(here: Moderated, member: Actor, post: Message) -> str:
    """Press Delete below a report; gives what comes of it."""
    shot = await here.world.press(member, post, "Delete the card")
    await here.world.until(lambda: not card_of(shot).loading, "an answer")
    return said(shot)


def keeper(here: Moderated, channel: Channel) -> Actor:
    """Somebody who may manage messages in one channel, and nothing else."""
    member = here.guild.add_member("keeper")
    here.world.discord.set_permissions(channel, member, allow=Permission.MANAGE_MESSAGES)
    return member


async def test_a_card_is_reported_once_by_each_member_once_there_is_a_log_channel(
    here: Moderated, carol: Actor
) -> None:
    dora, erin = here.guild.add_member("dora"), here.guild.add_member("erin")
    here.store({})
    before = await here.made(carol)
    here.store({"log_channel": here.log.id})
    card = await here.made(carol, prompt="**bold** @everyone", negative="`fog`", backend="fal-v3")
    assert "Report" not in labels(before)

    told = [said(await here.world.press(who, card, "Report")) for who in (dora, dora, erin)]

    assert told == [
        "Reported: the moderators of this server were told.",
        "You reported this card before; the moderators were told.",
        "Reported: the moderators of this server were told.",
    ]
    post = await here.logged("Card reported", f"reported by <@{erin.id}>")
    assert f"[This card]({card.link})" in post
    assert f"Asked for by <@{carol.id}> on **fal-v3**" in post
    assert "```\n**bold** @everyone\n\u02cbfog\u02cb\n```" in post
    assert here.posts("Card reported") == 2
    assert all(not one.pings.users and not one.pings.everyone for one in here.log.messages)

    here.store({})
    refused = said(await here.world.press(here.moderator, card, "Report"))
    assert refused == "This server takes no reports any more. Tell its moderators yourself."


async def test_a_reported_card_is_deleted_by_who_may_manage_messages_where_it_is(
    here: Moderated, carol: Actor
) -> None:
    here.store({"log_channel": here.log.id, "notice_after": 0})
    card = await here.made(carol)
    notice = await here.world.until(
        lambda: next((one for one in here.room.messages if one.reply_to is card), None),
        "the notice that it is done",
    )
    assert notice is not None
    in_log, in_room = keeper(here, here.log), keeper(here, here.room)
    post = await reported(here, card, in_log)
    await here.world.restart()

    for member in (in_log, here.moderator):
        assert await deleting(here, member, post) == NOT_ALLOWED
    assert not card.deleted

    assert await deleting(here, in_room, post) == "The card was deleted."
    assert card.deleted
    assert notice.deleted
    trail = await here.logged("Reported card deleted", f"By <@{in_room.id}> for <@{carol.id}>")
    assert f"Before: a card in <#{here.room.id}>" in trail
    assert await deleting(here, in_room, post) == "The card is gone already."
    assert here.posts("Reported card deleted") == 1


async def test_a_card_in_an_archived_thread_or_a_channel_that_is_gone(
    here: Moderated, carol: Actor
) -> None:
    thread = here.guild.add_thread(here.room, "details")
    doomed = here.guild.add_channel("doomed")
    in_thread = await here.world.made(carol, channel=thread)
    in_channel = await here.world.made(carol, channel=doomed)
    posts = [await reported(here, card, carol) for card in (in_thread, in_channel)]
    here.world.discord.archive(thread)
    here.world.discord.delete_channel(doomed)
    await here.world.restart()
    member = keeper(here, here.room)

    answers = [await deleting(here, member, post) for post in posts]

    assert answers == ["The card was deleted.", "The card is gone already."]
    assert in_thread.deleted


async def test_the_member_is_suspended_by_who_may_moderate_quotas(
    here: Moderated, carol: Actor
) -> None:
    card = await here.made(carol)
    helpers = here.guild.add_role("helpers")
    helper, keeping = here.guild.add_member("helper", roles=[helpers]), keeper(here, here.room)
    here.world.discord.restrict_command(here.guild, "quota", {helpers: True})
    post = await reported(here, card, keeping)
    refused = await here.world.press(keeping, post, "Suspend the member")
    assert "Only who may manage the server can do that" in said(refused)

    opened = await here.world.press(helper, post, "Suspend the member")
    await here.world.restart()
    wrong = await (await helper.submit(opened, {"until": "soon"})).answered()
    assert "Give a duration such as 7d" in said(wrong)
    sent = await (
        await helper.submit(opened, {"until": "7d", "reason": "look\n**twice**"})
    ).answered()

    assert said(sent).startswith(f"<@{carol.id}> is suspended until <t:")
    await here.logged("Member suspended", f"By <@{helper.id}> for <@{carol.id}>", "look **twice**")
    sentence = "The reason: `look **twice**`."
    assert sentence in await here.refused(carol)
    for button in ("Re-roll", "Edit", "More"):
        assert sentence in said(await here.world.press(carol, card, button))
    again = await here.world.press(helper, post, "Suspend the member")
    here.world.discord.clear_command(here.guild, "quota")
    late = await (await helper.submit(again, {})).answered()
    assert "Only who may manage the server can do that" in said(late)


async def test_an_old_cards_prompt_is_read_from_the_card(here: Moderated, carol: Actor) -> None:
    shot = await here.world.remix(carol, channel=here.room)
    card = await here.world.shown(shot)
    await here.world.drop_prompts(shot)

    post = await reported(here, card, carol)

    assert PROMPT in text_of(post)


async def test_another_servers_report_leads_nowhere(here: Moderated, carol: Actor) -> None:
    post = await reported(here, await here.made(carol), carol)
    forged_id = str(post.buttons()[1].custom_id)
    there = Moderated.open(here.world, "Elsewhere")
    elsewhere = await there.made(there.moderator)

    shot = await forged.press(there.moderator, elsewhere, forged_id)

    assert said(shot) == "This card is not known to the bot any more."
