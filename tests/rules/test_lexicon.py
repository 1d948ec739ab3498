from __future__ import annotations

from bot.rules.lexicon import FURTHEST, Lexicon


def test_all_readings_are_found_with_their_ends() -> None:
    lexicon = Lexicon(["il", "ill", "lil"])

    assert set(lexicon.readings("1!1")) == {(2, "il"), (3, "lil"), (3, "ill")}


def test_a_reading_may_begin_inside_the_token() -> None:
    assert list(Lexicon(["ass"]).readings("1a$s", start=1)) == [(4, "ass")]


def test_a_word_that_goes_on_for_too_long_is_none() -> None:
    half = FURTHEST // 2

    assert list(Lexicon(["il" * half]).readings("!|" * half)) != []
    assert list(Lexicon(["il" * half + "s"]).readings("!|" * half + "$")) == []


def test_a_stretched_letter_does_not_make_it_longer() -> None:
    token = "a" * 10 * FURTHEST + "ss"

    assert list(Lexicon(["ass"]).readings(token)) == [(len(token), "ass")]
