"""A text as the rules read it: what a reader takes for the same letter is the same letter.

Case, accents, width, decoration and invisible characters go; what a member wrote stays at hand, so
that a hit can be shown in their own words. Letters of other alphabets that look like Latin ones are
read as these only where they are there to deceive: see `Folded.text`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.rules.glyphs import LATIN, SCRIPT, SHOWN, Readings
from bot.rules.tables import FOREIGN, TWINS, WORD

WORDS = re.compile(f"[{WORD}]+")
"""The words of a normalised text."""

_FOREIGN = f"[{re.escape(''.join(sorted(FOREIGN)))}]"
_MIXED = re.compile(rf"{_FOREIGN}\d*[a-z]|[a-z]\d*{_FOREIGN}")
_LATIN_ALPHABET = frozenset(string.ascii_lowercase)


@dataclass(frozen=True)
class Folded:
    """A normalised text."""

    original: str
    script: str
    """Each letter as the plain one of its own alphabet."""

    @cached_property
    def latin(self) -> str:
        """Each letter as the Latin one that it looks like, if it does; as long as `script`."""
        return self.original.translate(LATIN)

    @cached_property
    def text(self) -> str:
        """As a reader takes it: `script`, but `latin` where a word is disguised.

        Nobody mixes alphabets within a word but to deceive. A word of nothing but twins may be an
        honest one, and is, where any other word of the text is plainly written in its own alphabet.
        """
        foreign = FOREIGN.intersection(self.script)
        if not foreign:
            return self.script
        if TWINS.issuperset(foreign):
            return self.latin
        return self._undisguised() if _MIXED.search(self.script) else self.script

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original a piece of the normalised text comes from; not of an empty one."""
        return self._origins[start], self._origins[end - 1] + 1

    @cached_property
    def _origins(self) -> Sequence[int]:
        return _origins(self.original, SCRIPT)

    def _undisguised(self) -> str:
        words = [word for word in WORDS.finditer(self.script) if not FOREIGN.isdisjoint(word[0])]
        disguised = [word for word in words if mixed(word[0])]
        if all(mixed(word[0]) or TWINS.issuperset(word[0]) for word in words):
            disguised = words
        pieces: list[str] = []
        done = 0
        for start, end in (word.span() for word in disguised):
            pieces += self.script[done:start], self.latin[start:end]
            done = end
        return "".join([*pieces, self.script[done:]])


@dataclass(frozen=True)
class Visible:
    """A text without the characters that show nothing, and otherwise as it was written."""

    original: str
    text: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original a piece of the visible text comes from; not of an empty one."""
        origins = _origins(self.original, SHOWN)
        return origins[start], origins[end - 1] + 1


def fold(text: str) -> Folded:
    """Normalise a text; takes any text, in time in proportion to its length."""
    return Folded(original=text, script=text.translate(SCRIPT))


def visible(text: str) -> Visible:
    """Take away what shows nothing."""
    return Visible(original=text, text=text.translate(SHOWN))


def mixed(script: str) -> bool:
    """Whether a word has Latin letters among those of another alphabet."""
    return not FOREIGN.isdisjoint(script) and not _LATIN_ALPHABET.isdisjoint(script)


def _origins(text: str, readings: Readings) -> Sequence[int]:
    if text.isascii() and text.isprintable():
        return range(len(text))
    return [at for at, char in enumerate(text) for _ in readings[ord(char)]]
