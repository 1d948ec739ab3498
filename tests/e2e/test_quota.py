"""Moderators run quotas inside Discord, and members meet what they set."""

from __future__ import annotations

import pytest

from sandbox.discord.sessions import Intent
from tests.e2e.cards import card_of, said
from tests.e2e.moderated import Moderated
from tests.e2e.world import World


@pytest.fixture
def here(world: World) -> Moderated:
    return Moderated.open(world)


async def test_what_a_member_has_is_the_first_of_four_that_there_is(here: Moderated) -> None:
    small, large = here.guild.add_role("small"), here.guild.add_role("large")
    member = here.guild.add_member("alice", roles=[small, large])

    async def shown() -> str:
        return await here.say("quota show", member=member)

    assert "400 credits a day, the default of whoever runs the bot" in await shown()
    await here.use("quota default set", credits="12", reason="the  contest")
    assert "12 credits a day, the default of this server" in await shown()
    await here.logged("Default quota", "Now: 12 credits", "Reason: `the contest`")
    await here.use("quota role set", role=small, credits="20")
    await here.use("quota role set", role=large, credits="unlimited")
    assert f"unlimited a day, from the role <@&{large.id}>" in await shown()
    await here.use("quota member set", member=member, credits="8")
    assert "8 credits a day, set for this member" in await shown()
    await here.made(member)
    assert "**Spent:** 4 credits" in await shown()
    assert "4 credits, with what is granted" in await shown()
    await here.use("quota member remove", member=member)
    await here.use("quota role remove", role=large)
    assert f"20 credits a day, from the role <@&{small.id}>" in await shown()


async def test_a_lowered_quota_holds_at_once_and_what_is_spent_stays_spent(
    here: Moderated,
) -> None:
    member = here.guild.add_member("alice")
    await here.made(member)

    answer = await here.say("quota default set", credits="6")

    assert "now **6 credits** a day" in answer
    assert "you have 2 left" in await here.refused(member)
    await here.use("quota default set", credits="none")
    assert "you have 0 left" in await here.refused(member)
    post = await here.logged("Default quota", "Before: 6 credits", "Now: 0 credits")
    assert f"By <@{here.moderator.id}>" in post


async def test_granted_credits_are_spent_after_the_allowance_and_can_be_taken_back(
    here: Moderated,
) -> None:
    member = here.guild.add_member("alice")
    await here.use("quota member set", member=member, credits="6")

    answer = await here.say(
        "quota grant", member=member, credits=10, expires="7d", reason="won  the\ncontest `x`"
    )

    assert "got **10 credits**, until <t:" in answer
    reason = "Reason: `won the contest \u02cbx\u02cb`"
    await here.logged("Credits granted", f"for <@{member.id}>", reason)
    for _ in range(2):
        await here.made(member)
    shown = await here.say("quota show", member=member)
    assert "- 8 of 10 left, until <t:" in shown
    assert "were given to you" in await here.world.credits(member, here.room)
    assert "Took **5 credits**" in await here.say("quota revoke", member=member, credits=5)
    assert "Took **3 credits**" in await here.say("quota revoke", member=member)
    nothing = await here.say("quota revoke", member=member)
    assert "no granted credits" in nothing
    assert "you have 0 left" in await here.refused(member)


async def test_a_suspended_members_commands_and_buttons_say_why_until_they_are_restored(
    here: Moderated,
) -> None:
    member = here.guild.add_member("alice")
    card = await here.made(member)

    answer = await here.say("quota suspend", member=member, until="3d", reason="spam")

    assert "is suspended from the bot; it ends <t:" in answer
    sentence = "have suspended you from the bot here until <t:"
    assert sentence in await here.refused(member)
    pressed = said(await here.world.press(member, card, "Re-roll"))
    assert sentence in pressed
    assert "The reason: `spam`." in pressed
    assert sentence in await here.world.credits(member, here.room)
    assert "**Suspended** until <t:" in await here.say("quota show", member=member)
    assert "may use the bot again" in await here.say("quota restore", member=member)
    assert "not suspended" in await here.say("quota restore", member=member)
    await here.world.shown(await here.world.press(member, card, "Re-roll"))
    await here.logged("Member restored", "Before: suspended until <t:")


async def test_a_reset_begins_a_period_of_the_members_own(here: Moderated) -> None:
    member = here.guild.add_member("alice")
    await here.use("quota default set", credits="4")
    await here.made(member)
    assert "you have 0 left" in await here.refused(member)

    await here.use("quota reset", member=member, reason="our mistake")

    await here.made(member)
    await here.logged("Member's period reset", "Before: 4 credits used", "Now: 0 used")


async def test_a_budget_warns_stops_and_is_told_once_each(here: Moderated) -> None:
    members = [here.guild.add_member(name) for name in ("alice", "bob", "carol")]
    answer = await here.say("quota budget", credits="9")
    assert "0 of 9 credits spent or reserved" in answer

    for member in members[:2]:
        await here.made(member)

    await here.logged("Budget", "**8 of 9 credits**")
    for _ in range(2):
        assert "the server's budget has not that many left" in await here.refused(members[2])
    await here.logged("Budget", "This month's budget of **9 credits** is used up")
    shown = await here.say("quota budget")
    assert "**This month's budget:** 8 of 9 credits spent or reserved; it renews <t:" in shown
    assert "cap for this server and month (UTC):** none; 8 credits" in shown
    assert "over all servers:** none." in shown
    # The change of the budget is a post of the same title.
    assert here.posts("Budget") == 3
    await here.use("quota budget", credits="unlimited")
    await here.made(members[2])


async def test_the_operators_caps_are_shown_without_what_others_spent(own_world: World) -> None:
    await own_world.start_bot(SERVER_MONTHLY_CREDITS="50", DAILY_SPEND_USD="0.09")
    here = Moderated.open(own_world)
    member = here.guild.add_member("alice")
    await here.made(member)

    before = await here.say("quota budget")
    await own_world.made(own_world.member())
    after = await here.say("quota budget")

    assert "4 of 50 credits spent or reserved" in before
    assert "over all servers:** not reached; it renews <t:" in before
    assert "4 of 50 credits spent or reserved" in after
    assert "over all servers:** reached; nothing more can be made until it renews <t:" in after


async def test_limits_hold_for_each_member_and_can_be_taken_away(here: Moderated) -> None:
    world, member = here.world, here.guild.add_member("alice")
    answer = await here.say("quota limits", jobs_at_once="1", pictures="2", cooldown="1h")
    assert "**Pause between two remixes:** 1h" in answer

    assert "at most 2 pictures at once" in await here.refused(member, count=3)
    fal = world.providers.fal
    fal.queue_gate.clear()
    shot = await world.remix(member, channel=here.room)
    assert "You have one remix under way" in await here.refused(member)
    fal.queue_gate.set()
    await world.shown(shot)
    await world.closed(shot)
    assert "has a pause between two remixes. Try again <t:" in await here.refused(member)
    await here.use("quota limits", jobs_at_once="none", pictures="none", cooldown="none")
    await here.made(member)
    await here.logged("Limits for members", "Now: under way at once: none")


@pytest.mark.parametrize(
    ("command", "options", "sentence"),
    [
        ("quota default set", {"credits": "1.5"}, "a whole number from 0 to 1,000,000"),
        ("quota default set", {"credits": "1000001"}, "a whole number from 0 to 1,000,000"),
        ("quota default remove", {}, "There is no such quota"),
        ("quota grant", {"credits": 5, "expires": "soon"}, "Give a duration such as 7d"),
        ("quota grant", {"credits": 5, "expires": "2020-01-01"}, "That time is over"),
        ("quota limits", {"cooldown": "2d"}, "a pause of at most a day"),
        ("quota limits", {"jobs_at_once": "0"}, "from 1 to 25"),
        ("quota limits", {"pictures": "none"}, "It is set so already."),
        ("quota report", {"period": "2026"}, "Give one of this month, last month"),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_sentence_and_writes_nothing(
    here: Moderated, command: str, options: dict[str, object], sentence: str
) -> None:
    if command == "quota grant":
        options = {**options, "member": here.guild.add_member("alice")}
    before = here.moderated()

    answer = await here.say(command, **options)

    assert sentence in answer
    assert here.moderated() == before


async def test_a_quota_of_everyone_is_the_default(here: Moderated) -> None:
    answer = await here.say("quota role set", role=here.guild.everyone, credits="5")

    assert "use `/quota default set`" in answer


async def test_an_event_that_comes_twice_is_one_change(here: Moderated) -> None:
    member = here.guild.add_member("alice")
    shot = await here.use("quota grant", member=member, credits=10)
    gateway = here.world.discord.gateway

    gateway.dispatch(
        "INTERACTION_CREATE", shot.payload(), guild_id=here.guild.id, needs=Intent.NONE
    )

    assert "10 credits left" in await here.say("quota show", member=member)
    assert len(here.world.books.rows("SELECT * FROM changes WHERE id = ?", shot.id)) == 1


async def test_answers_are_for_the_moderator_alone_and_ping_nobody(here: Moderated) -> None:
    member = here.guild.add_member("alice")

    shots = [
        await here.use("quota show", member=member),
        await here.use("quota suspend", member=member, reason=f"<@{member.id}> @everyone"),
        await here.use("quota history", member=member),
    ]
    await here.logged("Member suspended")

    for message in [*map(card_of, shots), *here.log.messages]:
        assert not message.pings.users
        assert not message.pings.everyone
    assert all(card_of(shot).ephemeral for shot in shots)


@pytest.mark.parametrize(
    ("command", "focused", "typed", "first"),
    [
        ("quota default set", "credits", "", ("none - no credits at all", "none")),
        ("quota member set", "credits", "1,234", ("1234 credits", "1234")),
        ("quota budget", "credits", "unl", ("unlimited - no budget", "unlimited")),
        ("quota limits", "cooldown", "5", ("5m", "5m")),
        ("quota limits", "jobs_at_once", "", ("none - no limit", "none")),
        ("quota report", "period", "last 7", ("last 7 days", "last 7 days")),
    ],
)
async def test_amounts_limits_and_periods_are_completed(
    here: Moderated, command: str, focused: str, typed: str, first: tuple[str, str]
) -> None:
    found = await here.moderator.autocomplete(here.room, command, focused=focused, value=typed)

    assert (found[0]["name"], found[0]["value"]) == first


async def test_a_time_is_echoed_in_the_servers_zone_while_it_is_typed(world: World) -> None:
    here = Moderated.open(world, period={"zone": "Asia/Kathmandu"})

    async def offered(typed: str) -> str:
        found = await here.moderator.autocomplete(
            here.room, "quota suspend", focused="until", value=typed
        )
        return found[0]["name"]

    assert "2027-06-01 18:00 (Asia/Kathmandu)" in await offered("2027-06-01 18:00")
    assert "(Asia/Kathmandu)" in await offered("")
    assert "Give a duration such as" in await offered("whenever")


async def test_what_the_moderator_reads_of_a_running_remix_is_reserved(
    here: Moderated,
) -> None:
    world, member = here.world, here.guild.add_member("alice")
    world.providers.fal.queue_gate.clear()
    shot = await world.remix(member, channel=here.room)

    shown = await here.say("quota show", member=member)

    assert "**Reserved:** 4 credits" in shown
    assert "**Under way:** 1" in shown
    world.providers.fal.queue_gate.set()
    await world.shown(shot)


async def test_a_moderator_who_names_nobody_sees_their_own(here: Moderated) -> None:
    shown = await here.say("quota show")

    assert f"Credits of <@{here.moderator.id}>" in shown
    assert "**Granted:** nothing" in shown
