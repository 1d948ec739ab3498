"""What a server's settings mean for members, beyond the panel that sets them."""

from __future__ import annotations

import pytest

from sandbox.discord import Actor, Message, Upload
from tests.e2e.cards import card_of, photo, said
from tests.e2e.moderated import Moderated
from tests.e2e.panels import Panel
from tests.e2e.world import World

DOWN = {"detail": [{"loc": ["body"], "msg": "out of order", "type": "bad_request"}]}


@pytest.fixture
def here(world: World) -> Moderated:
    made = Moderated.open(world)
    made.store({"notice_after": 0})
    return made


@pytest.fixture
def carol(here: Moderated) -> Actor:
    return here.guild.add_member("carol")


def notices(here: Moderated) -> list[Message]:
    """The replies to cards that say that they are done."""
    return [one for one in here.room.messages if one.reply_to is not None]


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_notice_is_sent_once_though_the_bot_is_killed_while_sending_it(
    here: Moderated, carol: Actor, *, carried_out: bool
) -> None:
    world = here.world
    sending = world.cut_off(
        world.discord.faults,
        carried_out=carried_out,
        method="POST",
        path=f"/channels/{here.room.id}/messages",
    )
    shot = await world.remix(carol, channel=here.room)
    await world.reached(sending)
    await world.kill()
    world.release()
    # So late that Discord has forgotten the message's nonce.
    world.discord.clock.advance(240)
    await world.start_bot()
    await world.closed(shot)

    (notice,) = notices(here)
    assert notice.content == f"<@{carol.id}> Your pictures are ready."
    assert notice.reply_to is card_of(shot)
    assert (notice.pings.users, notice.pings.everyone) == ({carol.id}, False)
    assert not notice.v2
    assert notice.edits == 0
    # Nothing else pinged anybody.
    assert [one for one in here.room.messages if one.pings.users] == [notice]

    await world.restart()
    await world.closed(shot)
    assert notices(here) == [notice]


async def test_what_was_quick_is_not_announced_and_what_failed_is(
    here: Moderated, carol: Actor
) -> None:
    here.store({"notice_after": 3600})
    await here.made(carol)
    here.store({"notice_after": 0})
    here.world.providers.fal.faults.add(method="POST", path="/ideogram/", status=400, body=DOWN)
    shot = await here.world.remix(carol, channel=here.room)
    await here.world.closed(shot)

    (notice,) = notices(here)
    assert notice.reply_to is card_of(shot)
    assert "This came to nothing; the message above says why." in notice.content


async def test_a_suspended_member_reads_why_wherever_they_go_on(
    here: Moderated, carol: Actor
) -> None:
    card = await here.made(carol, count=1)
    panel = await Panel.open(here.world, carol, card)
    form = await here.world.press(carol, card, "Remix this result")
    message = await carol.post(here.room, files=[Upload("cliff.jpg", photo())])
    menu = await (await carol.menu(here.room, "Remix this image", message)).answered()
    await here.use("quota suspend", member=carol, reason="a pause")

    for shot in (
        await panel.start(),
        await (await carol.submit(form, {"prompt": "a harbour"})).answered(),
        await (await carol.submit(menu, {"prompt": "a harbour"})).answered(),
        await (await carol.menu(here.room, "Remix this image", message)).answered(),
        await (await carol.menu(here.room, "Remix avatar", here.moderator)).answered(),
    ):
        assert "suspended you from the bot here. The reason: `a pause`." in said(shot), shot
    # What does not cost anything still answers.
    assert "You said nothing" in await here.say("consent", by=carol)
    assert len(here.world.jobs_of(carol)) == 1
