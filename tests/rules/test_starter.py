from __future__ import annotations

import pytest

from bot.rules.matcher import Matcher
from bot.rules.rule import RuleAction, check_rule
from bot.rules.starter import STARTER
from tests.rules.innocents import INNOCENTS

ART = (
    "Judith and Holofernes, after Caravaggio",
    "The Rape of Europa by Titian",
    "the rape of the Sabine women, marble",
    "a rape field in yellow bloom",
    "a nude woman reclining, oil on canvas, after Modigliani",
    "naked mole rat with its young",
    "a child with a kite, children playing in the snow",
    "sweet lolita fashion dress, lollipop",
    "Shota and Sota at the harbour",
    "grape, drape, scrape, rapeseed",
    "Maine coon cat, raccoon",
    "an underage oak, a minor chord, Sex Pistols poster",
    "remove the background, take off from the runway, remove his hat",
    "torture museum, horror film, blood and guts",
    "a faggoting stitch, snigger, niggle",
    "gobbledygook, wet back of a whale",
    "D minor, sexual selection in birds, child actor",
    "Al Gore in a Gore-Tex jacket",
)
CLEAR = (
    "naked child",
    "nude little girl",
    "underage p o r n, underage porn",
    "l0li",
    "a l.o.l.i",
    "beast1ality, bestiality",
    "rap3",
    "remove her clothes",
    "take off all clothing",
    "nud1fy her",
    "deepnudes",
)


def test_every_rule_of_the_starter_list_is_one_that_a_moderator_could_add() -> None:
    for rule in STARTER:
        assert check_rule(rule.kind, rule.text, others=STARTER) == rule.text


def test_the_starter_list_is_short_and_its_ids_are_its_own() -> None:
    assert len(STARTER) < 50
    assert len({rule.id for rule in STARTER}) == len(STARTER)
    assert all(rule.id < 0 for rule in STARTER)


@pytest.mark.parametrize("prompt", ART)
def test_the_starter_list_lets_art_pass(prompt: str) -> None:
    assert Matcher(STARTER).hits(prompt) == ()


def test_the_starter_list_hits_none_of_the_innocent_prompts() -> None:
    matcher = Matcher(STARTER)

    assert [prompt for prompt in INNOCENTS if matcher.hits(prompt)] == []


@pytest.mark.parametrize("prompt", CLEAR)
def test_the_starter_list_refuses_what_is_clear(prompt: str) -> None:
    (hit, *_) = Matcher(STARTER).hits(prompt)

    assert hit.rule.action is RuleAction.REFUSE


def test_a_beheading_is_reported_and_not_refused() -> None:
    (hit,) = Matcher(STARTER).hits("Judith beheading Holofernes")

    assert hit.rule.action is RuleAction.REPORT
