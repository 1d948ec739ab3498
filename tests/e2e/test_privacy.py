"""/privacy over the wire: what is stored, an export, erasing, and how long prompts are kept."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

from sandbox.discord import Actor, Invocation, Message, Permission
from tests.e2e.cards import card_of, labels, said, text_of, whispered
from tests.e2e.world import PROMPT, World

EXPORT, ERASE, CONFIRM = "Export", "Erase", "Erase everything"
DAY_MS = 24 * 3600 * 1000
MONTH = str(31 * DAY_MS)


async def exported(world: World, member: Actor) -> str:
    """What Export of /privacy gives."""
    shot = await world.press(member, card_of(await world.use(member, "privacy")), EXPORT)
    message = card_of(shot)
    (file,) = await world.until(lambda: message.files, "the export")
    assert message.ephemeral
    return file.data.decode()


async def erase(world: World, member: Actor) -> Invocation:
    """Ask to be erased, and confirm it."""
    asked = await world.press(member, card_of(await world.use(member, "privacy")), ERASE)
    assert "cannot be undone" in said(asked)
    return await world.press(member, card_of(asked), CONFIRM)


async def erased(world: World, member: Actor) -> Message:
    """Be erased; gives the message that says so in the end."""
    message = card_of(await erase(world, member))
    await world.until(lambda: "with your cards deleted" in text_of(message), "the end of erasing")
    return message


def holds(world: World, what: object) -> list[str]:
    """The tables in which a word stands."""
    tables = world.books.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    names = [str(table["name"]) for table in tables]
    return [
        name
        for name in names
        if str(what) in str([tuple(row) for row in world.books.rows(f"SELECT * FROM {name}")])  # noqa: S608 - our own names
    ]


def age(world: World, by: str) -> None:
    """Set the times of all jobs of a stopped bot back."""
    with closing(sqlite3.connect(world.books.path)) as connection, connection:
        connection.execute(f"UPDATE jobs SET created = created - {by}, finished = finished - {by}")  # noqa: S608 - our own numbers


# What is stored


async def test_privacy_says_what_is_stored_and_who_receives_it(
    own_world: World,
) -> None:
    world = own_world
    await world.start_bot(PRIVACY_URL="https://example.com/privacy", PROMPT_KEEP_DAYS="7")
    alice = world.member()
    nothing = said(await world.use(alice, "privacy"))
    await world.made(alice)

    shot = await world.use(alice, "privacy")

    assert "Nothing is stored about you yet" in nothing
    assert "1 remix (1 with prompt), 2 ledger entries." in said(shot)
    assert "kept for 7 days" in said(shot)
    assert "**fal**, **Runware**, **Ideogram**" in said(shot)
    assert "(<https://example.com/privacy>)" in said(shot)
    assert labels(card_of(shot)) == [EXPORT, ERASE]


async def test_an_export_is_mine_alone(world: World, alice: Actor, bob: Actor) -> None:
    shot = await world.remix(alice, "a lighthouse in violet fog")
    await world.shown(shot)
    theirs = await world.remix(bob, "a windmill in orange rain")
    await world.shown(theirs)

    text = await exported(world, alice)

    found: dict[str, Any] = json.loads(text)
    assert [job["request"]["prompt"] for job in found["jobs"]] == ["a lighthouse in violet fog"]
    assert found["accounts"][0]["used"] == 4
    secrets = [row["secret"] for row in world.books.rows("SELECT secret FROM calls")]
    alias = world.books.rows("SELECT value FROM facts WHERE name = 'people_key'")[0]["value"]
    hidden = (shot.token, theirs.token, "windmill", bob.id, "http", "ex=", alias, *secrets)
    assert [word for word in hidden if str(word) in text] == []


async def test_the_buttons_work_after_a_restart(world: World, alice: Actor) -> None:
    await world.made(alice)
    message = card_of(await world.use(alice, "privacy"))
    asked = card_of(await world.press(alice, message, ERASE))
    await world.restart()

    shot = await world.press(alice, message, EXPORT)
    await world.until(lambda: card_of(shot).files, "the export")
    confirmed = card_of(await world.press(alice, asked, CONFIRM))

    await world.until(lambda: "with your cards deleted" in text_of(confirmed), "the end")


# Erasing


async def test_an_erased_member_is_gone_from_all_servers(world: World, alice: Actor) -> None:
    elsewhere = world.discord.add_guild("Elsewhere")
    room, cellar = elsewhere.add_channel("room"), elsewhere.add_channel("cellar")
    guest = elsewhere.add_member(alice.user)
    cards = [await world.made(alice), await world.made(guest, channel=room)]
    kept = await world.made(guest, channel=cellar)
    world.discord.set_permissions(cellar, elsewhere.bot_role, deny=Permission.VIEW_CHANNEL)
    used = world.used(alice)

    message = await erased(world, alice)

    assert "2 messages with your cards deleted, 1 could not be" in text_of(message)
    assert [card.deleted for card in (*cards, kept)] == [True, True, False]
    assert holds(world, alice.id) == []
    state = said(await world.use(alice, "privacy"))
    assert "2 messages with your cards deleted, 1 could not be" in state
    assert (used, world.used(alice)) == (12, 0)
    assert "used 4" in await world.credits(alice)
    # The alias and the id never stand in the log together, and not even apart.
    log = "\n".join(world.lines)
    assert str(alice.id) not in log


async def test_a_running_job_is_waited_for_and_new_ones_are_refused(
    world: World, alice: Actor
) -> None:
    world.providers.fal.gate.clear()
    running = await world.remix(alice)
    await world.until(lambda: world.job(running).get("state") == "running", "fal's acceptance")

    message = card_of(await erase(world, alice))
    refused = await world.remix(alice)
    under_way = await world.press(alice, card_of(await world.use(alice, "privacy")), ERASE)
    waiting = text_of(message)
    world.providers.fal.gate.set()
    await world.until(lambda: "with your cards deleted" in text_of(message), "the end of erasing")

    assert "as soon as your last remix has ended" in waiting
    assert "You asked to be erased" in said(refused)
    assert "You asked to be erased" in said(under_way)
    assert card_of(running).deleted
    assert holds(world, alice.id) == []
    assert "used 4" in await world.credits(alice)


async def test_who_comes_back_has_what_was_left_and_is_still_suspended(
    world: World, alice: Actor, bob: Actor
) -> None:
    moderator = world.moderator()
    await world.made(alice)
    await world.use(moderator, "quota grant", member=alice, credits=25)
    await erased(world, alice)

    again = await world.made(alice)
    credits_ = await world.credits(alice)
    await world.use(moderator, "quota suspend", member=alice)
    await world.made(bob)
    await erased(world, alice)
    suspended = await world.remix(alice)

    assert "used 8" in credits_
    assert "25 credits were given" in credits_
    assert again.deleted
    assert "suspended" in said(suspended)
    assert holds(world, alice.id) == []
    assert world.used(bob) == 4


async def test_an_erasure_goes_on_after_a_kill(world: World, alice: Actor) -> None:
    cards = [await world.made(alice), await world.made(alice)]
    held = world.cut_off(
        world.discord.faults, carried_out=True, method="DELETE", path="/channels/.*/messages"
    )
    await erase(world, alice)
    await world.reached(held)
    await world.kill()
    world.release()
    await world.start_bot()

    def over() -> bool:
        return not world.books.one("SELECT COUNT(*) FROM erasures WHERE ended IS NULL")

    await world.until(over, "the end of erasing")
    state = said(await world.use(alice, "privacy"))
    assert "2 messages with your cards deleted." in state
    assert all(card.deleted for card in cards)
    assert holds(world, alice.id) == []


async def test_a_kill_while_an_erasure_waits_loses_neither_it_nor_the_job(
    world: World, alice: Actor
) -> None:
    world.providers.fal.gate.clear()
    running = await world.remix(alice)
    await world.until(lambda: world.job(running).get("state") == "running", "fal's acceptance")
    await erase(world, alice)
    await world.kill()
    world.providers.fal.gate.set()
    await world.start_bot()

    def over() -> bool:
        return not world.books.one("SELECT COUNT(*) FROM erasures WHERE ended IS NULL")

    await world.until(over, "the end of erasing")
    assert card_of(running).deleted
    assert holds(world, alice.id) == []


async def test_discord_out_of_order_delays_the_deletion(world: World, alice: Actor) -> None:
    card = await world.made(alice)
    away = world.discord.faults.add(method="DELETE", path="/messages/", status=503, times=None)
    message = card_of(await erase(world, alice))
    await world.reached(away)
    await world.logged("erasure.delayed")

    assert "0 done, 1 to go" in text_of(message)
    assert not card.deleted


# How long prompts are kept


async def test_old_prompts_are_dropped_and_buttons_work_on(world: World, alice: Actor) -> None:
    shot = await world.remix(alice, negative="no boats at all", backend="fal-v3")
    card = await world.shown(shot)
    flop = world.providers.fal.faults.add(method="POST", status=422, body={"detail": []})
    failed = await world.ended(await world.remix(alice))
    await world.reached(flop)
    await world.closed(shot)
    await world.stop()
    age(world, MONTH)
    await world.start_bot()
    await world.until(
        lambda: not world.books.one("SELECT COUNT(*) FROM jobs WHERE has_prompt = 1"),
        "the prompts to be dropped",
    )

    again = await world.press(alice, card, "Re-roll")
    await world.shown(again)
    retried = await world.press(alice, failed, "Try again")

    assert PROMPT not in str(world.job(shot))
    assert "boats" not in str(world.job(shot))
    assert json.loads(world.job(again)["request"])["prompt"] == PROMPT
    assert json.loads(world.job(again)["request"])["negative"] == "no boats at all"
    assert "The picture is not there any more" in said(retried) + whispered(retried)
