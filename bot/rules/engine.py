"""Regular expressions in linear time: the only module that knows RE2.

RE2 has neither look-arounds nor back-references; in return it takes time in proportion to the text
and the pattern, whatever they are. How large a pattern may become is bounded here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, cast

import re2  # pyright: ignore[reportMissingTypeStubs] - it has none; `_Module` says what is used

MOST_MEMORY = 1 << 19
"""Bytes that a pattern may take, compiled and while it matches. RE2 stays within them: what would
need more is matched in another way that takes longer, but still time in proportion."""


class PatternError(ValueError):
    """RE2 does not compile this; its text is RE2's reason, in English."""


class _Options(Protocol):
    max_mem: int
    log_errors: bool
    case_sensitive: bool


class _Match(Protocol):
    def span(self) -> tuple[int, int]: ...


class _Compiled(Protocol):
    @property
    def programsize(self) -> int: ...

    def finditer(self, text: bytes) -> Iterator[_Match]: ...


class _Module(Protocol):
    error: type[Exception]

    def Options(self) -> _Options: ...  # noqa: N802 - RE2's own name

    def compile(self, pattern: bytes, options: _Options) -> _Compiled: ...


_RE2 = cast("_Module", re2)


class Pattern:
    """A compiled pattern, which takes upper and lower case for the same.

    Raises:
        PatternError: RE2 does not compile it, or not within `MOST_MEMORY`.
    """

    def __init__(self, text: str) -> None:
        options = _RE2.Options()
        options.max_mem = MOST_MEMORY
        options.log_errors = False  # it would write the pattern to stderr
        options.case_sensitive = False
        try:
            self._compiled = _RE2.compile(encoded(text), options)
        except _RE2.error as error:
            raise PatternError(_reason(error)) from None

    @property
    def size(self) -> int:
        """Instructions of the compiled program, to which the longest time is in proportion."""
        return self._compiled.programsize

    def spans(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Where it matches, as bytes from and to; found one at a time, as they are asked for."""
        return (match.span() for match in self._compiled.finditer(text))


def encoded(text: str) -> bytes:
    """A text as RE2 reads it; halves of surrogate pairs, which no text should hold, become `?`."""
    return text.encode(errors="replace")


def characters(text: bytes, position: int) -> int:
    """How many characters lie before a position in bytes."""
    return len(text[:position].decode(errors="ignore"))


def _reason(error: Exception) -> str:
    said: object = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
