# ruff: noqa: RUF001 - characters that are easily mistaken for others are the matter of this module
from __future__ import annotations

import pytest

from bot.rules.rule import LONGEST, RuleError, RuleKind, check_rule
from tests.rules.making import patterns, words

WORDS, PATTERN, EXCEPTION = RuleKind


def test_a_rule_loses_its_outer_and_double_blanks() -> None:
    assert check_rule(WORDS, "  dead \n  body ") == "dead body"
    assert check_rule(EXCEPTION, "\ta\u00a0b ") == "a b"


def test_a_pattern_keeps_the_blanks_inside() -> None:
    assert check_rule(PATTERN, " a  b ") == "a  b"


def test_what_no_database_takes_is_left_out() -> None:
    assert check_rule(WORDS, "go\x00re\ud800") == "gore"
    assert check_rule(PATTERN, "go+\x00re") == "go+re"


@pytest.mark.parametrize("kind", RuleKind)
@pytest.mark.parametrize("text", ["", "  \n", "\x00"])
def test_an_empty_rule_is_refused(kind: RuleKind, text: str) -> None:
    with pytest.raises(RuleError, match="needs a text"):
        check_rule(kind, text)


@pytest.mark.parametrize("kind", RuleKind)
def test_a_rule_of_the_longest_length_is_taken_and_a_longer_one_is_not(kind: RuleKind) -> None:
    longest = "ab" * (LONGEST // 2)

    assert check_rule(kind, longest) == longest
    with pytest.raises(RuleError, match=f"at most {LONGEST} characters"):
        check_rule(kind, f"{longest}c")


@pytest.mark.parametrize("text", ["...", "🔥", "\u200b", "!?", "\u0301", "$"])
def test_words_without_a_letter_are_refused(text: str) -> None:
    with pytest.raises(RuleError, match="no letter or digit"):
        check_rule(WORDS, text)


@pytest.mark.parametrize("text", ["a", "C++", "c#", "7", "ⓐ"])
def test_a_single_letter_is_refused(text: str) -> None:
    with pytest.raises(RuleError, match="One letter"):
        check_rule(WORDS, text)


def test_a_single_character_is_a_word_where_it_is_one() -> None:
    assert check_rule(WORDS, "血") == "血"


def test_a_word_with_a_letter_blotted_out_is_refused() -> None:
    with pytest.raises(RuleError, match="every letter"):
        check_rule(WORDS, "d*mn")
    assert check_rule(WORDS, "*damn*") == "*damn*"


@pytest.mark.parametrize("text", ["(?=a)b", r"(a)\1", "(?<!a)b"])
def test_a_pattern_with_what_re2_lacks_is_refused_and_says_so(text: str) -> None:
    with pytest.raises(RuleError, match="look-arounds") as refused:
        check_rule(PATTERN, text)

    assert "back-references" in str(refused.value)


@pytest.mark.parametrize("text", ["[a", "(a", "a{2000}", "*a", "a**b\\"])
def test_a_pattern_that_does_not_compile_is_refused(text: str) -> None:
    with pytest.raises(RuleError, match="does not work"):
        check_rule(PATTERN, text)


@pytest.mark.parametrize("text", ["a*", "(a|)", r"\b", "^", "x?$", "(?i)"])
def test_a_pattern_that_matches_nothing_at_all_is_refused(text: str) -> None:
    with pytest.raises(RuleError, match="every prompt"):
        check_rule(PATTERN, text)


@pytest.mark.parametrize("text", [r"\pN{500}", r"\pL{20}", ".{500}", ".{200}"])
def test_a_pattern_that_is_too_large_is_refused(text: str) -> None:
    with pytest.raises(RuleError, match="too large"):
        check_rule(PATTERN, text)


def test_patterns_that_are_too_large_together_are_refused() -> None:
    large = patterns(*(f"[0-9]{{999}}{letter}" for letter in "abcd"))

    assert check_rule(PATTERN, "[0-9]{900}", others=[*large, *words("(((")])
    with pytest.raises(RuleError, match="together"):
        check_rule(PATTERN, "[0-9]{999}", others=large)


@pytest.mark.parametrize(
    "text", [r"\bzorg+le\b", "(a+)+$", "[а-я]{3,}", r"\p{Greek}+", "血.{0,3}腥"]
)
def test_an_ordinary_pattern_is_taken(text: str) -> None:
    assert check_rule(PATTERN, text) == text
