"""What moderators type into /quota is read as meant, or refused with what to type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs import quota_options as options
from cogs.desk import SorryError


@pytest.mark.parametrize(
    ("typed", "credits_"),
    [
        ("none", 0),
        (" Unlimited ", None),
        ("0", 0),
        ("250", 250),
        ("1,000", 1000),
        ("1,000,000", 1_000_000),
        ("40 credits", 40),
        ("1 credit", 1),
    ],
)
def test_an_amount_is_read(typed: str, credits_: int | None) -> None:
    assert options.amount(typed) == credits_


@pytest.mark.parametrize(
    "typed", ["", "-1", "1.5", "1.000", "1000001", "10,00", "ten", "٣", "9" * 400, "1e3", "0x10"]
)
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(SorryError, match=r"from 0 to 1,000,000, or `none`, or `unlimited`"):
        options.amount(typed)


@given(st.text(max_size=12))
def test_whatever_is_typed_is_an_amount_within_bounds_or_a_sentence(typed: str) -> None:
    try:
        found = options.amount(typed)
    except SorryError:
        return
    assert found is None or 0 <= found <= options.LARGEST


@pytest.mark.parametrize(
    ("typed", "found"), [("none", None), ("unlimited", None), ("1", 1), ("25", 25), (" 7 ", 7)]
)
def test_a_limit_is_read(typed: str, found: int | None) -> None:
    assert options.limit(typed, most=25) == found


@pytest.mark.parametrize("typed", ["0", "26", "-1", "two", "", "1.0", "³"])
def test_what_is_no_limit_is_refused(typed: str) -> None:
    with pytest.raises(SorryError, match="from 1 to 25, or `none`"):
        options.limit(typed, most=25)


@pytest.mark.parametrize(
    ("typed", "seconds", "said"),
    [
        ("none", 0, "none"),
        ("off", 0, "none"),
        ("0", 0, "none"),
        ("45", 45, "45s"),
        ("90s", 90, "90s"),
        ("2 min", 120, "2m"),
        ("5m", 300, "5m"),
        ("1 hour", 3600, "1h"),
        ("24h", 86_400, "24h"),
    ],
)
def test_a_pause_is_read_and_said(typed: str, seconds: int, said: str) -> None:
    assert options.pause(typed) == seconds
    assert options.pause_text(seconds) == said
    assert options.pause(said) == seconds


@pytest.mark.parametrize("typed", ["25h", "86401", "soon", "", "1d", "-5", "5 m 3 s"])
def test_what_is_no_pause_is_refused(typed: str) -> None:
    with pytest.raises(SorryError, match="a pause of at most a day"):
        options.pause(typed)
