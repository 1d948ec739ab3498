"""The requests to Discord."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from tests.faults.ends import (
    NO_CARD,
    NO_PICTURE,
    PRIVATE,
    REFUSED_ALONE,
    REFUSED_PROMPT,
    REFUSED_TWICE,
    TWICE_PRIVATE,
)
from tests.faults.kinds import GARBAGE, Kind
from tests.faults.play import Play
from tests.faults.providers import CALLBACK, remix
from tests.faults.wires import Before, Wire

SOURCES = "^/ephemeral-attachments/"
SHOWN = "^/attachments/"
ORIGINAL = "/messages/@original$"
FOLLOW_UPS = r"/webhooks/\d+/[^/]+$"
MESSAGES = r"/channels/\d+/messages$"
MESSAGE = r"/channels/\d+/messages/\d+$"
CLOSED: Mapping[str, Any] = {
    "status": 403,
    "body": {"code": 50001, "message": "Missing Access"},
    "times": None,
}
INVALID: Mapping[str, Any] = {
    "status": 400,
    "body": {"code": 50035, "message": "Invalid Form Body"},
    "times": None,
}
_ONCE_INVALID = {**INVALID, "times": 1}
_ONCE_CLOSED = {**CLOSED, "times": 1}


def with_files(request: web.Request) -> bool:
    """Whether pictures are sent along."""
    return request.content_type == "multipart/form-data"


def without_files(request: web.Request) -> bool:
    """Whether no pictures are sent along."""
    return not with_files(request)


async def at_once(play: Play) -> None:
    """Use /remix, just when the answer to it is to fail."""
    async with play.moment():
        await play.order()


async def unconfirmed(play: Play) -> None:
    """Use /remix, and lose the confirmation of the card."""
    play.strike("discord", "POST", "/callback$", drop="after")
    await play.order()


async def queued(play: Play) -> None:
    """Use /remix where others are before it, so that there are news."""
    await play.order()
    await play.running()
    async with play.moment():
        pass


async def expired(play: Play) -> None:
    """Use /remix, and be so slow that the interaction's token dies."""
    shot = await (await play.order()).answered()
    play.house.discord.expire_token(shot)


async def closed_channel(play: Play) -> None:
    """Use /remix in a channel that closes."""
    play.strike("discord", "PATCH", ORIGINAL, **CLOSED)
    await play.order()


async def uneditable(play: Play) -> None:
    """Use /remix where the card cannot take the pictures."""
    play.strike("discord", "PATCH", ORIGINAL, only=with_files, **INVALID)
    await play.order()


async def sent_before(play: Play) -> None:
    """Use /remix where the card cannot take the pictures, and a new message is in doubt."""
    play.strike("discord", "PATCH", ORIGINAL, only=with_files, **INVALID)
    play.strike("discord", "POST", MESSAGES, drop="after")
    await play.order()


async def rerolled(play: Play) -> None:
    """Press Re-roll on a card whose link to the source is dead."""
    shot = await play.order()
    await play.closed()
    assert shot.message is not None
    play.strike("discord", "GET", SHOWN, status=404)
    await play.press(shot.message, "Re-roll")


_DOWNLOADED = Wire(name="", to="fal", method="GET", path="^(/files)?/files/", scene=remix)
_RESULT = Wire(name="", to="fal", method="GET", path=r"/requests/[^/]+(/response)?$", scene=remix)
_EDITED = Wire(
    name="the edit that shows the pictures",
    to="discord",
    method="PATCH",
    path=ORIGINAL,
    only=with_files,
    scene=remix,
    before=Before(wire=_DOWNLOADED),
)
_SENT = Wire(
    name="a new message",
    to="discord",
    method="POST",
    path=MESSAGES,
    scene=uneditable,
    before=Before(wire=_EDITED, how=_ONCE_INVALID),
)
_READ = Wire(name="", to="discord", method="GET", path=SOURCES, scene=remix)

_PERHAPS_SENT = (
    *(Kind.CUT_AFTER, Kind.CUT_HEAD, Kind.CUT_BODY, Kind.LATE, Kind.SLOW, Kind.DONE_500),
    *GARBAGE,
)

_TOLD = Wire(
    name="the edit that tells a failure",
    to="discord",
    method="PATCH",
    path=ORIGINAL,
    scene=remix,
    words="__policy__",
    end=REFUSED_PROMPT,
    before=Before(wire=_RESULT),
)

DISCORD: tuple[Wire, ...] = (
    Wire(
        name="the answer to an interaction",
        to="discord",
        method="POST",
        path="/callback$",
        scene=at_once,
        ends=dict.fromkeys((Kind.REFUSED, Kind.CUT_BEFORE, Kind.LATE, Kind.BANNED), NO_CARD),
    ),
    Wire(
        name="asking for the card",
        to="discord",
        method="GET",
        path=ORIGINAL,
        scene=unconfirmed,
        before=Before(wire=CALLBACK, how={"drop": "after"}),
    ),
    Wire(
        name="the edit that tells news",
        to="discord",
        method="PATCH",
        path=ORIGINAL,
        only=without_files,
        scene=queued,
        words="__queue:20__",
        # Discord would have to carry it out after more than 120 s, and after what came later.
        without=frozenset({Kind.LATE}),
    ),
    _EDITED,
    _TOLD,
    Wire(
        name="an edit as the bot",
        to="discord",
        method="PATCH",
        path=MESSAGE,
        scene=expired,
        words="__latency:0.7__",
        before=Before(wire=_DOWNLOADED),
    ),
    Wire(
        name="a private message",
        to="discord",
        method="POST",
        path=FOLLOW_UPS,
        scene=closed_channel,
        end=PRIVATE,
        ends=dict.fromkeys(_PERHAPS_SENT, TWICE_PRIVATE),
        before=Before(wire=_EDITED, how=_ONCE_CLOSED),
    ),
    Wire(
        name="a private message of a failure",
        to="discord",
        method="POST",
        path=FOLLOW_UPS,
        scene=closed_channel,
        words="__policy__",
        end=REFUSED_ALONE,
        ends=dict.fromkeys(_PERHAPS_SENT, REFUSED_TWICE),
        before=Before(wire=_TOLD, how=_ONCE_CLOSED),
    ),
    _SENT,
    Wire(
        name="looking for a message",
        to="discord",
        method="GET",
        path=MESSAGES,
        scene=sent_before,
        before=Before(wire=_SENT, how={"drop": "after"}),
    ),
    Wire(
        name="deleting the waiting card",
        to="discord",
        method="DELETE",
        path=MESSAGE,
        scene=uneditable,
        before=Before(wire=_SENT),
    ),
    Wire(
        name="reading the source",
        to="discord",
        method="GET",
        path=SOURCES,
        scene=remix,
        ends=dict.fromkeys(GARBAGE, NO_PICTURE),
        before=Before(wire=_READ, how={"drop": "before"}),
    ),
    Wire(
        name="asking for a fresh link",
        to="discord",
        method="GET",
        path=MESSAGE,
        scene=rerolled,
        before=Before(
            wire=Wire(name="", to="discord", method="GET", path=SHOWN, scene=remix),
            how={"status": 404},
        ),
    ),
)
