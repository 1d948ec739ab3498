"""Every request of the bot failing in every way: each row once, and a tenth on PostgreSQL.

`make faults` plays all rows on both engines, and tells what they came to.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.house import House
from tests.faults.match import judge
from tests.faults.starting import STARTS, started
from tests.faults.table import LOTS, rows_of
from tests.faults.wires import Row

SEED = 5
SHARE = 10

pytestmark = [pytest.mark.timeout(300), pytest.mark.long]


async def wrong(folder: Path, rows: list[Row], *, engine: str = "sqlite") -> list[str]:
    """Play rows, those with reports in a house of their own; gives what was wrong."""
    found: list[str] = []
    for hooks in (False, True):
        chosen = [row for row in rows if row.wire.hooks is hooks]
        if chosen:
            here = folder / str(hooks)
            here.mkdir()
            async with House.open(here, engine=engine, hooks=hooks) as house:
                found += [str(verdict) for verdict in await judge(house, chosen) if verdict.faults]
    return found


@pytest.mark.parametrize("lot", LOTS)
async def test_each_row_ends_as_it_should_with_the_books_in_order(lot: str, tmp_path: Path) -> None:
    assert await wrong(tmp_path, rows_of(lot)) == []


@pytest.mark.parametrize("step", dict.fromkeys(start.name for start in STARTS))
async def test_a_start_succeeds_or_ends_with_one_sentence(step: str, tmp_path: Path) -> None:
    async with House.empty(tmp_path) as house:
        found = await started(house, [start for start in STARTS if start.name == step])

    assert [str(verdict) for verdict in found if verdict.faults] == []


async def test_a_tenth_of_the_rows_ends_so_on_postgresql(tmp_path: Path) -> None:
    rows = [row for lot in LOTS for row in rows_of(lot)]
    chosen = random.Random(SEED).sample(rows, len(rows) // SHARE)

    assert await wrong(tmp_path, chosen, engine="postgres") == []


def test_every_row_has_a_name_of_its_own() -> None:
    names = [str(row) for lot in LOTS for row in rows_of(lot)]

    assert len(names) == len(set(names))
