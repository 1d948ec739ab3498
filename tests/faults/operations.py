"""The requests for what /remix alone does not need: other commands, masks and style references."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aiohttp import web

from sandbox.discord import Upload
from sandbox.providers import Fal
from sandbox.providers.steps import Step
from tests.e2e.cards import painted, photo
from tests.faults.discord_wires import SOURCES
from tests.faults.ends import NO_PICTURE
from tests.faults.kinds import GARBAGE, Kind
from tests.faults.play import Play, large
from tests.faults.providers import CALLBACK, LOST, NOT_DISCORD, at
from tests.faults.wires import Before, Wire

MASK = Upload("mask.png", painted(64, 64, box=(16, 16, 48, 48)))
STYLE = Upload("style.jpg", photo(64, 64))
OTHERS: Mapping[str, Mapping[str, Any]] = {
    "generate": {"backend": "fal-v2-turbo"},
    "edit": {"backend": "fal-v2-turbo", "options": {"mask": MASK}},
    "reframe": {"backend": "fal-v3", "options": {"size": "1312x736"}},
}
"""What else fal does, each at an address of its own."""


def calls(command: str) -> Iterator[Wire]:
    """The paid call of a command; what comes after it is as with any other."""
    more = {"backend": "", **OTHERS[command]}
    backend = more.pop("backend")
    yield at(
        Fal,
        Step.SUBMIT,
        backend,
        f"submit, for /{command}",
        command=command,
        ends=LOST,
        before=Before(wire=CALLBACK),
        **more,
    )


async def edited(play: Play) -> None:
    """Use /edit with pictures that are too large to be sent within the call."""
    box = (24, 24, 72, 72)
    await play.order(image=large(), mask=Upload("mask.png", painted(96, 96, box=box)))


async def styled(play: Play) -> None:
    """Use /remix with a style reference that is too large to be sent within the call."""
    await play.order(reference=large("PNG"))


async def _is_png(request: web.Request) -> bool:
    """Whether a PNG is announced: the sources are JPEG."""
    return json.loads(await request.read()).get("content_type") == "image/png"


def masks() -> Iterator[Wire]:
    """The requests with which a mask comes to fal."""
    yield from _brought("a mask", "mask", command="edit", backend="fal-v2-turbo", scene=edited)


def references() -> Iterator[Wire]:
    """The requests with which a style reference comes to fal."""
    yield from _brought("a style reference", "large", backend="fal-v3", scene=styled)


def _brought(what: str, file: str, *, backend: str, **more: Any) -> Iterator[Wire]:
    """The requests with which a second picture comes from Discord to fal.

    Args:
        what: What it is.
        file: The beginning of its name at Discord.
        backend: Whose it is.
        more: Of the wires.
    """
    read: dict[str, Any] = {
        "to": "discord",
        "method": "GET",
        "path": f"{SOURCES}.*/{file}",
        "backend": backend,
        **more,
    }
    shared: dict[str, Any] = {"shared": True, **more}
    yield Wire(
        name=f"reading {what}",
        ends=dict.fromkeys(GARBAGE, NO_PICTURE),
        before=Before(wire=Wire(name="", **read), how={"drop": "before"}),
        **read,
    )
    announced = at(
        Fal,
        Step.UPLOAD,
        backend,
        f"announces {what}",
        method="POST",
        path="/storage/upload/initiate$",
        match=_is_png,
        before=Before(wire=CALLBACK),
        **shared,
    )
    yield announced
    yield at(
        Fal,
        Step.UPLOAD,
        backend,
        f"sends {what}",
        method="PUT",
        path="/upload/.*png$",
        before=Before(wire=announced),
        # There is nothing in the answer.
        **{**shared, "without": NOT_DISCORD | {Kind.CUT_BODY}},
    )
