"""`make faults`: every row of the enumeration on every engine, and a tally as the last line."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from itertools import chain
from pathlib import Path

from sandbox.providers.pictures import Pictures
from tests.faults.house import House
from tests.faults.match import Verdict, judge
from tests.faults.starting import STARTS, Start, started
from tests.faults.table import LOTS, rows_of
from tests.faults.wires import Row
from tests.storage import server
from tests.storage.engines import ENGINES


async def play(engine: str, lot: str, rows: list[Row]) -> list[Verdict]:
    """Play the rows of a lot on one engine, and print what they came to."""
    began, cpu = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        hooks = rows[0].wire.hooks
        async with House.open(Path(folder), engine=engine, hooks=hooks) as house:
            verdicts = await judge(house, rows)
    _report(engine, lot, verdicts, began, cpu)
    return verdicts


async def start(engine: str, starts: list[Start]) -> list[Verdict]:
    """Start a bot for each of these rows on one engine, and print what was wrong."""
    began, cpu = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        async with House.empty(Path(folder), engine=engine) as house:
            verdicts = await started(house, starts)
    _report(engine, "starts", verdicts, began, cpu)
    return verdicts


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command line


def _report(engine: str, lot: str, verdicts: list[Verdict], began: float, cpu: float) -> None:
    spent = f"{time.monotonic() - began:5.1f} s, {time.process_time() - cpu:5.1f} s of CPU"
    _say(f"{engine:9} {lot:24} {len(verdicts):4} rows in {spent}")
    for verdict in verdicts:
        if verdict.faults:
            _say(f"    {verdict}")


def main() -> int:
    """Play what was asked for; returns the exit status."""
    # Nobody looks at the pictures.
    Pictures.grain = 8
    parser = argparse.ArgumentParser(prog="make faults")
    parser.add_argument("--engine", choices=ENGINES, help="only this one")
    parser.add_argument("--only", default="", help="rows whose name has this in it")
    parser.add_argument("--list", action="store_true", help="name the rows, and play none")
    chosen = parser.parse_args()
    found = {lot: [row for row in rows_of(lot) if chosen.only in str(row)] for lot in LOTS}
    starts = [row for row in STARTS if chosen.only in str(row)]
    if chosen.list:
        _say("\n".join(map(str, [*chain(*found.values()), *starts])))
        return 0
    verdicts: list[Verdict] = []
    server.name_run()
    try:
        for engine in [chosen.engine] if chosen.engine else ENGINES:
            for lot, rows in found.items():
                if rows:
                    verdicts += asyncio.run(play(engine, lot, rows))
            if starts:
                verdicts += asyncio.run(start(engine, starts))
    finally:
        server.stop()
    _say(tally(verdicts))
    return 1 if any(verdict.faults for verdict in verdicts) else 0


def tally(verdicts: list[Verdict]) -> str:
    """Say in one line what all rows came to."""
    ends = Counter(verdict.end for verdict in verdicts if not verdict.faults)
    told = "; ".join(f"{count} {end}" for end, count in ends.most_common())
    violations = sum(bool(verdict.faults) for verdict in verdicts)
    return f"{len(verdicts)} rows: {told}; violations={violations}"


if __name__ == "__main__":
    sys.exit(main())
