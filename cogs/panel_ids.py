"""The custom ids of the More panel's selects, buttons and forms: all that it knows.

An id names the draft, what was done, and to which feature; everything else is read from the
drafts table, so a panel works on after a restart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.backends.entry import Feature

PREFIX = "remix-set"

_TEMPLATE = re.compile(
    rf"{PREFIX}:(?P<draft>[0-9a-f]{{16}}):(?P<verb>[a-z]+)"
    r"(?::(?P<feature>[a-z_]+))?(?::(?P<page>[0-9]{1,2}))?"
)


class Verb(StrEnum):
    """What a part of the panel does."""

    SECTION = "section"
    """Show other features."""
    BACKEND = "backend"
    """Choose a backend."""
    PICK = "pick"
    """Choose a value of a feature."""
    FORM = "form"
    """Open the form of a feature."""
    SENT = "sent"
    """That form, sent."""
    CLEAR = "clear"
    """Forget what was chosen for a feature."""
    START = "start"
    CLOSE = "close"


_OF_A_FEATURE = frozenset({Verb.PICK, Verb.FORM, Verb.SENT, Verb.CLEAR})


@dataclass(frozen=True, kw_only=True)
class PanelId:
    """What a part of the panel names."""

    draft_id: str
    verb: Verb
    feature: Feature | None = None
    """Of the verbs that are about one."""
    page: int | None = None
    """Tells apart the selects among which many values are divided."""

    def __str__(self) -> str:
        parts = [PREFIX, self.draft_id, self.verb, self.feature, self.page]
        return ":".join(str(part) for part in parts if part is not None)

    @classmethod
    def parse(cls, text: str) -> PanelId | None:
        """Read an id; None where it is not one of the panel's."""
        match = _TEMPLATE.fullmatch(text)
        if match is None or match["verb"] not in list(Verb):
            return None
        verb, feature, page = Verb(match["verb"]), match["feature"], match["page"]
        if (feature is not None) != (verb in _OF_A_FEATURE):
            return None
        if feature is not None and feature not in list(Feature):
            return None
        return cls(
            draft_id=match["draft"],
            verb=verb,
            feature=None if feature is None else Feature(feature),
            page=None if page is None else int(page),
        )
