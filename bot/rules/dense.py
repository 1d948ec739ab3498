"""Words in scripts that do not part words by spaces, such as Chinese, Japanese, Thai and Korean.

There a word of a rule is found wherever it stands, also inside what a reader takes for another
word; an exception is the remedy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.rules.normal import Folded
from bot.rules.phrases import Place
from bot.rules.tables import DENSE, HAN_KANA, TRAILING

_DENSE = re.compile(f"[{DENSE}]")
_INSIDE = re.compile(f"(?<=[{HAN_KANA}{TRAILING}])[ .*·•~-]{{1,3}}(?![{TRAILING}])(?=[{HAN_KANA}])")
"""What is put between characters to break a word up. Not in Korean and Thai, where a space parts
words or sentences."""
_HIRAGANA = {katakana: katakana - 0x60 for katakana in range(0x30A1, 0x30F7)}
_HALF = re.compile(f"[\u1100-\u11a7\u3040-\u30ff][{TRAILING}]")
"""Kana, or the beginning of a Korean syllable, with what still belongs to it."""


class DensePhrases:
    """Words of rules by number, found as pieces of a text."""

    def __init__(self, phrases: Iterable[tuple[int, Folded]]) -> None:
        self._phrases = [(number, _joined(_script(text))) for number, text in phrases]

    def places(self, folded: Folded) -> Iterator[Place]:
        """Every place of every word."""
        if not self._phrases or not is_dense(folded):
            return
        script = _script(folded)
        kept = list(_kept(script))
        text = "".join(script[at] for at in kept)
        for number, phrase in self._phrases:
            for start in _starts(text, phrase):
                yield Place(number, kept[start], kept[start + len(phrase) - 1] + 1)


def is_dense(folded: Folded) -> bool:
    """Whether any of a text is in such a script."""
    return _DENSE.search(folded.script) is not None


def _script(folded: Folded) -> str:
    return folded.script.translate(_HIRAGANA)


def _joined(script: str) -> str:
    return _INSIDE.sub("", " ".join(script.split()))


def _kept(script: str) -> Iterator[int]:
    done = 0
    for inside in _INSIDE.finditer(script):
        yield from range(done, inside.start())
        done = inside.end()
    yield from range(done, len(script))


def _starts(text: str, phrase: str) -> Iterator[int]:
    start = text.find(phrase)
    while start >= 0:
        if not _HALF.match(text, start + len(phrase) - 1):
            yield start
        start = text.find(phrase, start + 1)
