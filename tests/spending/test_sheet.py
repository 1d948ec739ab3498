"""The sheet opens right in spreadsheets, and nothing in it is carried out."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.spending.rows import Spent, total
from bot.spending.sheet import sheet
from tests.spending.rows import many, names, spent


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_each_member_and_backend_has_a_line() -> None:
    rows = [
        spent(123_456_789_012_345_678, "fal-v3", 9, jobs=2, pictures=3, micros=90_001),
        spent(5, "own", 20, jobs=1, pictures=1, micros=0),
        spent(123_456_789_012_345_678, "fal-v3", 1, jobs=1, pictures=1, micros=1),
    ]

    found = read(sheet(rows, {5: 'Z\u00f6e, "the" \u7530', 123_456_789_012_345_678: "Ana"}))

    assert found[0]["member"] == 'Z\u00f6e, "the" \u7530'
    assert found[1] == {
        "member": "Ana",
        "mention": "<@123456789012345678>",
        "backend": "fal-v3",
        "remixes": "3",
        "pictures": "4",
        "credits": "10",
        "us_dollars": "0.090002",
    }


def test_who_was_erased_is_mentioned_by_nothing() -> None:
    (found,) = read(sheet([spent(-5)], {-5: "erased member"}))

    assert (found["member"], found["mention"]) == ("erased member", "")


def test_it_begins_with_the_mark_of_utf_8_and_a_header() -> None:
    assert sheet([], {}) == (
        b'\xef\xbb\xbf"member","mention","backend","remixes","pictures","credits","us_dollars"\r\n'
    )


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", "\uff1d1"]
)
def test_a_name_that_would_be_a_formula_is_none(name: str) -> None:
    (found,) = read(sheet([spent(1)], {1: name}))

    assert found["member"].startswith("'")


def test_a_backend_that_would_be_a_formula_is_none() -> None:
    (found,) = read(sheet([spent(backend="=1")], {}))

    assert found["backend"] == "'=1"


def test_a_name_cannot_begin_a_cell_where_semicolons_part_them() -> None:
    line = sheet([spent(1)], {1: 'x";=1'}).decode("utf-8-sig").splitlines()[1]

    assert line.startswith('"x"";=1",')


@given(many, names)
def test_the_lines_come_to_the_total(rows: list[Spent], called: dict[int, str]) -> None:
    found = read(sheet(rows, called))

    assert sum(int(line["credits"]) for line in found) == total(rows).credits
    assert sum(int(line["us_dollars"].replace(".", "")) for line in found) == total(rows).micros
    assert not [line for line in found if line["member"][:1] in {"", *"=+-@\t\r"}]


@given(st.integers(0, 10**15))
def test_a_cost_is_exact(micros: int) -> None:
    (line,) = read(sheet([spent(micros=micros)], {}))

    assert line["us_dollars"] == f"{micros // 10**6}.{micros % 10**6:06}"
