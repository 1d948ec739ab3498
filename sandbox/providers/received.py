"""A request as a stand-in notes it."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(kw_only=True)
class Received:
    """One request that reached the stand-in and was not lost to a fault before."""

    at: float
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None
    """What its JSON said, with long texts cut short; None for other bodies."""


current: ContextVar[Received] = ContextVar("received")
"""The request at hand; in a work, the one that ordered it."""
