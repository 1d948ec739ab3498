"""The table fits a message and its code block whatever members are called."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.spending.names import columns
from bot.spending.rows import Spent, total
from bot.spending.table import dollars, table
from tests.spending.rows import HOSTILE, many, names, spent


def test_who_spent_most_comes_first_and_the_total_last() -> None:
    rows = [
        spent(1, "fal-v3", 1_200, jobs=40, pictures=80, micros=11_950_000),
        spent(2, "ideogram-v3", 9, jobs=3, pictures=3, micros=90_000),
        spent(1, "runware-v3", 40, jobs=4, pictures=4, micros=400_000),
    ]

    found = table(rows, {1: "Ana", 2: "\u7530\u4e2d"})

    assert found.splitlines() == [
        "member  backend      remixes  pictures  credits  US dollars",
        "Ana     fal-v3            40        80    1,200       11.95",
        "Ana     runware-v3         4         4       40        0.40",
        "\u7530\u4e2d    ideogram-v3        3         3        9        0.09",
        "total                     47        87    1,249       12.44",
    ]


def test_the_rest_is_one_line_and_the_total_is_of_all() -> None:
    rows = [spent(number, "fal-v3", number) for number in range(1, 31)]

    lines = table(rows, {}, most=3).splitlines()

    assert [line.split("  ")[0] for line in lines[1:]] == [
        *("member \u20260030", "member \u20260029", "member \u20260028", "and 27 more", "total"),
    ]
    assert lines[-2].split()[-4:] == ["27", "27", "378", "3.78"]
    assert lines[-1].split()[-4:] == ["30", "30", "465", "4.65"]


def test_a_single_row_that_is_left_is_summed_as_well() -> None:
    assert "and 1 more" in table([spent(1), spent(2)], {}, most=1)


def test_without_rows_the_total_is_nothing() -> None:
    assert table([], {}).splitlines()[-1].split() == ["total", "0", "0", "0", "0.00"]


def test_names_that_are_hostile_leave_the_columns_where_they_are() -> None:
    rows = [spent(number, cost=100 + number) for number in range(len(HOSTILE))]

    lines = table(rows, dict(enumerate(HOSTILE)), most=len(HOSTILE)).splitlines()

    assert len({columns(line.replace("\u200e", "")) for line in lines}) == 1
    assert "\u202e" not in "".join(lines)


def test_a_name_from_right_to_left_takes_no_number_along() -> None:
    line = table([spent()], {1: "\u05e9\u05dc\u05d5\u05dd"}).splitlines()[1]

    assert line.startswith("\u200e\u05e9\u05dc\u05d5\u05dd\u200e ")


def test_no_name_and_no_backend_ends_the_code_block() -> None:
    found = table([spent(backend="a```b")], {1: "```\nx"})

    assert "\u02cb\u02cb\u02cb x" in found
    assert "a\u02cb\u02cb\u02cbb" in found


def test_a_table_that_would_be_too_long_has_fewer_lines() -> None:
    rows = [
        spent(number, f"a-long-name-of-a-backend-{number}", 10**9 + number) for number in range(20)
    ]

    found = table(rows, dict.fromkeys(range(20), "W" * 32))

    assert 1_700 < len(found) <= 1_800
    assert " more " in found


@given(many, names, st.integers(0, 30))
def test_whatever_was_spent_fits(rows: list[Spent], called: Mapping[int, str], most: int) -> None:
    found = table(rows, called, most=most)

    assert len(found) <= 1_800
    assert "`" not in found
    plain = found.replace("\n", "").replace("\u200e", "")
    assert not [char for char in plain if unicodedata.category(char)[0] == "C"]
    assert f"{total(rows).credits:,}" in found.splitlines()[-1]
    assert len(found.splitlines()) <= most + 3


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        *((0, "0.00"), (1, "<0.01"), (4_999, "<0.01"), (5_000, "0.01"), (10_000, "0.01")),
        *((1_234_567_890_000, "1,234,567.89"), (14_999, "0.01"), (15_000, "0.02")),
    ],
)
def test_a_cost_is_told_in_cents(micros: int, text: str) -> None:
    assert dollars(micros) == text
