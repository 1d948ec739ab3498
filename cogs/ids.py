"""The custom ids of buttons and modals, and the fixed ids of a card's parts.

All state is in the database, or on the card itself: an id names only what was pressed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum

PREFIX = "remix"

BUTTON_TEMPLATE = re.compile(
    rf"{PREFIX}:(?P<action>[a-z]+):(?P<job>[0-9a-f]{{16}})(?::(?P<picture>[0-9]{{1,2}}))?"
)
SELECT_TEMPLATE = re.compile(rf"{PREFIX}-pick:(?P<job>[0-9a-f]{{16}})(?::(?P<part>[0-9]{{1,2}}))?")


class Action(StrEnum):
    """What a button does."""

    REROLL = "reroll"
    CLOSER = "closer"
    BOLDER = "bolder"
    EDIT = "edit"
    AGAIN = "again"
    """Remix this result."""
    RETRY = "retry"
    """Try again."""
    DELETE = "delete"
    CANCEL = "cancel"
    MORE = "more"
    """Open the panel of all that the backend has."""
    REPORT = "report"
    START = "start"
    """Start what was quoted."""


class Part(IntEnum):
    """Component ids of a card that are read again at a click."""

    PROMPT = 101
    NEGATIVE = 102
    BEFORE = 111
    """The thumbnail of the source."""
    AFTER = 112
    """The gallery of results."""
    MASK = 113
    """The thumbnail of the mask."""
    REFERENCES = 114
    """The gallery of style references."""


@dataclass(frozen=True, kw_only=True)
class CustomId:
    """What a button or modal names."""

    action: Action
    job_id: str
    picture: int | None = None
    """Which result, from 1."""

    def __str__(self) -> str:
        picture = "" if self.picture is None else f":{self.picture}"
        return f"{PREFIX}:{self.action}:{self.job_id}{picture}"

    @classmethod
    def parse(cls, text: str) -> CustomId | None:
        """Read an id; None where it is not one of ours."""
        match = BUTTON_TEMPLATE.fullmatch(text)
        if match is None or match["action"] not in list(Action):
            return None
        picture = match["picture"]
        return cls(
            action=Action(match["action"]),
            job_id=match["job"],
            picture=None if picture is None else int(picture),
        )
