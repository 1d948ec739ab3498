# ruff: noqa: RUF001 - characters that are easily mistaken for others are the matter of this module
from __future__ import annotations

import random

import pytest

from bot.rules.matcher import Matcher
from bot.rules.rule import LARGEST_PATTERNS, RuleKind, check_rule
from tests.rules.making import exceptions, patterns, quickest, typical, words

LONG = 2_000
A_MOMENT = 0.2
"""Seconds; the worst of these take a fifth of it on a machine with nothing else to do."""

_random = random.Random(4)


def any_of(alphabet: str) -> str:
    return "".join(_random.choice(alphabet) for _ in range(LONG))


def of(piece: str) -> str:
    return (piece * LONG)[:LONG]


PROMPTS = {
    "zero width": of("\u200b"),
    "zero width between": of("a\u200bs\u200bs\u200b"),
    "tags": of("\U000e0061"),
    "zalgo": of("a" + "\u0301\u0316\u0489" * 30),
    "one letter": of("a"),
    "stretched": of("a" * 9 + "s" * 9),
    "signs": of("!"),
    "ambiguous signs": of("!|"),
    "ambiguous token": of("1!l|i"),
    "money": of("$"),
    "ambiguous tokens": of("a1 "),
    "leet": of("4$$ "),
    "blotted": of("*a"),
    "blotted tokens": of("a*a*a*a "),
    "spelt": of("a "),
    "spelt tight": of("a.s.s."),
    "hyphens": of("ab-"),
    "brackets": of("(["),
    "digits": of("15"),
    "emoji": of("🔥"),
    "mathematical": of("𝒶𝓈𝓈 "),
    "twins": of("аѕѕ "),
    "mixed": of("аss "),
    "mixed and plain": of("аss лес "),
    "chinese": of("血 腥"),
    "korean": of("나치"),
    "halves of surrogate pairs": of("\ud83d"),
    "any signs": any_of("1!|il$5s@4ae3t7+o0 "),
    "any characters": any_of("".join(map(chr, range(0x20, 0x3000)))),
    "any astral characters": any_of("".join(map(chr, range(0x1D000, 0x1FFFF)))),
    "phrase": of("dead "),
    "forgiven": of("blood orange "),
}
PATTERNS = (
    "(a+)+$",
    "(a|a)*b",
    "(a|b)*a(a|b){15}c",
    "(x+x+)+y",
    r"(\w+\s?)+!",
    "(.*)(.*)(.*)(.*)(.*)z",
    "a.{100}q",
    "(.*a.{15}){3}z",
    "(?:a?){50}a{50}b",
    "[ab]*a[ab]{150}c",
    "(a.*z|a)",
    r"\pL+!",
)


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_no_prompt_stalls_the_words(prompt: str) -> None:
    matcher = typical()

    assert quickest(lambda: matcher.hits(prompt), within=A_MOMENT) < A_MOMENT


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_no_prompt_stalls_hostile_patterns(prompt: str) -> None:
    for pattern in PATTERNS:
        check_rule(RuleKind.PATTERN, pattern)
    matcher = Matcher(patterns(*PATTERNS))

    assert quickest(lambda: matcher.hits(prompt), within=A_MOMENT) < A_MOMENT


def test_no_prompt_stalls_the_largest_patterns_that_a_server_can_have() -> None:
    largest = patterns(*(f"a.{{110}}{letter}" for letter in "qxyzw"))
    check_rule(RuleKind.PATTERN, largest[0].text, others=largest[1:])
    matcher = Matcher(largest)
    prompts = iter([any_of("ab") for _ in range(50)])

    assert quickest(lambda: matcher.hits(next(prompts)), within=4 * A_MOMENT) < 4 * A_MOMENT
    assert LARGEST_PATTERNS <= 5_000


def test_a_pattern_that_looks_far_ahead_again_and_again_is_not_let() -> None:
    matcher = Matcher([*patterns("(?:aa.*z|aa)"), *exceptions("aa")])
    prompt = of("aa ")

    assert quickest(lambda: matcher.hits(prompt), within=A_MOMENT) < A_MOMENT


def test_as_many_forgiven_places_as_fit_do_not_stall() -> None:
    matcher = Matcher([*words("aa"), *exceptions("aa")])
    prompt = of("aa ")

    assert matcher.hits(prompt) == ()
    assert quickest(lambda: matcher.hits(prompt), within=A_MOMENT) < A_MOMENT


def test_rules_that_all_begin_alike_do_not_stall() -> None:
    matcher = Matcher(words(*(f"{'aa bb ' * 20}c{number}" for number in range(300))))
    prompt = of("aa bb ")

    assert quickest(lambda: matcher.hits(prompt), within=A_MOMENT) < A_MOMENT


def test_words_that_can_be_read_in_several_ways_do_not_multiply() -> None:
    matcher = Matcher(words("aat " * 40 + "b"))
    prompt = of("aa++++ ")

    assert quickest(lambda: matcher.hits(prompt), within=4 * A_MOMENT) < 4 * A_MOMENT


def test_ten_times_the_text_takes_about_ten_times_as_long() -> None:
    matcher = typical()

    for prompt in PROMPTS.values():
        assert quickest(lambda p=prompt: matcher.hits(p * 10), within=10 * A_MOMENT) < 10 * A_MOMENT


def test_a_matcher_of_three_hundred_rules_is_built_in_a_moment() -> None:
    rules = words(*(f"w{number}ord phrase{number}" for number in range(300)))

    assert quickest(lambda: Matcher(rules), within=2 * A_MOMENT) < 2 * A_MOMENT
