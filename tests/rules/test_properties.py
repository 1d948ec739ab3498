from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.rules.matcher import LONGEST_FOUND, Matcher
from bot.rules.normal import fold, visible
from tests.rules.evasions import EVASIONS
from tests.rules.innocents import EXCEPTIONS, INNOCENTS
from tests.rules.listed import LISTED
from tests.rules.making import exceptions, patterns, words

ANY = st.text(st.characters(exclude_categories=()))
"""Any text, halves of surrogate pairs and unassigned characters too."""
PIECES = st.sampled_from(
    [
        *(prompt for prompt, _ in EVASIONS),
        *INNOCENTS,
        *LISTED,
        *EXCEPTIONS,
        " ",
        ", ",
        "-",
        "s",
        "1",
    ]
)
PROMPTS = st.one_of(ANY, st.lists(st.one_of(PIECES, ANY), max_size=5).map("".join))
THOROUGH = settings(max_examples=300, deadline=None)
INVISIBLE = st.text(
    st.sampled_from("\u200b\u200c\u200d\u2060\u2063\ufeff\u00ad\u202e\u2069\ufe0f\U000e0061\x00"),
    max_size=3,
)
MATCHER = Matcher(
    [*words(*LISTED), *exceptions(*EXCEPTIONS), *patterns(r"\bzor\w*k\b", "a.{3}b", "血|é")]
)


@THOROUGH
@given(ANY)
@example("\ud800")
@example("ẞﬃ㍿ǆ\u0345")
def test_any_text_can_be_normalised_and_its_positions_lie_inside_it(text: str) -> None:
    folded = fold(text)

    assert len(folded.script) == len(folded.latin) == len(folded.text)
    spans = [folded.span(at, at + 1) for at in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before <= after for before, after in pairwise(spans))


@THOROUGH
@given(ANY)
def test_what_is_normal_stays_so(text: str) -> None:
    once = fold(text)

    assert fold(once.script).script == once.script


@THOROUGH
@given(ANY)
def test_each_position_of_the_visible_text_is_that_character_of_the_original(text: str) -> None:
    shown = visible(text)

    for at, char in enumerate(shown.text):
        start, end = shown.span(at, at + 1)
        assert text[start:end] == char


@THOROUGH
@given(PROMPTS)
def test_what_a_hit_shows_is_a_piece_of_the_prompt(prompt: str) -> None:
    for hit in MATCHER.hits(prompt):
        assert hit.found
        assert hit.found in prompt
        assert len(hit.found) <= LONGEST_FOUND


@THOROUGH
@given(PROMPTS, st.data())
def test_invisible_characters_never_change_what_is_hit(prompt: str, data: st.DataObject) -> None:
    fillings = data.draw(st.lists(INVISIBLE, min_size=len(prompt), max_size=len(prompt)))
    filled = "".join(char + filling for char, filling in zip(prompt, fillings, strict=True))

    before = [hit.rule for hit in MATCHER.hits(prompt)]

    assert [hit.rule for hit in MATCHER.hits(filled)] == before


@THOROUGH
@given(PROMPTS)
def test_case_never_changes_what_words_hit(prompt: str) -> None:
    matcher = Matcher(words(*LISTED))
    ascii_prompt = "".join(char for char in prompt if char.isascii())

    upper, lower = matcher.hits(ascii_prompt.upper()), matcher.hits(ascii_prompt.lower())

    assert [hit.rule for hit in upper] == [hit.rule for hit in lower]


@THOROUGH
@given(st.sampled_from(LISTED), ANY, ANY)
def test_a_listed_word_between_blanks_is_always_hit(word: str, before: str, after: str) -> None:
    found = Matcher(words(word)).hits(f"{before} . {word} . {after}")

    assert [hit.rule.text for hit in found] == [word]
