from __future__ import annotations

from scripts import failures
from scripts.failures import TABLES, page, seen, sentence

ROWS = [row for rows in TABLES.values() for row in rows]
LINES = [line for line in page().splitlines() if line.startswith("| ")]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def test_every_line_of_the_page_has_all_its_cells() -> None:
    assert {len(cells(line)) for line in LINES} == {len(failures.COLUMNS)}


def test_every_row_stands_on_the_page_with_its_sentence() -> None:
    for row in ROWS:
        said = sentence(row) or failures.GOES_ON
        found = [cells(line) for line in LINES if seen([row.sign]) in line]

        assert any(line[-1] == said for line in found), row


def test_signs_are_written_for_people() -> None:
    assert seen(["*[rR]ateLimit* with 503, HTTP 5??"]) == "`*RateLimit*` with HTTP 503, HTTP 5xx"
    assert seen(["* at inputs*", "*"]) == "anything about `inputs*`, any other code"
    assert seen(["HTTP 429", "User is locked", "busy"]) == "User is locked<br>HTTP 429, `busy`"
    assert not any(mark in line for line in LINES for mark in "[?")
