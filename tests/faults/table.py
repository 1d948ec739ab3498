"""The whole enumeration, in lots that are played in one house each."""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults.afterwards import FURTHER, NOTICES
from tests.faults.answers import ANSWERS
from tests.faults.asking import ASKED
from tests.faults.discord_wires import DISCORD
from tests.faults.doctor import DOCTOR
from tests.faults.erasing import ERASED
from tests.faults.events import EVENTS
from tests.faults.joining import JOINED
from tests.faults.operations import OTHERS, calls, masks, references
from tests.faults.presses import PRESSES
from tests.faults.probing import PROBES
from tests.faults.providers import FAL, fal, ideogram, reporting, reporting_by_runware, runware
from tests.faults.reconnecting import RECONNECTED
from tests.faults.restoring import RESTORED
from tests.faults.telling import OPERATOR
from tests.faults.wires import Row, Wire

LOTS: Mapping[str, tuple[Wire, ...]] = {
    "without a request": EVENTS,
    "the gateway again": RECONNECTED,
    "Discord's answers": DISCORD[:4],
    "Discord's messages": DISCORD[4:9],
    "Discord's files": DISCORD[9:],
    "further messages": FURTHER,
    "presses": PRESSES,
    "notices": NOTICES,
    **{backend: tuple(fal(backend)) for backend in FAL},
    "runware-v2, ideogram-v2": (*runware(), *ideogram("ideogram-v2")),
    "ideogram-v3-remix": tuple(ideogram("ideogram-v3-remix")),
    **{f"/{command}": tuple(calls(command)) for command in OTHERS},
    "masks": tuple(masks()),
    "style references": tuple(references()),
    "reports": (*reporting("fal-v2a"), *reporting_by_runware()),
    "answers besides": ANSWERS,
    "questions": ASKED,
    "joining": JOINED,
    "erasing and restoring": (*ERASED, *RESTORED),
    "doctor": DOCTOR,
    "probes": PROBES,
    "the operator": OPERATOR,
}


def rows_of(lot: str) -> list[Row]:
    """All rows of a lot."""
    return [row for wire in LOTS[lot] for row in wire.rows]
