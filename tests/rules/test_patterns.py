# ruff: noqa: RUF001 - characters that are easily mistaken for others are the matter of this module
from __future__ import annotations

import pytest

from bot.rules.engine import PatternError
from bot.rules.matcher import Matcher
from tests.rules.making import exceptions, hit, patterns


def test_a_pattern_finds_what_words_do_not() -> None:
    (found,) = Matcher(patterns(r"\bhat(e|ed|ing)\b")).hits("a HATED man")

    assert found.found == "HATED"
    assert found.why == "matches the pattern"


def test_a_pattern_is_tried_on_the_prompt_without_what_shows_nothing() -> None:
    (found,) = Matcher(patterns("zorg+le")).hits("a zor\u200bgg\u00adle!")

    assert found.found == "zor\u200bgg\u00adle"


def test_a_pattern_is_tried_on_the_prompt_as_a_reader_takes_it() -> None:
    (found,) = Matcher(patterns("zorg+le")).hits("ein 𝐙örｇgl\u0435 im Wald")

    assert found.found == "𝐙örｇgl\u0435"


def test_a_pattern_can_ask_for_accents_and_other_alphabets() -> None:
    assert hit(patterns("göre"), "GÖRE") == ["göre"]
    assert hit(patterns("göre"), "gore") == []
    assert hit(patterns("сос[на]+"), "сосна в лесу") == ["сос[на]+"]


def test_a_match_inside_an_exception_is_forgiven() -> None:
    rules = [*patterns(r"gor\w+"), *exceptions("gorgeous", "maxim gorky")]

    assert hit(rules, "a gorgeous Maxim Gorky") == []
    assert hit(rules, "a gorgeous Maxim Gorky and Gorgo") == [r"gor\w+"]


def test_exceptions_forgive_so_many_matches_of_patterns_and_no_more() -> None:
    rules = [*patterns(r"gor\w+"), *exceptions("gorgeous")]

    assert hit(rules, "gorgeous " * 20) == []
    assert hit(rules, "gorgeous " * 21) == [r"gor\w+"]


def test_what_a_pattern_finds_in_a_text_of_wide_characters_is_shown_exactly() -> None:
    (found,) = Matcher(patterns("x.z")).hits("🔥é血x🔥z\ud800")

    assert found.found == "x🔥z"


def test_a_pattern_that_cannot_be_compiled_is_refused_with_a_reason() -> None:
    with pytest.raises(PatternError, match="missing"):
        Matcher(patterns("(a"))
