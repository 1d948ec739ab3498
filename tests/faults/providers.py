"""The requests to the providers, and theirs to the bot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.providers import Fal, Ideogram, Runware
from sandbox.providers.server import Server
from sandbox.providers.steps import Step
from tests.faults.ends import GIFT, STOPPED, UNCONFIRMED, UNREAD, End
from tests.faults.kinds import DOWN, GARBAGE, HELD, Kind
from tests.faults.play import Play, large
from tests.faults.wires import Before, Wire

FAL = ("fal-v2a", "fal-v2-turbo", "fal-v3")
"""Of the five systems these are at fal, the others are runware-v2 and ideogram-v2."""
NOT_DISCORD = frozenset({Kind.BANNED})
SLOWLY = "__latency:0.7__"
"""In a prompt: long enough for something to happen meanwhile."""


async def remix(play: Play) -> None:
    """Use /remix."""
    await play.order()


CALLBACK = Wire(name="", to="discord", method="POST", path="/callback$", scene=remix)


async def polled(play: Play) -> None:
    """Use /remix, with a stream that tells nothing."""
    play.strike("fal", "GET", Fal.steps[Step.STREAM].path, status=404)
    await play.order()


async def uploaded(play: Play) -> None:
    """Use /remix with a picture that is too large to be sent within the call."""
    await play.order(image=large())


async def cancelled(play: Play) -> None:
    """Use /remix, and press Cancel while the work runs."""
    shot = await play.order()
    await play.running()
    assert shot.message is not None
    async with play.moment():
        await play.member.click(shot.message, "Cancel")


async def unheard(play: Play) -> None:
    """Use /remix, and lose fal's answer to the call."""
    play.strike("fal", "POST", Fal.steps[Step.SUBMIT].path, drop="after")
    await play.order()


_UNHEARD = (*DOWN, Kind.CUT_BEFORE, Kind.CUT_AFTER, Kind.CUT_HEAD, Kind.CUT_BODY, Kind.DONE_500)
LOST: Mapping[Kind, End] = dict.fromkeys((*_UNHEARD, *HELD, *GARBAGE), UNCONFIRMED)
"""Where a provider takes no id of ours, and nothing else tells of the call."""
_NEVER_SENT = dict.fromkeys((*DOWN, Kind.CUT_BEFORE), UNCONFIRMED)
UNREADABLE: Mapping[Kind, End] = dict.fromkeys(GARBAGE, UNREAD)


async def unheard_by_runware(play: Play) -> None:
    """Use /remix, and lose Runware's answer to the call."""
    where = Runware.steps[Step.SUBMIT]
    play.strike("runware", where.method, where.path, match=where.match, drop="after")
    await play.order()


def at(server: type[Server], step: Step, backend: str, what: str, **more: Any) -> Wire:
    """The request of a step of a backend's at its provider."""
    where = server.steps[step]
    told: dict[str, Any] = {
        "name": f"{backend} {what}",
        "to": backend.partition("-")[0],
        "method": where.method,
        "path": where.path,
        "match": where.match,
        "backend": backend,
        "scene": remix,
        "without": NOT_DISCORD,
    }
    return Wire(**{**told, **more})


def fal(backend: str) -> Iterator[Wire]:
    """The requests to fal on behalf of one backend."""

    def wire(step: Step, what: str, **more: Any) -> Wire:
        return at(Fal, step, backend, what, **more)

    announced = wire(
        Step.UPLOAD,
        "announces a file",
        method="POST",
        path="/storage/upload/initiate$",
        scene=uploaded,
        shared=True,
        before=Before(wire=CALLBACK),
    )
    submitted = wire(Step.SUBMIT, "submit", ends=LOST, before=Before(wire=CALLBACK))
    streamed = wire(Step.STREAM, "stream", before=Before(wire=submitted))
    dead = Before(wire=streamed, how={"status": 404})
    result = wire(Step.RESULT, "result", before=Before(wire=streamed))
    yield announced
    yield wire(
        Step.UPLOAD,
        "sends a file",
        method="PUT",
        path="/upload/",
        scene=uploaded,
        shared=True,
        before=Before(wire=announced),
        # There is nothing in the answer.
        without=NOT_DISCORD | {Kind.CUT_BODY},
    )
    yield submitted
    yield streamed
    yield wire(Step.STATUS, "status", scene=polled, before=dead)
    yield result
    yield wire(Step.DOWNLOAD, "download", ends=UNREADABLE, before=Before(wire=result))
    yield wire(
        Step.CANCEL,
        "cancel",
        scene=cancelled,
        words="__latency:25__",
        end=STOPPED,
    )


def runware() -> Iterator[Wire]:
    """The requests to Runware, of which two kinds go to one address."""
    name = "runware-v2"
    submitted = at(Runware, Step.SUBMIT, name, "submit", before=Before(wire=CALLBACK))
    asked = at(Runware, Step.STATUS, name, "asks", before=Before(wire=submitted))
    yield submitted
    yield asked
    yield at(
        Runware,
        Step.STATUS,
        name,
        "asks after a lost call",
        scene=unheard_by_runware,
        before=Before(wire=submitted, how={"drop": "after"}),
    )
    yield at(Runware, Step.DOWNLOAD, name, "download", ends=UNREADABLE, before=Before(wire=asked))


def ideogram(name: str) -> Iterator[Wire]:
    """The requests to Ideogram on behalf of one backend; a paid call takes as long as the work."""
    submitted = at(Ideogram, Step.SUBMIT, name, "submit", ends=LOST, before=Before(wire=CALLBACK))
    yield submitted
    yield at(
        Ideogram,
        Step.DOWNLOAD,
        name,
        "download",
        ends=UNREADABLE,
        before=Before(wire=submitted),
    )


def reporting(backend: str) -> Iterator[Wire]:
    """What is otherwise where fal can report: its calls, and the reports themselves."""
    submitted = at(
        Fal,
        Step.SUBMIT,
        backend,
        "submit, with reports",
        hooks=True,
        ends={**_NEVER_SENT, Kind.LATE: GIFT},
        before=Before(wire=CALLBACK),
    )
    yield submitted
    yield Wire(
        name=f"{backend} reports",
        to="relay",
        method="POST",
        path="^/hooks/fal/",
        scene=unheard,
        before=Before(wire=submitted, how={"drop": "after"}),
        backend=backend,
        hooks=True,
        ends={Kind.LATE: GIFT},
        without=NOT_DISCORD,
    )


def reporting_by_runware() -> Iterator[Wire]:
    """The same where Runware can, whose reports only tell when to ask."""
    name = "runware-v2"
    more: dict[str, Any] = {"hooks": True, "words": SLOWLY}
    submitted = at(
        Runware,
        Step.SUBMIT,
        name,
        "submit, with reports",
        before=Before(wire=CALLBACK),
        **more,
    )
    yield submitted
    yield Wire(
        name=f"{name} reports",
        to="relay",
        method="POST",
        path="^/hooks/runware/",
        scene=remix,
        before=Before(wire=submitted),
        backend=name,
        without=NOT_DISCORD,
        **more,
    )
