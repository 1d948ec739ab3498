"""What is sent to Discord again after a lost connection stands there once."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from sandbox.discord import Actor, Answer, Channel, Invocation, Message
from sandbox.faults import Fault
from tests.e2e.cards import AFTER, card_of, pictures, text_of, whispered
from tests.e2e.world import World

INVALID = {"code": 50035, "message": "Invalid Form Body"}
CLOSED = {"code": 50001, "message": "Missing Access"}


class Twenty(NamedTuple):
    """A remix of twenty pictures, and the channel that is its own."""

    shot: Invocation
    room: Channel


async def twenty(world: World) -> Twenty:
    """Order twenty pictures, which take three messages."""
    member, room = world.member(), world.guild.add_channel("room")
    quote = await world.remix(member, backend="runware-v2", count=20, channel=room)
    return Twenty(await world.press(member, card_of(quote), "Start"), room)


def names(message: Message) -> list[str]:
    """The files that it shows as results."""
    return [re.sub(r"\?.*|.*/", "", url) for url in pictures(message, AFTER)]


def links(card: Message) -> list[str]:
    """Where it says that more pictures are."""
    (line,) = [content for content in card.texts() if "More pictures below" in content]
    return re.findall(r"\((https://[^)]+)\)", line)


async def assert_shown_once(world: World, order: Twenty) -> Message:
    """Check the three messages of twenty pictures; gives the card."""
    job = await world.closed(order.shot)
    assert (job["shown"], job["settled"], world.used(order.shot.member)) == ("yes", 160, 160)
    (card,) = [message for message in order.room.messages if "### Remix" in text_of(message)]
    further = [message for message in order.room.messages if message is not card]
    assert [len(names(message)) for message in (card, *further)] == [9, 10, 1]
    shown = [name for message in (card, *further) for name in names(message)]
    assert [name.partition(".")[0] for name in shown] == [f"after-{n}" for n in range(1, 21)]
    assert links(card) == [message.link for message in further]
    return card


async def test_a_further_message_whose_sending_was_lost_is_there_once(world: World) -> None:
    faults = world.discord.faults
    lost, unheard, refused = orders = [await twenty(world) for _ in range(3)]
    drops: dict[Twenty, Literal["before", "after"]]
    drops = {lost: "before", unheard: "after", refused: "after"}
    cuts: list[Fault] = []
    for order, drop in drops.items():
        # The one after the first: the second of the further messages.
        posts = f"/channels/{order.room.id}/messages$"
        cuts.append(faults.add(method="POST", path=posts, after=1, drop=drop))
    original = f"/{refused.shot.token}/messages/@original$"
    edits = faults.add(method="PATCH", path=original, status=400, body=INVALID, times=None)
    cards = [await assert_shown_once(world, order) for order in orders]
    assert [cut.hits for cut in cuts] == [1, 1, 1]
    assert edits.hits > 0
    # Where its edit is refused, the card is a new message and the waiting one goes.
    replaced = [card is not card_of(order.shot) for card, order in zip(cards, orders, strict=True)]
    assert replaced == [False, False, True]
    assert card_of(refused.shot).deleted


async def closed_to(world: World, alice: Actor) -> Invocation:
    """Order a remix whose channel closes while fal works on it."""
    world.providers.fal.gate.clear()
    shot = await world.remix(alice)
    await world.until(lambda: world.job(shot).get("state") == "running", "fal's acceptance")
    original = f"/{shot.token}/messages/@original$"
    world.discord.faults.add(method="PATCH", path=original, status=403, body=CLOSED, times=None)
    return shot


async def test_a_private_result_that_was_lost_on_its_way_is_sent_again(
    world: World, alice: Actor
) -> None:
    closed = await closed_to(world, alice)
    followup = f"/webhooks/[0-9]+/{closed.token}$"
    lost = world.discord.faults.add(method="POST", path=followup, drop="before")
    world.providers.fal.gate.set()
    job = await world.closed(closed)
    assert lost.hits == 1
    assert (job["shown"], job["settled"]) == ("yes", 4)
    (private,) = closed.followups
    assert private.ephemeral
    assert len(pictures(private, AFTER)) == 1


async def test_a_private_result_is_deleted_by_its_member(world: World, alice: Actor) -> None:
    closed = await closed_to(world, alice)
    world.providers.fal.gate.set()
    await world.closed(closed)
    (private,) = closed.followups
    deleting = await world.press(alice, private, "Delete")
    assert deleting.response_type is Answer.DEFER_UPDATE
    await world.until(lambda: private.deleted, "the private result to be deleted")
    # The waiting card is another message: Delete is of what it stands on.
    assert not card_of(closed).deleted
    assert whispered(deleting) == ""
