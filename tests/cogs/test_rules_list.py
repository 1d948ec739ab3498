"""The list of prompt rules fits into a message, shows every rule once, and cannot format."""

from __future__ import annotations

import pytest
from discord import ui

from bot.prompts import MOST_RULES
from bot.rules.matcher import Hit, Matcher
from bot.rules.rule import LONGEST, Rule, RuleAction, RuleKind
from bot.rules.starter import STARTER
from bot.servers import Server, ServerSettings
from cogs.cards import MOST_TEXT, Card
from cogs.rules_list import PAGE, PAGE_ID, page
from cogs.rules_words import MOST_SHOWN, said, verdict

NEW = Server(id=1, settings=ServerSettings(), set_up=False)
SET_UP = Server(id=1, settings=ServerSettings(log_channel=7), set_up=True)
OWN = tuple(Rule(id=n, kind=RuleKind.WORDS, text=f"wordy{n}") for n in range(1, MOST_RULES + 1))


def texts(card: Card) -> str:
    return "\n".join(i.content for i in card.walk_children() if isinstance(i, ui.TextDisplay))


def buttons(card: Card) -> list[ui.Button[ui.LayoutView]]:
    return [item for item in card.walk_children() if isinstance(item, ui.Button)]


def test_all_pages_together_show_every_rule_once() -> None:
    rules = (*STARTER, *OWN[: MOST_RULES - len(STARTER)])
    pages = [texts(page(NEW, rules, {}, number)) for number in range(MOST_RULES // PAGE)]
    shown = [line for one in pages for line in one.splitlines() if line.startswith("- ")]

    assert len(shown) == len(set(shown)) == MOST_RULES
    # What the server made itself comes first.
    assert shown[0].startswith("- `wordy1`")
    assert "**Starter list.**" not in pages[0]
    assert "**Starter list.**" in pages[-1]


def test_the_longest_page_fits_into_a_message() -> None:
    long = tuple(
        Rule(id=n, kind=RuleKind.PATTERN, text="`" * LONGEST, action=RuleAction.REPORT)
        for n in range(1, PAGE + 1)
    )
    card = page(SET_UP, long, {"`" * LONGEST: 123_456}, 0)

    assert len(texts(card)) <= MOST_TEXT
    assert buttons(card) == []


@pytest.mark.parametrize(
    ("number", "enabled"), [(0, ["Next"]), (9, ["Previous"]), (99, ["Previous"])]
)
def test_the_buttons_lead_to_pages_that_there_are(number: int, enabled: list[str]) -> None:
    shown = buttons(page(SET_UP, OWN, {}, number))

    assert [one.label for one in shown if not one.disabled] == enabled
    assert len({one.custom_id for one in shown}) == 3
    for one in shown:
        if not one.disabled:
            found = PAGE_ID.fullmatch(one.custom_id or "")
            assert found is not None
            assert 0 <= int(found["page"]) < MOST_RULES // PAGE


def test_a_server_without_rules_is_told_so() -> None:
    assert "No rules: every prompt is taken." in texts(page(SET_UP, (), {}, 0))


def test_hits_are_said_in_words() -> None:
    listed = texts(page(SET_UP, OWN[:3], {"wordy2": 1, "wordy3": 9}, 0))

    assert "`wordy1`: word or phrase, refuse; never hit" in listed
    assert "`wordy2`: word or phrase, refuse; hit once" in listed
    assert "`wordy3`: word or phrase, refuse; hit 9 times" in listed


def test_a_rules_text_can_neither_format_nor_ping() -> None:
    rule = Rule(id=1, kind=RuleKind.PATTERN, text="`@everyone` **x**\n# y")

    assert said(rule) == "`\u02cb@everyone\u02cb **x** # y` (pattern, refuse)"


def test_a_verdict_of_many_long_hits_fits_into_a_message() -> None:
    hits = [
        Hit(rule=Rule(id=n, kind=RuleKind.WORDS, text="x" * LONGEST), found="x", why="y" * 300)
        for n in range(50)
    ]
    found = verdict(hits, SET_UP)

    assert len(found) <= 2000
    assert f"and {50 - MOST_SHOWN} more" in found


def test_a_verdict_says_what_would_come_of_it() -> None:
    reported = Rule(id=1, kind=RuleKind.WORDS, text="vermilion", action=RuleAction.REPORT)
    refused = Rule(id=2, kind=RuleKind.WORDS, text="greeble")
    both = Matcher((reported, refused)).hits("a vermilion gr33ble")

    assert verdict(both, SET_UP).splitlines() == [
        "This prompt would be refused:",
        '- `vermilion` (word or phrase, allow and report): `contains "vermilion"`',
        '- `greeble` (word or phrase, refuse): `"gr33ble" is read as "greeble"`',
    ]
    assert verdict(both[:1], SET_UP).startswith("This prompt would be taken, and reported in <#7>:")
    assert "with a log channel it would be reported" in verdict(both[:1], NEW)
