"""/rules: what prompts may hold, wherever they are typed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from sandbox.discord import Actor, Message
from sandbox.discord.interactions import Kind
from tests.e2e import forged
from tests.e2e.cards import card_of, labels, said, text_of
from tests.e2e.moderated import Moderated
from tests.e2e.panels import Panel
from tests.e2e.world import World

REFUSED = "The rules of this server do not allow this in a prompt: `gr33ble`. Change it."
EVASION = "a harbour with a gr33ble"


@pytest.fixture
def here(world: World) -> Moderated:
    return Moderated.open(world)


@pytest.fixture
def dora(here: Moderated) -> Actor:
    return here.guild.add_member("dora")


def hits(here: Moderated) -> list[tuple[str, str, str | None]]:
    """What was hit in a server: rule, action, prompt."""
    query = "SELECT rule, action, prompt FROM rule_hits WHERE server_id = ? ORDER BY at, rule"
    return [tuple(row) for row in here.world.books.rows(query, here.guild.id)]


def fill(here: Moderated, count: int) -> None:
    """Store rules by force, in a server that was set up."""
    rows = [(here.guild.id + n, here.guild.id, f"wordy{n}") for n in range(count)]
    with closing(sqlite3.connect(here.world.books.path)) as connection, connection:
        connection.execute("UPDATE servers SET set_up = 1 WHERE id = ?", (here.guild.id,))
        connection.executemany(
            "INSERT INTO prompt_rules (id, server_id, kind, rule, action)"
            " VALUES (?, ?, 'words', ?, 'refuse')",
            rows,
        )


async def forbid(here: Moderated, text: str = "greeble", **options: Any) -> str:
    return await here.say("rules add", text=text, **options)


async def dora_is_offered(here: Moderated, dora: Actor) -> list[dict[str, Any]]:
    """What a member who may not use /rules remove is offered while typing in it all the same."""
    await forbid(here)
    here.world.discord.restrict_command(here.guild, "rules", {dora: True})
    data = dora._command_data(here.room, "rules remove", {"rule": ""}, focused="rule")
    here.world.discord.clear_command(here.guild, "rules")
    shot = dora.world.interactions.open(Kind.AUTOCOMPLETE, dora, here.room, data)
    return (await shot.answered()).choices or []


# Who may


async def test_members_are_neither_offered_the_rules_nor_let_through_on_their_pages(
    here: Moderated, dora: Actor
) -> None:
    shown = card_of(await here.use("rules list"))

    with pytest.raises(ValueError, match="may not use rules"):
        await here.use("rules list", by=dora)
    refused = await forged.commands(dora, here.room, "rules", here.guild.everyone)
    assert len(refused) == 4
    pressed = await forged.press(dora, shown, "remix-rules:next:1")
    for shot in (*(shot for _, shot in refused), pressed):
        assert said(shot).startswith("Only who may manage the server can do that")
    assert await dora_is_offered(here, dora) == []


async def test_whom_the_server_allows_the_command_makes_rules(here: Moderated, dora: Actor) -> None:
    keepers = here.guild.add_role("keepers")
    dora.set_roles([keepers])
    here.world.discord.restrict_command(here.guild, "rules", {keepers: True})

    assert await here.say("rules add", by=dora, text="greeble") == (
        "Added: `greeble` (word or phrase, refuse)."
    )
    page = card_of(await here.use("rules list", by=dora))
    await here.world.press(dora, page, "Next")
    assert "Page 2 of" in " ".join(labels(page))

    dora.set_roles([])
    refused = await here.world.press(dora, page, "Previous")
    assert "Only who may manage the server can do that" in said(refused)


# Making them


async def test_a_rule_is_made_listed_and_removed_with_a_trail(here: Moderated) -> None:
    await forbid(here)
    await forbid(here, r"harbou?r\d", kind="pattern", action="allow and report")
    await forbid(here, "greeble island", kind="exception")
    assert "There is such a rule already." in await forbid(here)

    listed = text_of(card_of(await here.use("rules list")))
    assert "3 made here" in listed
    assert "- `greeble`: word or phrase, refuse; never hit" in listed
    assert r"- `harbou?r\d`: pattern, allow and report; never hit" in listed
    assert "- `greeble island`: exception" in listed

    choices = await here.moderator.autocomplete(
        here.room, "rules remove", focused="rule", value="REEB"
    )
    assert [choice["name"] for choice in choices] == [
        "greeble (word or phrase, refuse)",
        "greeble island (exception)",
    ]
    assert "Removed: `greeble` (word" in await here.say("rules remove", rule=choices[0]["value"])
    assert "There is no such rule" in await here.say("rules remove", rule=choices[0]["value"])
    assert "Removed: `greeble island`" in await here.say("rules remove", rule="Greeble Island")
    assert "2 made here" not in text_of(card_of(await here.use("rules list")))

    changes = here.world.books.rows(
        "SELECT what, before, after FROM changes WHERE server_id = ? ORDER BY id", here.guild.id
    )
    assert [row["what"] for row in changes] == ["rules.add"] * 3 + ["rules.remove"] * 2
    assert changes[3]["before"] == "`greeble` (word or phrase, refuse)"
    await here.logged("Prompt rule removed", "Before: `greeble` (word or phrase, refuse)")


@pytest.mark.parametrize(
    ("text", "kind", "sentence"),
    [
        ("...", "word or phrase", "There is no letter or digit in this"),
        ("(a", "pattern", "This pattern does not work"),
        ("a*", "pattern", "This pattern matches nothing at all"),
    ],
)
async def test_what_makes_no_rule_is_refused_with_what_to_do(
    here: Moderated, text: str, kind: str, sentence: str
) -> None:
    assert sentence in await forbid(here, text, kind=kind)
    assert (
        here.world.books.rows("SELECT 1 FROM prompt_rules WHERE server_id = ?", here.guild.id) == []
    )


async def test_two_hundred_rules_are_the_most_and_hold_nobody_up(
    here: Moderated, dora: Actor
) -> None:
    fill(here, 200)
    assert "This server has 200 rules, the most there can be." in await forbid(here)

    refused = await here.world.remix(dora, "a wordy199 boat", channel=here.room)
    assert "`wordy199`" in said(refused)
    assert refused.seconds is not None
    assert refused.seconds < 2
    page = card_of(await here.use("rules list"))
    assert "Page 1 of 10" in labels(page)
    assert "- `wordy0`:" in text_of(page)


async def test_the_list_turns_its_pages_also_after_a_restart(here: Moderated) -> None:
    await forbid(here)
    page = card_of(await here.use("rules list"))
    first = text_of(page)
    assert "**Starter list.** The starter list holds until set-up is finished" in first

    await here.world.restart()
    await here.world.press(here.moderator, page, "Next")
    assert text_of(page) != first
    await here.world.press(here.moderator, page, "Previous")
    assert text_of(page) == first


# What they do


async def test_a_hit_is_refused_to_the_member_alone_and_counted(
    here: Moderated, dora: Actor
) -> None:
    await forbid(here)

    shot = await here.world.remix(dora, EVASION, channel=here.room)
    negative = await here.world.remix(
        dora, channel=here.room, backend="fal-v3", negative="no greeble"
    )

    assert said(shot) == REFUSED
    assert "`greeble`" in said(negative)
    assert here.world.jobs_of(dora) == []
    assert [row[:2] for row in hits(here)] == [("greeble", "refuse")] * 2
    listed = text_of(card_of(await here.use("rules list")))
    assert "- `greeble`: word or phrase, refuse; hit 2 times" in listed
    await here.world.logged("prompt.hit", f"server={here.guild.id}")


async def _edited(here: Moderated, dora: Actor, card: Message) -> str:
    opened = await here.world.press(dora, card, "Edit")
    return said(await (await dora.submit(opened, {"prompt": EVASION})).answered())


async def _edited_negative(here: Moderated, dora: Actor, card: Message) -> str:
    opened = await here.world.press(dora, card, "Edit")
    return said(await (await dora.submit(opened, {"negative": EVASION})).answered())


async def _result(here: Moderated, dora: Actor, card: Message) -> str:
    opened = await here.world.press(dora, card, "Remix this result")
    return said(await (await dora.submit(opened, {"prompt": EVASION})).answered())


async def _panel(here: Moderated, dora: Actor, card: Message) -> str:
    panel = await Panel.open(here.world, dora, card)
    await panel.fill("prompt", "prompt", {"value": EVASION})
    return said(await panel.start())


async def _panel_negative(here: Moderated, dora: Actor, card: Message) -> str:
    panel = await Panel.open(here.world, dora, card)
    await panel.fill("prompt", "prompt", {"negative": EVASION})
    return said(await panel.start())


async def _menu(here: Moderated, dora: Actor, card: Message) -> str:
    opened = await (await dora.menu(here.room, "Remix this image", card)).answered()
    return said(await (await dora.submit(opened, {"prompt": EVASION})).answered())


async def test_every_way_to_a_picture_holds_to_the_rules_also_after_a_restart(
    here: Moderated, dora: Actor
) -> None:
    card = await here.made(dora, backend="fal-v3")
    await forbid(here)
    await here.world.restart()

    ways = (_edited, _edited_negative, _result, _panel, _panel_negative, _menu)
    for number, way in enumerate(ways, 1):
        assert await way(here, dora, card) == REFUSED, way
        assert len(hits(here)) == number
    for command in ("remix", "generate", "edit"):
        refused = await here.world.remix(dora, EVASION, channel=here.room, command=command)
        assert said(refused) == REFUSED
    assert len(here.world.jobs_of(dora)) == 1


async def test_a_button_is_refused_once_a_rule_forbids_what_its_card_asked(
    here: Moderated, dora: Actor
) -> None:
    card = await here.made(dora, prompt=EVASION)
    await forbid(here)

    for button in ("Re-roll", "Closer 65", "Bolder 35"):
        assert said(await here.world.press(dora, card, button)) == REFUSED


async def test_what_is_allowed_and_reported_is_made_and_told_with_its_card(
    here: Moderated, dora: Actor
) -> None:
    await forbid(here, action="allow and report")
    await forbid(here, "vermilion", action="allow and report")

    prompt = "a **greeble** for @everyone"
    card = await here.made(dora, prompt=prompt, backend="fal-v3", negative="vermilion")

    post = await here.logged("Prompt reported by a rule", f"<@{dora.id}>", card.link)
    assert "Rules: `greeble`, `vermilion`" in post
    assert f"```\n{prompt}\nvermilion\n```" in post
    assert [row[:2] for row in hits(here)] == [("greeble", "report"), ("vermilion", "report")]


async def test_a_prompt_is_tested_without_a_trace(here: Moderated) -> None:
    await forbid(here)
    await forbid(here, "vermilion", action="allow and report")

    refused = await here.say("rules test", prompt=EVASION)
    reported = await here.say("rules test", prompt="Vermilion sky")
    innocent = await here.say("rules test", prompt="an agreeable grebe on grass")

    assert refused.startswith("This prompt would be refused:")
    assert 'as "greeble"' in refused
    assert f"taken, and reported in <#{here.log.id}>" in reported
    assert innocent == "This prompt hits no rule; it would be taken."
    assert hits(here) == []


async def test_the_starter_list_holds_until_set_up_and_its_rules_can_be_removed_then(
    here: Moderated, dora: Actor
) -> None:
    assert "lolicon" in await here.refused(dora, prompt="lolicon art")
    assert "starter list" in await here.say("rules remove", rule="lolicon")

    panel = card_of(await here.use("settings"))
    await here.world.press(here.moderator, panel, "remix-server:finish")
    assert "lolicon" in await here.refused(dora, prompt="lolicon art")
    assert "Removed: `lolicon`" in await here.say("rules remove", rule="lolicon")
    assert "hits no rule" in await here.say("rules test", prompt="lolicon art")
