"""The whole enumeration, in lots that are played in one house each."""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults.discord_wires import DISCORD
from tests.faults.events import EVENTS
from tests.faults.providers import FAL, fal, ideogram, reporting, runware
from tests.faults.wires import Row, Wire

LOTS: Mapping[str, tuple[Wire, ...]] = {
    "without a request": EVENTS,
    "Discord's answers": DISCORD[:4],
    "Discord's messages": DISCORD[4:8],
    "Discord's files": DISCORD[8:],
    **{backend: tuple(fal(backend)) for backend in FAL},
    "runware-v2, ideogram-v2": (*runware(), *ideogram()),
    "reports": tuple(reporting("fal-v2a")),
}


def rows_of(lot: str) -> list[Row]:
    """All rows of a lot."""
    return [row for wire in LOTS[lot] for row in wire.rows]


def in_turns() -> list[Row]:
    """The rows of fal, each for one of its backends in turn: one module sends all of them."""
    backends = [rows_of(backend) for backend in FAL]
    return [rows[number % len(FAL)] for number, rows in enumerate(zip(*backends, strict=True))]
