"""The words of all rules in one tree, and every way in which a token may be read as one of them.

A token is read letter by letter, a digit or sign as itself or as any letter that it is written
for. All readings are followed at once, so that the time is in proportion to the token's length,
however ambiguous it is: how many there are at a time is bounded by the size of the tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.rules.tables import DIGITS, SYMBOLS, WILD

STRETCHED = 3
"""From so many of one letter on, a run of it stands for any shorter one: "goood" may be "god" and
"good", but "good" is never "god"."""

FURTHEST = 100
"""Characters of a token that are read; a word that goes on for longer is none."""

_READINGS: dict[str, tuple[str, ...]] = {
    **{digit: (digit, *letters) for digit, letters in DIGITS.items()},
    **{sign: tuple(letters) for sign, letters in SYMBOLS.items()},
    "ß": ("ß", "ss", "b"),
}


class _Node:
    """What was read up to here; `run` is how many of `letter` it ends in."""

    __slots__ = ("after", "form", "letter", "run")

    def __init__(self, letter: str, run: int) -> None:
        self.letter = letter
        self.run = run
        self.form: str | None = None
        self.after: dict[str, _Node] = {}


_State = tuple[_Node, int]
"""Where a reading is, and how many of the node's letter it has met, counted to `STRETCHED`."""


class Lexicon:
    """The forms to look for."""

    def __init__(self, forms: Iterable[str]) -> None:
        self._root = _Node("", 0)
        for form in forms:
            self._add(form)

    def readings(self, token: str, start: int = 0) -> Iterator[tuple[int, str]]:
        """Every form that a piece of the token from `start` on can be read as, with its end.

        No further than `FURTHEST` characters, of which a long run of one counts as a short one.
        """
        states: set[_State] = {(self._root, 0)}
        before, is_steady, left = "", False, FURTHEST
        for at, char in enumerate(token[start:], start=start + 1):
            if char != before or not is_steady:
                after = _read(states, char)
                is_steady = char == before and after == states
                states, before, left = after, char, left - 1
                if not states or left < 0:
                    return
            for node, run in states:
                if node.form is not None and run in (node.run, STRETCHED):
                    yield at, node.form

    def _add(self, form: str) -> None:
        node = self._root
        for letter in form:
            after = node.after.get(letter)
            if after is None:
                run = node.run + 1 if letter == node.letter else 1
                after = node.after[letter] = _Node(letter, run)
            node = after
        node.form = form


def _read(states: Iterable[_State], char: str) -> set[_State]:
    if char in WILD:
        return _step(states, None)
    after: set[_State] = set()
    for reading in _READINGS.get(char, (char,)):
        reached = states
        for letter in reading:
            reached = _step(reached, letter)
        after.update(reached)
    return after


def _step(states: Iterable[_State], letter: str | None) -> set[_State]:
    """Read one more letter, or any if it is None."""
    reached: set[_State] = set()
    for node, run in states:
        longer = min(run + 1, STRETCHED)
        if letter == node.letter:
            reached.add((node, longer))
        is_settled = run in (node.run, STRETCHED)
        for child in node.after.values() if letter is None else (node.after.get(letter),):
            if child is not None and child.letter == node.letter:
                reached.add((child, longer))
            elif child is not None and is_settled:
                reached.add((child, 1))
    return reached
