"""What the bot asks of a worker, and the answers it can get. JSON lines carry both."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

from bot.images.faults import Fault
from bot.images.sniff import MediaType

READY: Final = b"ready\n"
"""What a worker says before the first answer."""


@dataclass(frozen=True, kw_only=True)
class Normalise:
    """One file to read and one to write. Answer: `Normalised`."""

    raw: str
    to: str
    max_bytes: int
    max_side: int
    """Pixels of the longer side of what is written."""
    proof: bool = True
    """Whether it is decoded even where nothing has to change."""


@dataclass(frozen=True, kw_only=True)
class NormalisePair:
    """A picture and its mask. Answer: `NormalisedPair`."""

    image: str
    mask: str | None
    """None: what was erased from the picture is what changes."""
    image_to: str
    mask_to: str
    max_bytes: int
    """Of each of the two that are written."""
    max_side: int


@dataclass(frozen=True, kw_only=True)
class Polarise:
    """A mask of ours, for somebody with another rule. Answer: `Normalised`."""

    mask: str
    to: str
    white_changes: bool


@dataclass(frozen=True, kw_only=True)
class Compare:
    """Two pictures to compare. Answer: `Distance`."""

    one: str
    other: str
    mask: str | None


Task = Normalise | NormalisePair | Polarise | Compare
_TASKS: Final[dict[str, type[Task]]] = {
    kind.__name__: kind for kind in (Normalise, NormalisePair, Polarise, Compare)
}


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
class NormalisedPair:
    """A picture and its mask as they were written, of the same width and height."""

    image: Normalised
    mask: Normalised
    """PNG, 8-bit grey, black and white; white changes."""
    marked: float
    """Share of the picture that changes, more than 0 and less than 1."""


@dataclass(frozen=True, kw_only=True)
class Distance:
    """How far two pictures are apart to the eye: 0 is alike, 1 is black beside white."""

    whole: float
    inside: float | None = None
    """Where the mask is white; None where there was no mask."""
    outside: float | None = None


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why nothing was written."""

    reason: Fault
    detail: str
    """For the log."""
    fact: str = ""
    """As `Unreadable` has it."""


Answer = Normalised | NormalisedPair | Distance | Refusal


def to_line(task: Task, *, seconds: int) -> bytes:
    """Write a task for the worker, which ends itself after so many seconds."""
    named = {"task": type(task).__name__, "seconds": seconds, **asdict(task)}
    return json.dumps(named).encode() + b"\n"


def from_line(line: bytes) -> tuple[Task, int]:
    """Read what `to_line` wrote: the task, and its seconds."""
    fields = json.loads(line)
    kind, seconds = _TASKS[fields.pop("task")], fields.pop("seconds")
    return kind(**fields), seconds
