"""What can go wrong on the wire with one request, and how a stand-in is made to do it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """One way in which a request fails."""

    NONE = "nothing"
    """It does not: what the other rows of a request are compared with."""
    REFUSED = "refused"
    """Nobody listens."""
    CUT_BEFORE = "cut before it is read"
    CUT_AFTER = "cut after it is carried out"
    CUT_HEAD = "cut in the head of the answer"
    CUT_BODY = "cut in the body of the answer"
    LATE = "carried out too late"
    """The client has given up before."""
    SLOW = "answered too late"
    BUSY = "429"
    BANNED = "429 of Cloudflare"
    """Which bans addresses from Discord, and tells no time."""
    S500 = "500"
    S502 = "502"
    S503 = "503"
    DONE_500 = "500 though carried out"
    HTML = "a web page"
    EMPTY = "nothing at all"
    OTHER = "JSON of another shape"
    LISTED = "JSON that is a list"
    BROKEN = "half of a JSON"
    NOISE = "two megabytes of noise"


GARBAGE = (Kind.HTML, Kind.EMPTY, Kind.OTHER, Kind.LISTED, Kind.BROKEN, Kind.NOISE)
"""Answers with status 200 to what was carried out."""
HELD = (Kind.LATE, Kind.SLOW)
DOWN = (Kind.S500, Kind.S502, Kind.S503)

_PAGE = b"<html><body>Sorry.</body></html>"
_TEXT = {"Content-Type": "text/html"}
_JSON = {"Content-Type": "application/json"}
_HOW: Mapping[Kind, dict[str, Any]] = {
    Kind.CUT_BEFORE: {"drop": "before"},
    Kind.CUT_AFTER: {"drop": "after"},
    Kind.CUT_HEAD: {"cut_wire": 20},
    Kind.CUT_BODY: {"cut": 3},
    Kind.S500: {"status": 500, "body": _PAGE, "headers": _TEXT},
    Kind.S502: {"status": 502, "body": _PAGE, "headers": _TEXT},
    Kind.S503: {"status": 503, "body": _PAGE, "headers": _TEXT},
    Kind.DONE_500: {"status": 500, "body": _PAGE, "headers": _TEXT, "process": True},
    Kind.HTML: {"status": 200, "body": _PAGE, "headers": _TEXT, "process": True},
    Kind.EMPTY: {"status": 200, "body": b"", "headers": _JSON, "process": True},
    Kind.OTHER: {"status": 200, "body": {"odd": [1, {"b": None}]}, "process": True},
    Kind.LISTED: {"status": 200, "body": [None, 7, "x"], "process": True},
    Kind.BROKEN: {"status": 200, "body": b'{"id": "12', "headers": _JSON, "process": True},
    Kind.NOISE: {"status": 200, "body": bytes(range(1, 256)) * 8192, "process": True},
}
BUSY_AT_DISCORD: Mapping[str, Any] = {
    "status": 429,
    "body": {"message": "You are being rate limited.", "retry_after": 0.2, "global": False},
    # Without it discord.py takes it for a ban by Cloudflare.
    "headers": {"Via": "1.1 google", "Retry-After": "1"},
}
IN_HELLO = 220
"""Bytes of a websocket's answer: a head of 202, and not all of the frame by which it begins."""


def how(kind: Kind, *, to: str, released: asyncio.Event, lasting: bool = False) -> dict[str, Any]:
    """Give what `Faults.add` takes for a kind.

    Args:
        kind: Any but NONE and REFUSED.
        to: Whose answer it is.
        released: Set when the client has given up, and what was held goes on.
        lasting: Whether it is a websocket, which is over when it is carried out.
    """
    match kind:
        case Kind.LATE:
            found = {"hold_before": released}
        case Kind.SLOW:
            found = {"hold": released}
        case Kind.BANNED:
            found = {"status": 429, "body": _PAGE, "headers": _TEXT}
        case Kind.BUSY if to == "discord":
            found = dict(BUSY_AT_DISCORD)
        case Kind.BUSY:
            found = {"status": 429, "body": {"detail": "Too many requests"}}
        case _:
            found = dict(_HOW[kind])
    return _at_the_beginning(found) if lasting else found


def _at_the_beginning(found: dict[str, Any]) -> dict[str, Any]:
    """Let what is to befall a websocket befall it where it begins."""
    found.pop("process", None)
    return {"cut_wire": IN_HELLO} if "cut" in found else found
