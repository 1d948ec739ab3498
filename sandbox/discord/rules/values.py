"""Checks of single values, shared by all rules."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

Payload: TypeAlias = Mapping[str, Any]
"""One JSON object as it came over the wire."""

CUSTOM_ID_LENGTH = 100


def unknown_keys(where: str, payload: Payload, known: Iterable[str]) -> Iterator[str]:
    """Name the keys that Discord does not have there; it would drop them without a word."""
    for key in payload.keys() - set(known):
        yield f"{where}: unknown key {key!r}"


def check_text(where: str, value: object, *, least: int = 0, most: int) -> Iterator[str]:
    """Check the length of a text in characters; None counts as left out."""
    if value is None:
        return
    if not isinstance(value, str):
        yield f"{where}: is not a text"
    elif len(value) < least:
        yield f"{where}: has {len(value)} characters, at least {least} are needed"
    elif len(value) > most:
        yield f"{where}: has {len(value)} characters, at most {most} are allowed"


def require_text(where: str, value: object, *, least: int = 1, most: int) -> Iterator[str]:
    """Check a text that may not be left out."""
    if value is None:
        yield f"{where}: is missing"
    else:
        yield from check_text(where, value, least=least, most=most)


def check_number(where: str, value: object, least: float, most: float) -> Iterator[str]:
    """Check the range of a number; None counts as left out."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{where}: is not a number"
    elif not least <= value <= most:
        yield f"{where}: is {value}, allowed are {least} to {most}"


def check_url(where: str, value: object, *, schemes: Iterable[str], most: int) -> Iterator[str]:
    """Check the scheme and length of a link that may not be left out."""
    yield from require_text(where, value, most=most)
    if isinstance(value, str) and value and not value.startswith(tuple(f"{s}://" for s in schemes)):
        yield f"{where}: {value[:40]!r} is not a link of {' or '.join(schemes)}"


def check_count(where: str, values: object, least: int, most: int) -> Iterator[str]:
    """Check how many entries a list has; None counts as an empty list."""
    count = 0 if values is None else len(values) if isinstance(values, list) else -1
    if count < 0:
        yield f"{where}: is not a list"
    elif not least <= count <= most:
        yield f"{where}: has {count} entries, allowed are {least} to {most}"


def check_unique(where: str, values: Iterable[object]) -> Iterator[str]:
    """Name the values that occur more than once."""
    for value, times in Counter(map(repr, values)).items():
        if times > 1:
            yield f"{where}: {value} occurs {times} times"


def objects(value: object) -> list[Payload]:
    """The objects of a list; anything else is left to the check of its form."""
    if not isinstance(value, list):
        return []
    return [entry for entry in value if isinstance(entry, Mapping)]


def check_objects(
    where: str, value: object, least: int = 0, most: int = sys.maxsize
) -> Iterator[str]:
    """Check that a value is a list of objects and how many there are; None counts as empty."""
    yield from check_count(where, value, least, most)
    for index, entry in enumerate(value if isinstance(value, list) else []):
        if not isinstance(entry, Mapping):
            yield f"{where}[{index}]: is not an object"


def length(value: object) -> int:
    """Characters of a text, 0 for anything else."""
    return len(value) if isinstance(value, str) else 0


def number(value: object, default: int) -> int:
    """A whole number, or the default where it is left out or malformed."""
    return value if isinstance(value, int) and not isinstance(value, bool) else default
