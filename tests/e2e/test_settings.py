"""/settings: one panel for moderators, true after every press and after a restart."""

from __future__ import annotations

import asyncio
import json

import pytest

from sandbox.discord import Answer, Permission
from tests.e2e.cards import labels, said, text_of
from tests.e2e.servers import Server
from tests.e2e.world import World

NOT_ALLOWED = "Only who may manage the server can do that"


@pytest.fixture
def server(world: World) -> Server:
    return Server.found(world)


def stored(server: Server) -> dict[str, object]:
    """What is stored of a server's settings."""
    text = server.world.books.one("SELECT settings FROM servers WHERE id = ?", server.guild.id)
    return json.loads(text or "{}")


async def test_a_moderator_sets_everything_on_one_panel(server: Server) -> None:
    panel, room = await server.panel(), server.room
    log = server.guild.add_channel("mod-log")
    assert panel.message.ephemeral

    await panel.pick("channels", "channels", values=[room])
    await panel.pick("backends", "backends", "0", values=["fal-v2a", "fal-v3", "fal-v2-turbo"])
    await panel.pick("backends", "backend", "0", values=["fal-v3"])
    await panel.pick("backends", "strength", values=["75"])
    await panel.pick("members", "pressers", values=["requester"])
    await panel.pick("members", "remixable", values=["only_allowed"])
    await panel.fill("members", "account_days", "3")
    await panel.fill("members", "member_days", "1")
    await panel.pick("results", "flagged", values=["spoiler"])
    await panel.fill("results", "notice_after", "45")
    await panel.pick("time", "period", values=["week"])
    await panel.pick("channels", "log_channel", values=[log])
    await panel.fill("time", "zone", "berlin")
    await panel.press("put", "enabled", "off")

    found = stored(server)
    period = found.pop("period")
    assert isinstance(period, dict)
    assert (period["kind"], period["zone"]) == ("week", "Europe/Berlin")
    assert found == {
        **found,
        "enabled": False,
        "channels": [room.id],
        "log_channel": log.id,
        "backends": ["fal-v2a", "fal-v3", "fal-v2-turbo"],
        "backend": "fal-v3",
        "strength": 75,
        "pressers": "requester",
        "remixable": "only_allowed",
        "account_days": 3,
        "member_days": 1,
        "flagged": "spoiler",
        "notice_after": 45,
    }
    await panel.section("overview")
    for words in (
        *("off** in this server", f"<#{room.id}>", f"<#{log.id}>", "`fal-v3`", "75 (Light)"),
        *("only who asked", "only if they allow", "3 days", "1 day", "spoilers"),
        *("45 seconds or more", "each week", "`Europe/Berlin`"),
    ):
        assert words in panel.text, words
    assert len(server.changes()) == 14
    await server.world.until(lambda: len(log.messages) == 3, "the posts in the log")
    assert f"Now: Log channel: <#{log.id}>" in text_of(log.messages[0])
    assert "Before: Time zone: `UTC`\nNow: Time zone: `Europe/Berlin`" in text_of(log.messages[1])


async def test_the_panel_is_not_for_members_without_rights(server: Server) -> None:
    world, member = server.world, server.member
    with pytest.raises(ValueError, match="settings"):
        await member.slash(server.room, "settings")

    card = await world.made(member, channel=server.room)
    for what in ("open", "section", "put:enabled:off", "clear:channels", "form:zone", "finish"):
        # What Discord's client would not send, a member may still forge.
        row = card.kept_components[0]["components"][-1]["components"]
        row[-1]["custom_id"] = f"remix-server:{what}"
        shot = await world.press(member, card, f"remix-server:{what}")
        assert NOT_ALLOWED in said(shot)
    assert stored(server) == {}
    assert server.changes() == []


async def test_a_moderator_who_lost_the_role_is_refused_on_an_open_panel_and_form(
    server: Server,
) -> None:
    panel = await server.panel()
    await panel.section("time")
    opened = await panel.press("form", "zone")
    server.moderator.set_roles([])

    pressed = await panel.press("put", "enabled", "off")
    sent = await (await server.moderator.submit(opened, {"value": "Paris"})).answered()

    assert NOT_ALLOWED in said(pressed)
    assert NOT_ALLOWED in said(sent)
    assert stored(server) == {}


async def test_whom_the_server_allows_the_command_sets_as_moderators_do(server: Server) -> None:
    helpers = server.guild.add_role("helpers")
    helper = server.guild.add_member("helper", roles=[helpers])
    server.world.discord.restrict_command(server.guild, "settings", {helpers: True})

    panel = await server.panel(helper)
    await panel.fill("backends", "strength", "33")

    assert stored(server)["strength"] == 33
    assert panel.chosen("pick", "strength") == ["33"]
    assert server.rows("changes")[0]["actor_id"] == helper.id


async def test_a_panel_and_its_form_survive_a_restart(world: World) -> None:
    server = Server.found(world)
    panel = await server.panel()
    await panel.section("time")
    opened = await panel.press("form", "zone")

    await world.restart()
    sent = await (await server.moderator.submit(opened, {"value": "new york"})).answered()
    await panel.pick("members", "pressers", values=["requester"])

    assert sent.response_type is Answer.UPDATE
    assert panel.chosen("pick", "pressers") == ["requester"]
    await panel.section("overview")
    assert "`America/New_York`" in panel.text


@pytest.mark.parametrize(
    ("section", "setting", "typed", "says"),
    [
        ("time", "zone", "Berln", "did you mean Europe/Berlin"),
        ("time", "zone", "UTC+2", "A fixed offset would be wrong"),
        ("backends", "strength", "0", "a whole number from 1 to 100"),
        ("results", "notice_after", "soon", "a whole number from 1 to 3600"),
        ("members", "account_days", "-1", "a whole number from 0 to 3650"),
    ],
)
async def test_what_cannot_be_set_is_said_on_the_panel(
    server: Server, section: str, setting: str, typed: str, says: str
) -> None:
    panel = await server.panel()

    shot = await panel.fill(section, setting, typed)

    assert shot.response_type is Answer.UPDATE
    assert panel.note.startswith("Not changed.")
    assert says in panel.note
    assert stored(server) == {}


async def test_a_log_channel_where_the_bot_cannot_post_is_refused_by_name(server: Server) -> None:
    log, panel = server.guild.add_channel("mod-log"), await server.panel()
    role = server.guild.bot_role
    server.world.discord.set_permissions(log, role, deny=Permission.SEND_MESSAGES)
    before = str(panel.message.selects()[0].custom_id)

    await panel.pick("channels", "log_channel", values=[log])

    assert f"In <#{log.id}> the bot lacks Send Messages." in panel.note
    # Another id, or the client would go on showing the channel as chosen.
    assert panel.select("pick", "log_channel").custom_id != before
    assert stored(server) == {}
    server.world.discord.set_permissions(log, role)
    await panel.pick("channels", "log_channel", values=[log])
    assert stored(server)["log_channel"] == log.id
    # It is said as well where the permission is taken away afterwards, or the channel goes.
    server.world.discord.set_permissions(log, role, deny=Permission.VIEW_CHANNEL)
    assert f"In <#{log.id}> the bot lacks View Channel." in (await server.panel()).text
    server.world.discord.delete_channel(log)
    assert "The log channel does not exist any more." in (await server.panel()).text


async def test_a_server_cannot_be_left_without_backends(server: Server) -> None:
    panel = await server.panel()

    await panel.pick("backends", "backends", "0", values=[])
    assert "At least one backend must be left" in panel.note
    assert len(panel.chosen("pick", "backends", "0")) == 16

    await panel.pick("backends", "backends", "0", values=["fal-v3", "runware-v2"])
    await panel.pick("backends", "backend", "0", values=["runware-v2"])
    # The default goes with it.
    await panel.pick("backends", "backends", "0", values=["fal-v3"])
    assert panel.chosen("pick", "backend", "0") == ["fal-v3"]
    assert "do nothing for `/generate`." in panel.text
    before, after = server.changes()[-1][1:]
    assert before == "Backends: `fal-v3`, `runware-v2`; Default backend: `runware-v2`"
    assert after == "Backends: `fal-v3`; Default backend: the first offered"

    await panel.press("clear", "backends")
    assert stored(server)["backends"] == []


async def test_what_is_set_so_already_is_no_error(server: Server) -> None:
    panel = await server.panel()
    await panel.pick("time", "period", values=["month"])

    shot = await panel.pick("time", "period", values=["month"])

    assert shot.response_type is Answer.UPDATE
    assert panel.note == ""
    assert panel.chosen("pick", "period") == ["month"]
    assert len(server.changes()) == 1


async def test_two_moderators_at_once_keep_each_others_settings(server: Server) -> None:
    role = server.guild.add_role("more", permissions=Permission.MANAGE_GUILD)
    other = server.guild.add_member("other", roles=[role])
    mine, theirs = await server.panel(), await server.panel(other)
    await mine.section("members")
    await theirs.section("results")

    await asyncio.gather(
        mine.member.choose(mine.message, mine.select("pick", "pressers").custom_id, ["requester"]),
        theirs.member.choose(
            theirs.message, theirs.select("pick", "flagged").custom_id, ["spoiler"]
        ),
    )
    await server.world.until(lambda: len(server.changes()) == 2, "both changes")

    found = stored(server)
    assert (found["pressers"], found["flagged"]) == ("requester", "spoiler")
    # A panel that was opened before shows what the other moderator did.
    await mine.section("overview")
    assert "spoilers in age-restricted channels" in mine.text


async def test_finishing_set_up_makes_the_starter_list_rules_of_the_server(server: Server) -> None:
    panel = await server.panel()
    assert "Not set up yet" in panel.text

    await panel.press("finish")

    assert panel.note.startswith("Set up.")
    assert "Finish set-up" not in labels(panel.message)
    rules = server.rows("prompt_rules")
    assert len(rules) == 35
    assert all(rule["id"] < 0 for rule in rules)
    assert [what for what, *_ in server.changes()] == ["set_up"]
    refused = await server.world.remix(server.member, "a snuff film", channel=server.room)
    assert "rules of this server" in said(refused)


async def test_a_panel_is_closed(server: Server) -> None:
    panel = await server.panel()

    await panel.press("close")

    await server.world.until(lambda: panel.message.deleted, "the panel to go")


async def test_off_is_off_at_once_for_commands_and_buttons(server: Server) -> None:
    world, member = server.world, server.member
    card = await world.made(member, channel=server.room)
    panel = await server.panel()

    await panel.press("put", "enabled", "off")

    asked = await world.remix(member, channel=server.room)
    pressed = await world.press(member, card, "Re-roll")
    assert "switched off in this server" in said(asked)
    assert "switched off in this server" in said(pressed)
    await panel.press("put", "enabled", "on")
    await world.made(member, channel=server.room)


async def test_what_a_server_offers_holds_for_its_members(server: Server) -> None:
    world, member, panel = server.world, server.member, await server.panel()
    await panel.pick("backends", "backends", "0", values=["fal-v2a", "fal-v3"])
    await panel.pick("backends", "backend", "0", values=["fal-v2a"])
    await panel.fill("backends", "strength", "64")

    choices = await member.autocomplete(server.room, "remix", focused="backend")
    shot = await world.remix(member, channel=server.room, leave_out=["backend"])
    await world.shown(shot)
    other = await world.remix(member, channel=server.room, backend="runware-v2")

    assert [choice["value"] for choice in choices] == ["fal-v2a", "fal-v3"]
    job = world.job(shot)
    assert (job["backend"], json.loads(job["request"])["strength"]) == ("fal-v2a", 64)
    assert "these work: fal-v2a, fal-v3" in said(other)


async def test_whose_buttons_and_pictures_others_may_use_is_for_the_server_to_say(
    server: Server,
) -> None:
    world, panel = server.world, await server.panel()
    card, guest = await world.made(server.member, channel=server.room), server.moderator

    await panel.pick("members", "remixable", values=["only_allowed"])
    assert "does not let others remix" in said(await world.press(guest, card, "Re-roll"))
    await panel.pick("members", "remixable", values=["all"])
    await panel.pick("members", "pressers", values=["requester"])

    assert "only who asked for this remix" in said(await world.press(guest, card, "Re-roll"))
    await world.shown(await world.press(server.member, card, "Re-roll"))


async def test_new_accounts_and_new_members_are_kept_out(server: Server) -> None:
    world, panel = server.world, await server.panel()
    old = world.discord.world.new_user("old", age_seconds=40 * 24 * 3600)
    fresh = server.guild.add_member(old, joined=3600.0)

    await panel.fill("members", "account_days", "30")
    young = await world.remix(server.member, channel=server.room)
    await world.made(fresh, channel=server.room)
    await panel.fill("members", "member_days", "2")
    joined = await world.remix(fresh, channel=server.room)

    assert "account is too new" in said(young)
    assert "joined too recently" in said(joined)


async def test_a_long_remix_is_announced_once_where_the_server_wants_it(server: Server) -> None:
    world, panel = server.world, await server.panel()
    await panel.fill("results", "notice_after", "1")

    shot = await world.remix(server.member, "a slow __latency:1.1__ dawn", channel=server.room)
    await world.shown(shot)

    def notices() -> list[str]:
        return [m.content for m in server.room.messages if "ready" in m.content]

    await world.until(
        lambda: notices() == [f"<@{server.member.id}> Your pictures are ready."], "it"
    )


async def test_a_server_can_do_without_the_fallback(own_world: World) -> None:
    await own_world.start_bot(FALLBACK="true")
    server = Server.found(own_world)
    panel = await server.panel()
    await panel.section("results")

    await panel.press("put", "fallback", "off")

    shot = await own_world.remix(server.member, "a __down__ town", channel=server.room)
    await own_world.ended(shot)
    backends = own_world.books.rows("SELECT DISTINCT provider FROM calls")
    assert [row["provider"] for row in backends] == ["fal"]
    assert "Fallback**: off" in panel.text
