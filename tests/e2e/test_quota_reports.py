"""What moderators read of who spent what, and of what happened."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from sandbox.discord import Actor, Answer, Invocation, Message
from tests.e2e.cards import card_of, decoded, labels, said, text_of
from tests.e2e.moderated import Moderated
from tests.e2e.world import World


@pytest.fixture
def here(world: World) -> Moderated:
    return Moderated.open(world)


async def filled(world: World, shot: Invocation) -> Message:
    """Wait until an answer that was put off is there."""
    assert shot.response_type is Answer.DEFER
    await world.until(lambda: shot.message and shot.message.content, "an answer that was put off")
    assert card_of(shot).ephemeral
    return card_of(shot)


async def test_a_report_shows_spending_and_true_cost_as_a_table_and_a_chart(
    here: Moderated,
) -> None:
    world = here.world
    alice, bob = here.guild.add_member("Alice"), here.guild.add_member("Bob `*`")
    await here.made(alice, backend="fal-v3", count=2)
    # It is refunded though it is billed.
    unsafe = await world.remix(
        bob, "a harbour __unsafe__", channel=here.room, backend="ideogram-v2"
    )
    await world.ended(unsafe)
    await world.closed(unsafe)
    elsewhere = Moderated.open(world, "Elsewhere")
    await elsewhere.made(elsewhere.guild.add_member("carol"))

    message = await filled(world, await here.use("quota report"))

    lines = [line.split() for line in message.content.splitlines()]
    assert message.content.startswith("### Spent in ")
    assert ["Alice", "fal-v3", "1", "2", "12", "0.12"] in lines
    assert ["Bob", "\u02cb*\u02cb", "ideogram-v2", "0", "0", "0", "0.08"] in lines
    assert ["total", "1", "2", "12", "0.20"] in lines
    (chart,) = message.attachments
    assert decoded(await alice.fetch(chart["url"])).size == (1200, 700)
    assert "12 credits in all at a cost of 0.20 dollars" in chart["description"]


async def test_a_report_of_nothing_says_so(here: Moderated) -> None:
    message = await filled(here.world, await here.use("quota report", period="2025-01"))

    assert message.content == "Nothing was spent in January 2025."
    assert message.files == []


async def test_an_export_has_a_line_for_each_member_and_backend(here: Moderated) -> None:
    alice = here.guild.add_member("Alice")
    await here.made(alice)
    await here.made(alice, backend="fal-v3")

    message = await filled(here.world, await here.use("quota export", period="today"))

    (file,) = message.attachments
    assert file["filename"].endswith(".csv")
    data = await alice.fetch(file["url"])
    found = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [(one["member"], one["mention"], one["backend"], one["credits"]) for one in found] == [
        ("Alice", f"<@{alice.id}>", "fal-v3", "6"),
        ("Alice", f"<@{alice.id}>", "fal-v2a", "4"),
    ]


async def test_who_left_the_server_is_named_by_the_end_of_their_id(here: Moderated) -> None:
    alice = here.guild.add_member("Alice")
    await here.made(alice)
    here.guild.remove_member(alice)

    message = await filled(here.world, await here.use("quota export"))

    (file,) = message.attachments
    data = (await here.moderator.fetch(file["url"])).decode("utf-8-sig")
    assert f"member …{alice.id % 10_000:04}" in data


async def test_the_history_of_a_member_has_the_ledger_and_the_changes(here: Moderated) -> None:
    alice, bob = here.guild.add_member("alice"), here.guild.add_member("bob")
    await here.use("quota member set", member=alice, credits="50")
    await here.use("quota grant", member=alice, credits=5, reason="thanks")
    await here.made(alice)
    await here.world.ended(await here.world.remix(alice, "a harbour __down__", channel=here.room))
    await here.made(bob)

    history = await here.say("quota history", member=alice)

    said_of = [line.split("> ", 1)[1] for line in history.splitlines() if line.startswith("<t:")]
    assert said_of == [
        "4 credits refunded for `fal-v2a`",
        "4 credits reserved for `fal-v2a`",
        "4 credits charged for `fal-v2a`",
        "4 credits reserved for `fal-v2a`",
        f"**Credits granted** by <@{here.moderator.id}>: 5 credits. Reason: `thanks`",
        f"**Quota of a member** by <@{here.moderator.id}>: 50 credits",
    ]
    assert f"<@{bob.id}>: 4 credits charged" in await here.say("quota history")


async def test_the_history_is_paged_with_buttons_that_survive_a_restart(
    here: Moderated,
) -> None:
    world, alice = here.world, here.guild.add_member("alice")
    for number in range(12):
        await here.use("quota member set", member=alice, credits=str(number))
    first = card_of(await here.use("quota history", member=alice))
    assert labels(first) == ["Older"]
    await world.restart()
    # What happens meanwhile moves nothing to another page.
    await here.use("quota member set", member=alice, credits="99")

    older = await world.press(here.moderator, first, "Older")

    assert older.response_type is Answer.UPDATE
    page = card_of(older)
    assert [labels(page), _amounts(page)] == [["Newer"], ["0 credits → 1 credit", "0 credits"]]
    newest = card_of(await world.press(here.moderator, page, "Newer"))
    assert labels(newest) == ["Older"]
    assert _amounts(newest)[0] == "10 credits → 11 credits"
    assert len(_amounts(newest)) == 10


def _amounts(page: Message) -> list[str]:
    lines = (line for line in text_of(page).splitlines() if line.startswith("<t:"))
    return [line.rpartition(">: ")[2] for line in lines]


async def test_a_history_without_anything_says_so(here: Moderated) -> None:
    bob: Actor = here.guild.add_member("bob")
    shot: Any = await here.use("quota history", member=bob)

    assert "Nothing has happened yet." in said(shot)
    assert labels(card_of(shot)) == []
