"""Members' names in a report: without what could disturb the text around them, and to measure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

MOST_COLUMNS: Final = 20
_ELLIPSIS: Final = "\u2026"
_MOST_MARKS: Final = 2
"""On one letter; Vietnamese and Thai need two, and a tower of them runs over other lines."""
_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show nothing: joiners and fillers."""


def harmless(name: str) -> str:
    """A name in one line of characters that can be seen, composed; may be empty.

    Control and format characters (zero width, bidirectional), private and unassigned ones,
    variation selectors, and marks beyond two on a letter are left out; any space is one space.
    """
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", name):
        if char.isspace():
            kept.append(" ")
            continue
        marks = marks + 1 if _is_mark(char) else 0
        if marks <= _MOST_MARKS and _is_seen(char):
            kept.append(char)
    is_empty = all(char == " " or _is_mark(char) for char in kept)
    return "" if is_empty else " ".join("".join(kept).split())


def name_of(user_id: int, names: Mapping[int, str]) -> str:
    """A member's harmless name; for want of one, the last four digits of their id."""
    return harmless(names.get(user_id, "")) or nameless(user_id)


def nameless(user_id: int) -> str:
    """What to call a member whose name is unknown, or cannot be shown."""
    return f"member {_ELLIPSIS}{abs(user_id) % 10_000:04}"


def columns(text: str) -> int:
    """How many columns a monospaced text takes; wide East Asian characters and emoji take two."""
    return sum(_columns(char) for char in text)


def cut(text: str, most: int = MOST_COLUMNS) -> str:
    """A text of at most so many columns; an ellipsis stands for what is left out."""
    if columns(text) <= most:
        return text
    kept = ""
    room = most - 1
    for char in text:
        room -= _columns(char)
        if room < 0:
            break
        kept += char
    return kept.rstrip() + _ELLIPSIS


def _columns(char: str) -> int:
    if _is_mark(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in {"Mn", "Me"}


def _is_seen(char: str) -> bool:
    is_selector = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    is_selector = is_selector or "\u180b" <= char <= "\u180f"
    return unicodedata.category(char)[0] != "C" and char not in _UNSEEN and not is_selector
