"""The steps of a remix at a provider, by which a test says where a fault strikes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web


class Step(StrEnum):
    """One kind of request that a client makes."""

    UPLOAD = "upload"
    SUBMIT = "submit"
    """The paid call."""
    STATUS = "status"
    STREAM = "stream"
    RESULT = "result"
    CANCEL = "cancel"
    DOWNLOAD = "download"
    """Of a finished picture."""


@dataclass(frozen=True, kw_only=True)
class Where:
    """How the requests of one step are told from all others.

    Attributes:
        method: The HTTP method in capitals, or "*" for each.
        path: A regular expression, searched for in the path.
        match: A further condition, for a provider that has one path for all.
    """

    path: str
    method: str = "*"
    match: Callable[[web.Request], bool | Awaitable[bool]] | None = None
