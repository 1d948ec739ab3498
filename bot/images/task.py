"""What the bot asks of a worker, and the two answers it can get. JSON lines carry them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.images.faults import Fault
from bot.images.sniff import MediaType

READY: Final = b"ready\n"
"""What a worker says before the first answer."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One file to read and one to write."""

    raw: str
    to: str
    max_bytes: int
    max_side: int
    """Pixels of the longer side of what is written."""
    seconds: int
    """After this long the worker ends itself, should nobody be left to do it."""


@dataclass(frozen=True, kw_only=True)
class Normalised:
    """A picture as it was written: upright, sRGB, without metadata."""

    media_type: MediaType
    width: int
    height: int
    size: int
    """Bytes."""
    animated: bool
    """The file moved; this is its first frame."""
    reencoded: bool
    """False: the coded pixels are those of the file that came in."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why nothing was written."""

    reason: Fault
    detail: str
    """For the log."""
