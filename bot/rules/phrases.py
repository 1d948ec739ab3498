"""The words and phrases of many rules, looked for in one go."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from bot.rules.normal import Folded, mixed
from bot.rules.sightings import SHORTEST, Sighter
from bot.rules.tables import SOFT, SYMBOLS, WORD

_GAP = re.compile(rf"(?:(?![.,;:!?…]\s)[^{WORD}]){{1,8}}")
"""What may stand between the words of a phrase; a comma or full stop ends it, unless the next word
follows at once."""
_SIGNED = re.compile(f"[{WORD}{re.escape(''.join(SYMBOLS))}]+")
_HISSING = ("s", "x", "z", "ch", "sh")


_Reached = tuple[int, str]
"""Where a word ends, and the word."""


class Place(NamedTuple):
    """Where one of the phrases, by its number, stands in a normalised text."""

    number: int
    start: int
    end: int


@dataclass(frozen=True)
class Word:
    """A word of a rule, in its own letters and in the Latin ones that they look like."""

    script: str
    latin: str


@dataclass(slots=True, eq=False)
class _Node:
    """The words of phrases up to here; `numbers` are the phrases that end here."""

    after: dict[str, _Node] = field(default_factory=dict["str", "_Node"])
    numbers: list[int] = field(default_factory=list[int])


class Phrases:
    """Phrases by number. Each word is given as `words_of` made it."""

    def __init__(self, phrases: Iterable[tuple[int, tuple[Word, ...]]]) -> None:
        self._root = _Node()
        # Each form with the words that it stands for, and whether only if letters are disguised.
        self._words: defaultdict[str, set[tuple[str, bool]]] = defaultdict(set)
        for number, words in phrases:
            self._add(number, words)
        self._sighter = Sighter(self._words)

    def places(self, folded: Folded) -> Iterator[Place]:
        """Every place of every phrase."""
        text = folded.text
        starts: defaultdict[int, list[_Reached]] = defaultdict(list)
        for start, end, form in self._sighter.sightings(text):
            is_disguised = text[start:end] != folded.script[start:end]
            for word, only_disguised in self._words[form]:
                if is_disguised or not only_disguised:
                    starts[start].append((end, word))

        @cache
        def following(at: int) -> list[_Reached]:
            gap = _GAP.match(text, at)
            begins = range(at + 1, gap.end() + 1) if gap else ()
            return [word for begin in begins for word in starts.get(begin, ())]

        for start, words in starts.items():
            for node, end in self._ends(words, following):
                yield from (Place(number, start, end) for number in node.numbers)

    def _ends(
        self, words: list[_Reached], following: Callable[[int], list[_Reached]]
    ) -> Iterator[tuple[_Node, int]]:
        """Every beginning of a phrase that begins with one of the words, and where it ends."""
        reached = _steps(self._root, words)
        seen = set(reached)  # a word that can be read in two ways must not double what follows
        while reached:
            node, at = reached.pop()
            yield node, at
            new = _steps(node, following(at)) if node.after else []
            reached += [step for step in new if step not in seen]
            seen.update(new)

    def _add(self, number: int, words: tuple[Word, ...]) -> None:
        node = self._root
        for word in words:
            for form in (word.script, word.script.replace("ß", "ss")):
                self._words[form].add((word.script, False))
            if word.latin != word.script:
                self._words[word.latin].add((word.script, True))
            node = node.after.setdefault(word.script, _Node())
        node.numbers.append(number)
        for last in words[-1:]:
            for form in _plural(last.script):
                self._words[form].add((last.script, False))


def _steps(node: _Node, words: list[_Reached]) -> list[tuple[_Node, int]]:
    return [(node.after[word], end) for end, word in words if word in node.after]


def words_of(folded: Folded) -> tuple[Word, ...]:
    """The words of a rule as a moderator typed it; signs in them are the letters they stand for."""
    words: list[Word] = []
    for token in _SIGNED.finditer(folded.script):
        start, end = token.span()
        script, latin = _spelt_out(folded.script[start:end]), _spelt_out(folded.latin[start:end])
        if script:
            words.append(Word(script=latin if mixed(script) else script, latin=latin))
    return tuple(words)


def _spelt_out(token: str) -> str:
    if not any(char.isalpha() for char in token):
        return "".join(char for char in token if char not in SYMBOLS)
    return "".join(SYMBOLS.get(char, char)[0] for char in token.strip(SOFT))


def _plural(word: str) -> tuple[str, ...]:
    if len(word) < SHORTEST or not (word.isascii() and word.isalpha()):
        return ()
    if word.endswith(_HISSING):
        return (f"{word}es",)
    if word.endswith("y"):
        return (f"{word}s", f"{word[:-1]}ies")
    return (f"{word}s",)
