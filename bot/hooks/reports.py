"""What all reports have in common, whoever sends them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

Reader = Callable[[Mapping[str, str], bytes], Awaitable[str]]
"""Reads a report from its headers (whose names ignore case) and its body, and gives the
provider's id of the work. Raises `RefusedError` or `UndecidedError`."""


class RefusedError(Exception):
    """Not a report of this provider; its text says why, in the log alone."""


class UndecidedError(Exception):
    """It cannot be said just now whether it is one; the provider shall send it again."""


def strict_id(value: object) -> str:
    """Give an id in the one form that is stored: a UUID in lower case, with its dashes.

    Raises:
        RefusedError: It is none.
    """
    try:
        given = UUID(value) if isinstance(value, str) else None
    except ValueError:
        given = None
    if given is None or str(given) != value:
        raise RefusedError("the id is no UUID")
    return str(given)
