"""Playing many rows at once in one house, and telling what each came to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from tests.faults.checks import faults_of, faults_of_house
from tests.faults.house import House
from tests.faults.play import Play
from tests.faults.wires import Row

AT_ONCE = 24
"""Rows that are played at the same time, most of which wait."""
GAP = 0.06
"""Seconds between two beginnings."""
LAG = 0.1
"""While the loop is later than that, the machine is busy, and no row begins."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a row came to."""

    row: object
    """The row, or what stands for all rows of a house together."""
    end: str
    faults: list[str]

    def __str__(self) -> str:
        return f"{self.row}: {'; '.join(self.faults) or self.end}"


async def judge(house: House, rows: Iterable[Row]) -> list[Verdict]:
    """Play rows, the longest first; those that disturb others one after the other, at the end."""
    rows = sorted(rows, key=lambda row: not row.is_held)
    gate, verdicts = asyncio.Semaphore(AT_ONCE), list[Verdict]()

    async def one(row: Row) -> None:
        try:
            verdicts.append(await _verdict(house, row))
        finally:
            gate.release()

    async with asyncio.TaskGroup() as playing:
        for row in rows:
            if not row.alone:
                await gate.acquire()
                await _calm()
                playing.create_task(one(row))
    verdicts += [await _verdict(house, row) for row in rows if row.alone]
    together = await faults_of_house(house)
    if together:
        verdicts.append(Verdict(row="all together", end="", faults=together))
    return verdicts


async def _calm() -> None:
    """Wait until the loop keeps up."""
    clock = asyncio.get_running_loop().time
    late = LAG + 1
    while late > LAG:
        due = clock() + GAP
        await asyncio.sleep(GAP)
        late = clock() - due


async def _verdict(house: House, row: Row) -> Verdict:
    play = Play(house=house, row=row)
    try:
        job = await play.run()
        faults = await faults_of(play, job)
    except Exception as error:  # noqa: BLE001 - one row that fails must not hide the others
        play.released.set()
        return Verdict(row=row, end="", faults=[f"it did not end: {error!r}"])
    end = play.came if job is None else f"{job.state}, {job.row.shown}"
    return Verdict(row=row, end=end, faults=faults)
