"""A name in a report can disturb nothing around it, and is as wide as is counted."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.spending.names import columns, cut, harmless, name_of


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Ana", "Ana"),
        ("  Ana \u3000 B\n\tC ", "Ana B C"),
        ("\u202eevil\u202c", "evil"),
        ("a\u200bb\u200d\u2060\ufeffc", "abc"),
        ("\u2066x\u2069\u200f", "x"),
        ("nul\x00\x1b[31m", "nul[31m"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("heart\u2764\ufe0f", "heart\u2764"),
        ("a\u0300\u0301\u0302\u0303\u0304b", "\u00e0\u0301\u0302b"),
        ("\u3164\u115f\u2800", ""),
        ("\u0301\u0301", ""),
        ("\ue000\U000f0000\U000e0041", ""),
        ("\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35"),
        ("\u7530\u4e2d", "\u7530\u4e2d"),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_is_left_out(name: str, kept: str) -> None:
    assert harmless(name) == kept


def test_a_member_without_a_name_has_the_end_of_their_id() -> None:
    assert name_of(123_456_789_012_340_042, {}) == "member \u20260042"
    assert name_of(7, {7: "\u200b"}) == "member \u20260007"
    assert name_of(7, {7: " Ana"}) == "Ana"


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        *(("Ana", 3), ("\u7530\u4e2d", 4), ("\uff21", 2), ("\U0001f3a8", 2), ("\u0e2a\u0e35", 1)),
        *(("e\u0301", 1), ("", 0)),
    ],
)
def test_a_text_is_as_wide_as_it_is_shown(text: str, wide: int) -> None:
    assert columns(text) == wide


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("a" * 20, "a" * 20),
        ("a" * 21, "a" * 19 + "\u2026"),
        ("\u7530" * 10, "\u7530" * 10),
        ("\u7530" * 11, "\u7530" * 9 + "\u2026"),
        ("eighteen letters and", "eighteen letters and"),
        ("eighteen letters is more", "eighteen letters is\u2026"),
        ("nineteen letters 18 or", "nineteen letters 18\u2026"),
    ],
)
def test_a_long_text_is_cut_to_its_columns(text: str, short: str) -> None:
    assert cut(text) == short


@given(st.text(), st.integers(1, 30))
def test_whatever_the_name_is_it_is_one_line_of_what_can_be_seen(name: str, most: int) -> None:
    kept = harmless(name)

    assert not [char for char in kept if unicodedata.category(char)[0] == "C"]
    assert kept == " ".join(kept.split(" "))
    assert len(kept.splitlines()) <= 1
    assert harmless(kept) == kept
    assert columns(cut(kept, most)) <= most
