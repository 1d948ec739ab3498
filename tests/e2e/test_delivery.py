from __future__ import annotations

import pytest

from sandbox.discord import Actor, Channel, Invocation, Permission
from tests.e2e.cards import AFTER, card_of, labels, pictures, text_of, whispered
from tests.e2e.world import PROMPT, World

ORIGINAL = "/messages/@original$"


@pytest.fixture
def room(world: World) -> Channel:
    """A channel of the test's own."""
    return world.guild.add_channel("room")


async def running(world: World, member: Actor, room: Channel) -> Invocation:
    """A remix that has its card and waits for fal."""
    world.providers.fal.gate.clear()
    shot = await world.remix(member, channel=room)
    await world.until(lambda: world.job(shot).get("state") == "running", "fal's acceptance")
    return shot


def error(code: int, message: str) -> dict[str, object]:
    return {"code": code, "message": message}


async def test_a_dead_token_is_followed_by_an_edit_as_the_bot(
    world: World, alice: Actor, room: Channel
) -> None:
    shot = await running(world, alice, room)
    world.discord.expire_token(shot)
    before = len(world.discord.requests)
    world.providers.fal.gate.set()
    card = await world.shown(shot)
    await world.closed(shot)
    assert world.asked_of_discord(before) == [
        "PATCH /webhooks/*/*/messages/@original 401",
        "PATCH /channels/*/messages/* 200",
    ]
    assert room.messages == [card]
    assert pictures(card, AFTER)


async def test_a_card_deleted_while_it_runs_is_not_posted_again_and_is_charged(
    world: World, alice: Actor, room: Channel
) -> None:
    shot = await running(world, alice, room)
    world.discord.delete_message(card_of(shot))
    world.providers.fal.gate.set()
    job = await world.closed(shot)
    assert (job["state"], job["shown"], job["settled"]) == ("succeeded", "deleted", 4)
    assert room.messages == []
    assert shot.followups == []
    answer = await world.credits(alice)
    assert "used 4" in answer
    assert "fal-v2a · 4 credits" in answer
    assert card_of(shot).link not in answer


async def test_a_card_deleted_before_the_purchase_cancels(
    world: World, alice: Actor, room: Channel
) -> None:
    full = world.providers.fal.faults.add(
        method="POST", path="/remix$", status=429, body={"detail": "busy"}, times=None
    )
    shot = await world.remix(alice, channel=room)
    await world.reached(full)
    world.discord.delete_message(card_of(shot))
    job = await world.closed(shot)
    assert (job["state"], job["shown"]) == ("cancelled", "deleted")
    assert world.used(alice) == 0


async def test_a_closed_channel_gives_the_result_to_its_member_alone(
    world: World, alice: Actor, room: Channel
) -> None:
    shot = await running(world, alice, room)
    world.discord.faults.add(
        method="PATCH", path=ORIGINAL, status=403, body=error(50001, "Missing Access")
    )
    world.providers.fal.gate.set()
    job = await world.closed(shot)
    assert (job["shown"], job["settled"]) == ("yes", 4)
    (private,) = shot.followups
    assert private.ephemeral
    assert pictures(private, AFTER)
    assert PROMPT in text_of(private)
    assert card_of(shot).media() == []


async def test_an_archived_thread_is_not_opened_again(
    world: World, alice: Actor, room: Channel
) -> None:
    thread = world.guild.add_thread(room, "talk")
    shot = await running(world, alice, thread)
    world.discord.archive(thread)
    world.providers.fal.gate.set()
    job = await world.closed(shot)
    assert (job["shown"], thread.archived) == ("yes", True)
    assert thread.messages == [card_of(shot)]
    assert pictures(shot.followups[0], AFTER)


@pytest.mark.parametrize("gone", ["channel", "access"])
async def test_what_cannot_be_delivered_is_given_back_and_listed(
    world: World, alice: Actor, room: Channel, gone: str
) -> None:
    shot = await running(world, alice, room)
    if gone == "channel":
        world.discord.delete_channel(room)
    else:
        # While the token lives, a card can be edited without access to its channel.
        world.discord.expire_token(shot)
        world.discord.set_permissions(room, world.guild.bot_role, deny=Permission.VIEW_CHANNEL)
    world.providers.fal.gate.set()
    job = await world.closed(shot)
    assert (job["state"], job["shown"], job["settled"]) == ("succeeded", "undeliverable", 4)
    assert world.used(alice) == 0
    assert "could not be shown, 4 credits given back" in await world.credits(alice)
    entries = world.books.rows("SELECT kind FROM ledger WHERE job_id = ?", job["id"])
    assert sorted(row["kind"] for row in entries) == ["reserve", "return", "settle"]


async def test_a_card_without_its_pictures_says_so_where_it_can_still_be_edited(
    world: World, alice: Actor, room: Channel
) -> None:
    shot = await running(world, alice, room)
    world.discord.expire_token(shot)
    world.discord.set_permissions(room, world.guild.bot_role, deny=Permission.ATTACH_FILES)

    world.providers.fal.gate.set()
    job = await world.closed(shot)

    assert (job["shown"], world.used(alice)) == ("undeliverable", 0)
    assert "Discord did not take it" in text_of(card_of(shot))
    assert "Nothing is charged." in text_of(card_of(shot))
    assert labels(card_of(shot)) == ["Try again", "Delete"]


async def test_a_bot_thrown_out_of_the_server_gives_back(world: World) -> None:
    guild = world.discord.add_guild("Fickle")
    room, guest = guild.add_channel("remix"), guild.add_member("guest")
    shot = await running(world, guest, room)
    world.discord.expire_token(shot)
    world.discord.remove_bot(guild)
    world.providers.fal.gate.set()
    job = await world.closed(shot)
    assert job["shown"] == "undeliverable"
    assert world.used(guest) == 0


async def test_an_edit_that_is_refused_is_followed_by_one_new_message(
    world: World, alice: Actor, room: Channel
) -> None:
    shot = await running(world, alice, room)
    world.discord.faults.add(
        method="PATCH", path=ORIGINAL, status=400, body=error(50035, "Invalid Form Body")
    )
    world.providers.fal.gate.set()
    await world.closed(shot)
    (card,) = room.messages
    assert card is not card_of(shot)
    assert card_of(shot).deleted
    assert pictures(card, AFTER)
    assert world.used(alice) == 4
    assert card.link in await world.credits(alice)
    # Its buttons work as on any card.
    await world.shown(await world.press(alice, card, "Re-roll"))
    await world.press(alice, card, "Delete")
    await world.until(lambda: card.deleted, "the new message to be deleted")


@pytest.mark.parametrize("carried_out", [False, True])
async def test_a_kill_around_the_new_message_posts_it_once(
    world: World, alice: Actor, room: Channel, carried_out: bool
) -> None:
    shot, faults = await running(world, alice, room), world.discord.faults
    invalid = error(50035, "Invalid Form Body")
    faults.add(method="PATCH", path=ORIGINAL, status=400, body=invalid, times=None)
    posts = "/channels/.*/messages$"
    sending = world.cut_off(faults, carried_out=carried_out, method="POST", path=posts)
    world.providers.fal.gate.set()
    await world.reached(sending)
    await world.kill()
    # So late that Discord has forgotten the message's nonce.
    world.discord.clock.advance(240)
    await world.start_bot()
    job = await world.closed(shot)
    (card,) = room.messages
    assert pictures(card, AFTER)
    assert (job["shown"], world.used(alice)) == ("yes", 4)
    assert card_of(shot).deleted


async def test_a_slow_discord_delays_and_loses_nothing(
    world: World, alice: Actor, room: Channel
) -> None:
    faults, limits = world.discord.faults, world.discord.limits
    faults.add(method="POST", path="/callback$", status=503, body=b"")
    faults.add(method="PATCH", path=ORIGINAL, status=502, body=b"")
    shot = await world.remix(alice, channel=room)
    limits.block(
        "PATCH",
        "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        retry_after=0.5,
    )
    card = await world.shown(shot)
    await world.closed(shot)
    assert room.messages == [card]
    assert world.used(alice) == 4


async def test_an_edit_whose_answer_is_lost_is_repeated(
    world: World, alice: Actor, room: Channel
) -> None:
    lost = world.discord.faults.add(method="PATCH", path=ORIGINAL, drop="after")
    shot = await world.remix(alice, channel=room)
    await world.closed(shot)
    assert lost.hits == 1
    (card,) = room.messages
    assert card.edits == 2
    assert len(pictures(card, AFTER)) == 1


async def test_a_callback_that_was_carried_out_and_lost_goes_on_once(
    world: World, alice: Actor, room: Channel
) -> None:
    world.discord.faults.add(method="POST", path="/callback$", drop="after")
    shot = await world.remix(alice, channel=room)
    card = await world.shown(shot)
    job = await world.closed(shot)
    assert job["message_id"] == card.id
    assert room.messages == [card]
    assert world.used(alice) == 4


async def test_a_callback_that_failed_after_it_was_carried_out_goes_on_once(
    world: World, alice: Actor, room: Channel
) -> None:
    world.discord.faults.add(method="POST", path="/callback$", status=503, body=b"", process=True)
    card = await world.shown(await world.remix(alice, channel=room))
    assert room.messages == [card]
    assert len(world.jobs_of(alice)) == 1


async def test_a_callback_that_never_arrived_is_cancelled_and_refunded(
    world: World, alice: Actor, room: Channel
) -> None:
    works = len(world.providers.fal.works)
    world.discord.faults.add(method="POST", path="/callback$", drop="before")
    shot = await world.order(alice, channel=room)
    job = await world.until(lambda: world.job(shot), "the reservation")
    job = await world.closed(shot)
    assert (job["state"], job["reason"]) == ("cancelled", "card_lost")
    assert (world.used(alice), len(world.providers.fal.works)) == (0, works)
    assert room.all_messages == []


async def test_a_discord_that_is_down_for_the_three_seconds_loses_the_card_and_no_credits(
    world: World, alice: Actor, room: Channel
) -> None:
    down = world.discord.faults.add(method="POST", path="/callback$", status=503, body=b"", times=2)
    shot = await world.order(alice, channel=room)
    await world.until(lambda: world.job(shot), "the reservation")
    job = await world.closed(shot)
    assert (down.hits, job["state"], job["reason"]) == (2, "cancelled", "card_lost")
    assert shot.failed
    assert world.used(alice) == 0


async def test_nothing_is_bought_before_discord_has_confirmed_the_card(
    world: World, alice: Actor, room: Channel
) -> None:
    held = world.event()
    callback = world.discord.faults.add(method="POST", path="/callback$", hold=held)
    works = len(world.providers.fal.works)
    shot = await world.remix(alice, channel=room)
    # The source is read meanwhile.
    await world.until(
        lambda: any(
            one.path.startswith("/ephemeral") and str(room.id) in one.path
            for one in world.discord.requests
        ),
        "the source to be read",
    )
    assert callback.hits == 1
    assert world.job(shot)["state"] == "queued"
    assert len(world.providers.fal.works) == works
    held.set()
    await world.shown(shot)


async def test_missing_permissions_are_named_to_the_member_alone(
    world: World, alice: Actor, room: Channel
) -> None:
    lacking = Permission.ATTACH_FILES | Permission.READ_MESSAGE_HISTORY
    world.discord.set_permissions(room, world.guild.bot_role, deny=int(lacking))
    shot = await world.remix(alice, channel=room)
    said = text_of(card_of(shot))
    assert card_of(shot).ephemeral
    assert "lacks the permission Attach Files, Read Message History." in said
    assert labels(card_of(shot)) == []
    assert world.jobs_of(alice) == []


async def test_a_thread_asks_for_its_own_permission(
    world: World, alice: Actor, room: Channel
) -> None:
    thread = world.guild.add_thread(room, "talk")
    await world.made(alice, channel=thread)
    denied = Permission.SEND_MESSAGES_IN_THREADS
    world.discord.set_permissions(room, world.guild.bot_role, deny=int(denied))
    shot = await world.remix(alice, channel=thread)
    assert "Send Messages in Threads" in text_of(card_of(shot))
    assert len(world.jobs_of(alice)) == 1
    assert whispered(shot) == ""
