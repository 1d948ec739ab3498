"""The requests to Discord once pictures are shown: further messages, and the notice."""

from __future__ import annotations

from typing import Any

from sandbox.providers import Runware
from sandbox.providers.steps import Step
from tests.faults.discord_wires import MESSAGES, ORIGINAL, with_files
from tests.faults.ends import DONE, IN_TWO, NOTICED
from tests.faults.kinds import GARBAGE, Kind
from tests.faults.play import Play
from tests.faults.providers import at, remix
from tests.faults.wires import Before, Wire


async def sent_in_doubt(play: Play) -> None:
    """Use /remix, and lose Discord's answer to the second message."""
    play.strike("discord", "POST", MESSAGES, drop="after")
    await play.order()


async def noticed_in_doubt(play: Play) -> None:
    """Use /remix, and lose Discord's answer to the card, so that all is shown anew."""
    play.strike("discord", "PATCH", ORIGINAL, only=with_files, drop="after")
    await play.order()


_MANY: dict[str, Any] = {"backend": "runware-v2", "options": {"count": 10}, "end": IN_TWO}
_LOADED = at(Runware, Step.DOWNLOAD, "runware-v2", "")
_FURTHER = Wire(
    name="a further message",
    to="discord",
    method="POST",
    path=MESSAGES,
    scene=remix,
    before=Before(wire=_LOADED),
    **_MANY,
)
_SHOWN = Wire(name="", to="discord", method="PATCH", path=ORIGINAL, only=with_files, scene=remix)
_LOST = (Kind.BANNED, Kind.S503)
"""After these a notice is forgotten: the card itself was shown."""
_NOTICE = Wire(
    name="the notice",
    to="discord",
    method="POST",
    path=MESSAGES,
    scene=remix,
    told=True,
    end=NOTICED,
    ends=dict.fromkeys((*_LOST, Kind.REFUSED, Kind.CUT_BEFORE), DONE),
    before=Before(wire=_SHOWN),
)

FURTHER: tuple[Wire, ...] = (
    _FURTHER,
    Wire(
        name="looking for a further message",
        to="discord",
        method="GET",
        path=MESSAGES,
        scene=sent_in_doubt,
        before=Before(wire=_FURTHER, how={"drop": "after"}),
        **_MANY,
    ),
)
NOTICES: tuple[Wire, ...] = (
    _NOTICE,
    Wire(
        name="looking for a notice",
        to="discord",
        method="GET",
        path=MESSAGES,
        scene=noticed_in_doubt,
        told=True,
        end=NOTICED,
        ends=dict.fromkeys((*_LOST, *GARBAGE), DONE),
        before=Before(wire=_SHOWN, how={"drop": "after"}),
    ),
)
