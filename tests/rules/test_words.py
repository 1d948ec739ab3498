# ruff: noqa: RUF001 - characters that are easily mistaken for others are the matter of this module
from __future__ import annotations

import pytest

from bot.rules.matcher import LONGEST_FOUND, Matcher
from bot.rules.rule import Rule, RuleAction, RuleKind
from tests.rules.making import exceptions, hit, patterns, words


def test_a_hit_shows_the_piece_as_it_was_written_and_says_why() -> None:
    (found,) = Matcher(words("ass")).hits("a big 4\u200b$$, oil on canvas")

    assert found.found == "4\u200b$$"
    assert found.why == '"4\u200b$$" is read as "ass"'


def test_a_word_that_stands_as_it_was_listed_is_said_to_be_contained() -> None:
    (found,) = Matcher(words("dead body")).hits("A Dead Body.")

    assert found.why == 'contains "Dead Body"'


def test_what_a_hit_shows_is_cut_where_it_is_very_long() -> None:
    (found,) = Matcher(words("ass")).hits("a" * 500 + "ss")

    assert found.found == "a" * LONGEST_FOUND
    assert len(found.why) < 100


def test_there_is_one_hit_for_each_rule_in_the_order_of_the_rules() -> None:
    rules = words("gore", "ass", "hell")

    found = Matcher(rules).hits("ass, gore, ass, gore")

    assert [(one.rule.id, one.found) for one in found] == [(1, "gore"), (2, "ass")]


def test_hits_by_patterns_and_words_keep_the_order_of_the_rules() -> None:
    rules = [*patterns("gor."), *words("gore"), *patterns("g.re")]

    assert hit(rules, "gore") == ["gor.", "gore", "g.re"]


def test_the_first_place_is_shown() -> None:
    for prompt in ("a55 and 4$$, a.s.s, ass", "a.s.s and a55, 4$$, ass", "ass, a.s.s, a55, 4$$"):
        (found,) = Matcher(words("ass")).hits(prompt)

        assert prompt.startswith(found.found)


def test_characters_that_show_nothing_do_not_shift_what_is_shown() -> None:
    (found,) = Matcher(words("ass")).hits("\x00\x00a big\n\x00ass.")

    assert found.found == "ass"


def test_a_hit_carries_its_rule_and_so_its_action() -> None:
    rule = Rule(id=7, kind=RuleKind.WORDS, text="gore", action=RuleAction.REPORT)

    (found,) = Matcher([rule]).hits("g0re")

    assert found.rule is rule


def test_a_hit_inside_an_exception_is_forgiven_and_one_beside_it_is_not() -> None:
    matcher = Matcher([*words("cock"), *exceptions("cock a doodle")])

    assert matcher.hits("cock a doodle doo") == ()
    (found,) = matcher.hits("c0ck-a-doodle doo, says the cock")
    assert found.found == "cock"


def test_an_exception_forgives_a_hit_only_if_it_holds_all_of_it() -> None:
    rules = [*words("blood bath"), *exceptions("blood orange", "bath tub")]

    assert hit(rules, "blood bath tub") == ["blood bath"]


def test_the_first_hit_that_is_not_forgiven_is_shown_though_longer_exceptions_come_before() -> None:
    rules = [*words("tit"), *exceptions("a blue tit and a great tit", "tit bird")]

    (found,) = Matcher(rules).hits("a blue tit and a great tit, tit bird, t1t")

    assert found.found == "t1t"


def test_without_any_rule_nothing_is_hit() -> None:
    assert Matcher([]).hits("ass") == ()


def test_a_short_word_is_found_only_as_it_is() -> None:
    rules = words("ss")

    assert hit(rules, "SS uniform") == ["ss"]
    assert [hit(rules, prompt) for prompt in ("$$", "5s", "ssss", "s s", "s-s")] == [[]] * 5


@pytest.mark.parametrize(
    ("listed", "prompt"),
    [
        ("bus", "buses"),
        ("fox", "foxes"),
        ("witch", "witches"),
        ("fairy", "fairies"),
        ("toy", "toys"),
    ],
)
def test_the_plain_plural_of_a_word_is_the_word(listed: str, prompt: str) -> None:
    assert hit(words(listed), prompt) == [listed]


@pytest.mark.parametrize("prompt", ["hated", "hating", "hateful", "hater", "ha"])
def test_other_endings_are_other_words(prompt: str) -> None:
    assert hit(words("hate"), prompt) == []


def test_three_of_a_letter_stand_for_fewer_but_two_never_for_one() -> None:
    assert hit(words("god"), "gooood") == ["god"]
    assert hit(words("god"), "good") == []
    assert hit(words("good"), "god") == []


def test_a_russian_word_is_not_read_as_the_latin_one_that_it_looks_like() -> None:
    assert hit(words("cop"), "сор на полу") == []


def test_a_word_of_twins_is_disguised_where_nothing_is_plainly_in_its_alphabet() -> None:
    assert hit(words("cop"), "а сор in Paris") == ["cop"]


def test_a_word_that_mixes_alphabets_is_disguised_in_any_company() -> None:
    assert hit(words("cop"), "сoр на полу") == ["cop"]


def test_a_russian_rule_does_not_hit_the_latin_word_that_it_looks_like() -> None:
    assert hit(words("сор"), "a cop") == []
    assert hit(words("сор"), "сор") == ["сор"]
    assert hit(words("сор"), "сор на полу") == ["сор"]
    assert hit(words("сор"), "coр на полу") == ["сор"]


def test_a_rule_typed_in_disguise_means_the_plain_word() -> None:
    for listed in ("a$$", "А$$", "аss", "ａｓｓ", "á\u200bss"):
        assert hit(words(listed), "a big ass") == [listed]


def test_a_rule_with_digits_means_these() -> None:
    assert hit(words("r34"), "R34 art") == ["r34"]
    assert hit(words("r34"), "rea art") == []
    assert hit(words("1488"), "1488") == ["1488"]
    assert hit(words("1488"), "14.88 euros") == []


def test_chinese_is_found_inside_a_text_and_over_what_breaks_it_up() -> None:
    assert hit(words("血腥"), "一个血*腥的场面") == ["血腥"]


def test_chinese_beside_an_exception_is_found() -> None:
    rules = [*words("血腥"), *exceptions("血腥玛丽")]

    assert hit(rules, "一杯血腥玛丽") == []
    assert hit(rules, "一杯血腥玛丽，血腥") == ["血腥"]


def test_a_korean_word_is_found_with_endings_but_not_across_words() -> None:
    assert hit(words("나치"), "나치는") == ["나치"]
    assert hit(words("나치"), "하나 치즈") == []


def test_kana_and_korean_are_never_found_in_half_of_a_character() -> None:
    assert hit(words("か"), "が") == []
    assert hit(words("가"), "각") == []
    assert hit(words("か"), "か . \u3099") == ["か"]


def test_kana_of_any_width_and_kind_are_the_same() -> None:
    for listed in ("ばか", "バカ", "ﾊﾞｶ"):
        assert [hit(words(listed), prompt) for prompt in ("ばか", "バカ", "ﾊﾞｶ")] == [[listed]] * 3


def test_latin_words_end_where_chinese_begins() -> None:
    assert hit(words("gore"), "画gore图") == ["gore"]


def test_sharp_s_is_ss_but_the_german_for_ate_is_no_swear_word() -> None:
    assert hit(words("strasse"), "Straße") == ["strasse"]
    assert hit(words("straße"), "STRASSE") == ["straße"]
    assert hit(words("ass"), "er aß") == []
