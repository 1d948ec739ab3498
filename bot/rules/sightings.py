"""Where the words of rules stand in a normalised text, in whatever disguise.

A word is found whole and as it is; with digits or signs for letters (4$$), letters stretched
(asssss), or one blotted out (d*mn); spelt out with something between single letters (a.s.s, a s s);
and broken up within a token (bl-ood). What would make innocent texts suspicious is left alone:
numbers, sizes and colours are no words, "as s" is none, and short words have fewer disguises.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from bot.rules.lexicon import STRETCHED, Lexicon
from bot.rules.normal import WORDS
from bot.rules.tables import DENSE, SOFT, SYMBOLS, WILD, WORD

SHORTEST = 3
"""Letters that a word must have to be found in disguise; a shorter one is found as it is."""
SHORTEST_BROKEN = 4
"""Letters that a word must have to be found with letters blotted out, or broken up."""

_HARD = "".join(sign for sign in SYMBOLS if sign not in SOFT)
_SIGNS = "".join(SYMBOLS) + WILD
_SIGN = re.compile(f"[{re.escape(_SIGNS)}]")
_TOKENS = re.compile(f"[{WORD}{re.escape(_SIGNS)}]+")
_ODD = re.compile(rf"[\dß]|(.)\1{{{STRETCHED - 1}}}")
_LETTER = re.compile(r"[^\W\d]")
_LETTERS = re.compile(rf"[^\W\d]|[{re.escape(_HARD)}]")
_DENSE = re.compile(f"[{DENSE}]")

_NUMBER = re.compile(
    r"[$€£¥+]?\d+(?:[x\u00d7+]\d+)*(?:[$€£¥%+]|[a-z]|st|nd|rd|th|[mckd]m|px|fps|mp|am|pm)?"
    r"|#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})"
)
"""Amounts, sizes, ordinals, decades and colours: 455, $5, 18+, 4x4, 8k, 1980s, 3rd, 35mm, #a55."""
_LONE_VOWEL = re.compile(r"[034](?!\d)")

_UNSPELT = re.compile(rf"[ai]\d|[{re.escape(SOFT)}]|.*[{re.escape(SOFT)}]$")
"""Letters, digits and signs that are not spelt out but reckoned or counted with: a 5 s, + 1 +."""

_BROKEN = re.compile(f"(?<![{WORD}])[{WORD}]++(?:[-.~·•^=*|+]{{1,2}}[{WORD}]++)++")
_LINKS = re.compile(f"[^{WORD}]")


class Sighting(NamedTuple):
    """A form of a word, and where it stands in the normalised text."""

    start: int
    end: int
    form: str


class _Spelling:
    """Words spelt out in single letters, from an alphabet that anything else parts."""

    def __init__(self, alphabet: str) -> None:
        one = f"[{alphabet}]"
        self._letters = re.compile(one)
        self._runs = re.compile(f"(?<!{one}){one}(?:[^{alphabet}]{{1,5}}{one})+(?!{one})")

    def words(self, text: str) -> Iterator[list[int]]:
        """Where the letters are of each word that is spelt out.

        A gap more than twice as wide as others begins a new word; and a blank may, where others
        have none.
        """
        for run in self._runs.finditer(text):
            places = [letter.start() for letter in self._letters.finditer(text, *run.span())]
            gaps = [text[before + 1 : after] for before, after in pairwise(places)]
            widest = 2 * min(map(len, gaps))
            yield from _parted(places, [len(gap) > widest for gap in gaps])
            blank = [not gap.strip() for gap in gaps]
            if not all(blank) and any(blank):
                yield from _parted(places, blank)


def _parted(places: list[int], breaks: list[bool]) -> Iterator[list[int]]:
    begin = 0
    for at, is_break in enumerate(breaks, start=1):
        if is_break:
            yield places[begin:at]
            begin = at
    yield places[begin:]


_SPELLINGS = (_Spelling(WORD + re.escape(_HARD)), _Spelling(WORD + re.escape("".join(SYMBOLS))))
"""Signs such as | may stand between the letters or be among them."""


class Sighter:
    """Finds forms of words in normalised texts."""

    def __init__(self, forms: Iterable[str]) -> None:
        self._forms = frozenset(forms)
        self._lexicon = Lexicon(self._forms)

    def sightings(self, text: str) -> set[Sighting]:
        """Every form in the text. Scripts without spaces are not looked at, and part words."""
        text = text if text.isascii() else _DENSE.sub(" ", text)
        has_signs = _SIGN.search(text) is not None
        found = {
            Sighting(*word.span(), word[0])
            for word in WORDS.finditer(text)
            if word[0] in self._forms
        }
        if _ODD.search(text):
            found.update(self._disguised(text, WORDS, _ODD))
        if has_signs:
            found.update(self._disguised(text, _TOKENS, _SIGN))
        found.update(self._broken(text))
        for spelling in _SPELLINGS[: 1 + has_signs]:
            found.update(self._spelt(text, spelling))
        return found

    def _disguised(
        self, text: str, tokens: re.Pattern[str], odd: re.Pattern[str]
    ) -> Iterator[Sighting]:
        for match in tokens.finditer(text):
            token, at = match[0], match.start()
            if odd.search(token) is None or _NUMBER.fullmatch(token):
                continue
            if text[max(at - 1, 0) : at] == "#" and _NUMBER.fullmatch(f"#{token}"):
                continue
            last = len(token.rstrip(_SIGNS + string.digits))
            for start in _starts(token):
                for end, form in self._lexicon.readings(token, start):
                    if end >= last and _is_fair(token[start:end], token[end:], form):
                        yield Sighting(at + start, at + end, form)

    def _broken(self, text: str) -> Iterator[Sighting]:
        for match in _BROKEN.finditer(text):
            whole = _LINKS.sub("", match[0])
            if len(whole) < SHORTEST_BROKEN or not _LETTER.search(whole):
                continue  # 14.88 is an amount
            if whole in self._forms:
                yield Sighting(*match.span(), whole)
            elif _ODD.search(whole) and 2 * _digits(whole) < len(whole):
                for end, form in self._lexicon.readings(whole):
                    if end == len(whole) and len(form) >= SHORTEST_BROKEN:
                        yield Sighting(*match.span(), form)

    def _spelt(self, text: str, spelling: _Spelling) -> Iterator[Sighting]:
        for places in spelling.words(text):
            word = "".join(text[place] for place in places)
            if len(word) < SHORTEST or 2 * _digits(word) > len(word) or _UNSPELT.match(word):
                continue
            # "a g o r e picture": an article, or an "I", may stand beside the word.
            starts = (0, 1) if word[0] in "ai" else (0,)
            ends = (len(word), len(word) - 1) if word[-1] in "ai" else (len(word),)
            for start in starts:
                for end, form in self._lexicon.readings(word, start):
                    if end in ends and len(form) >= SHORTEST:
                        yield Sighting(places[start], places[end - 1] + 1, form)


def _digits(word: str) -> int:
    return sum(char.isdigit() for char in word)


def _starts(token: str) -> set[int]:
    """Where in a token a word may begin: behind its signs, or behind a count such as in 2girls."""
    behind = (token.lstrip(_SIGNS), token.lstrip(_SIGNS + string.digits))
    return {0, *(len(token) - len(rest) for rest in behind if rest)}


def _is_fair(piece: str, rest: str, form: str) -> bool:
    """Whether readers too see the form in a piece, before a rest without letters."""
    if min(len(form), len(piece)) < SHORTEST or not _LETTERS.search(piece):
        return False
    if _LONE_VOWEL.match(rest) or (piece[-1].isdigit() and rest[:1].isdigit()):
        return False  # "hell0" is "hello", and half a number is none
    blots = sum(map(piece.count, WILD))
    is_blotted_fairly = len(form) >= SHORTEST_BROKEN and 2 * blots <= len(form)
    return not blots or (is_blotted_fairly and not {piece[0], piece[-1]}.intersection(WILD))
