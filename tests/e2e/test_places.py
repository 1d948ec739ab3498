"""Channels of every kind, threads and posts: where the bot works, and what it says elsewhere."""

from __future__ import annotations

import pytest

from sandbox.discord import Channel, Permission
from sandbox.discord.components import walk
from tests.e2e.cards import AFTER, card_of, pictures, said, text_of
from tests.e2e.servers import Server
from tests.e2e.world import World

FLAGGED = "a __nsfw__ city"


@pytest.fixture
def server(world: World) -> Server:
    return Server.found(world)


def place(server: Server, kind: str) -> Channel:
    """A place of some kind, under a category of its own."""
    guild = server.guild
    category = guild.add_category("studio")
    match kind:
        case "announcements":
            return guild.add_announcements("news", category=category)
        case "voice":
            return guild.add_voice("lounge", category=category)
        case "thread":
            return guild.add_thread(guild.add_channel("talk", category=category), "a thread")
        case "announcement thread":
            return guild.add_thread(guild.add_announcements("news", category=category), "replies")
        case "post":
            forum = guild.add_forum("show", category=category)
            return guild.add_post(forum, "my cat", author=server.member)
        case _:
            return guild.add_channel("plain", category=category)


KINDS = ["channel", "announcements", "voice", "thread", "announcement thread", "post"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_remix_and_its_buttons_work_in_every_kind_of_place(
    server: Server, kind: str
) -> None:
    world, room = server.world, place(server, kind)

    card = await world.made(server.member, channel=room)
    again = await world.shown(await world.press(server.member, card, "Re-roll"))

    assert [card.channel, again.channel] == [room, room]
    assert pictures(again, AFTER)


async def test_threads_and_posts_follow_what_they_are_in(server: Server) -> None:
    world, panel, member = server.world, await server.panel(), server.member
    thread, post = place(server, "thread"), place(server, "post")
    assert thread.parent
    assert post.parent
    outside = server.guild.add_thread(server.room, "outside")

    await panel.pick("channels", "channels", values=[thread.parent, post.parent.category])

    for room in (thread, thread.parent, post):
        await world.made(member, channel=room)
    for room in (server.room, outside):
        shot = await world.remix(member, channel=room)
        assert "may not be used in this channel" in said(shot)
        assert f"<#{thread.parent.id}>" in said(shot)


async def test_a_locked_thread_is_refused_before_anything_is_charged(server: Server) -> None:
    world, thread = server.world, server.guild.add_thread(server.room, "closed")
    role = server.guild.add_role("keepers", permissions=Permission.MANAGE_THREADS)
    keeper = server.guild.add_member("keeper", roles=[role])
    world.discord.lock(thread)

    shot = await world.remix(keeper, channel=thread)

    assert "This thread is locked" in said(shot)
    assert world.jobs_of(keeper) == []
    world.discord.set_role_permissions(
        server.guild.bot_role, int(server.guild.bot_role.permissions) | Permission.MANAGE_THREADS
    )
    await world.made(keeper, channel=thread)


@pytest.mark.parametrize("alive", [True, False])
async def test_a_thread_archived_meanwhile_shows_its_member_or_gives_back(
    server: Server, alive: bool
) -> None:
    world, post = server.world, place(server, "post")
    world.providers.fal.gate.clear()
    shot = await world.remix(server.member, channel=post)
    await world.until(lambda: world.job(shot).get("state") == "running", "fal's acceptance")
    world.discord.archive(post)
    if not alive:
        world.discord.expire_token(shot)

    world.providers.fal.gate.set()
    job = await world.closed(shot)

    assert post.archived
    assert card_of(shot).media() == []
    if alive:
        (private,) = shot.followups
        assert private.ephemeral
        assert pictures(private, AFTER)
        assert (job["shown"], world.used(server.member)) == ("yes", 4)
    else:
        assert (job["shown"], world.used(server.member)) == ("undeliverable", 0)


async def test_flagged_pictures_are_spoilers_in_age_restricted_places_only(
    server: Server,
) -> None:
    world, panel, member = server.world, await server.panel(), server.member
    adults = server.guild.add_thread(server.guild.add_channel("adults", nsfw=True), "late")
    await panel.pick("results", "flagged", values=["spoiler"])

    refused = await world.remix(member, FLAGGED, channel=server.room, backend="runware-v2")
    shown = await world.remix(member, FLAGGED, channel=adults, backend="runware-v2")

    assert "withheld the result for its content" in text_of(await world.ended(refused))
    card = await world.shown(shown)
    (gallery,) = (part for part in walk(card.components) if part.get("id") == AFTER)
    assert [item["spoiler"] for item in gallery["items"]] == [True]
    assert world.used(member) == 8


async def test_missing_permissions_are_told_to_the_member_and_once_a_day_to_the_log(
    server: Server,
) -> None:
    world, panel, role = server.world, await server.panel(), server.guild.bot_role
    log, thread = server.guild.add_channel("mod-log"), server.guild.add_thread(server.room, "t")
    await panel.pick("channels", "log_channel", values=[log])
    deny = Permission.ATTACH_FILES | Permission.SEND_MESSAGES_IN_THREADS
    world.discord.set_permissions(server.room, role, deny=deny)

    answers = [
        said(await world.remix(server.member, channel=room))
        for room in (server.room, server.room, thread)
    ]

    assert answers[0] == answers[1]
    assert "lacks the permission Attach Files. Ask someone who manages" in answers[0]
    assert "lacks the permission Send Messages in Threads, Attach Files." in answers[2]

    def told() -> list[str]:
        return [text for one in log.messages if "Permissions are" in (text := text_of(one))]

    await world.until(lambda: len(told()) >= 2, "two posts")
    assert [f"<#{server.room.id}> the bot lacks: Attach Files." in text for text in told()] == [
        True,
        False,
    ]
    assert f"<#{thread.id}> the bot lacks: Send Messages in Threads, Attach Files." in told()[1]
    assert world.jobs_of(server.member) == []
