"""How single characters are read, whatever stands around them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from bot.rules.tables import ACCENTS, DOUBLES, HIDDEN, VARIANTS

_MOST_REMEMBERED = 20_000
"""Characters whose reading is kept; a flood of rare ones must not fill the memory."""

_ACCENT = re.compile(f"[{ACCENTS}]")
_HIDDEN = re.compile(f"[{HIDDEN}]")
_MODIFIER = re.compile("[\u02b9-\u02df\u02ec-\u02ff™℠℡℻№]")
_BOXED = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)
"""Where the letters A to Z in squares, in circles, in dark squares and of flags begin."""

_VARIANT = {ord(seen): plain for plain, all_seen in VARIANTS.items() for seen in all_seen}
_DOUBLE = {ord(seen): plain for plain, all_seen in DOUBLES.items() for seen in all_seen}


class Readings(dict[int, str]):
    """Readings by code point, for `str.translate`; worked out when a character is first met."""

    def __init__(self, read: Callable[[str], str]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, code: int) -> str:
        reading = self._read(chr(code))
        if len(self) < _MOST_REMEMBERED:
            self[code] = reading
        return reading


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    is_control = category == "Cf" or (category == "Cc" and not char.isspace())
    return "" if is_control or _HIDDEN.match(char) else char


def _script(char: str) -> str:
    if not _shown(char) or _ACCENT.match(char):
        return ""
    for first in _BOXED:
        if first <= ord(char) < first + 26:
            return chr(ord("a") + ord(char) - first)
    if char in "ßẞ":
        return "ß"  # what it may be read as is the lexicon's business: "aß" is no "ass"
    if char == "_":
        return "-"  # to regular expressions it is a letter, to readers it is none
    if _MODIFIER.match(char):
        return "'"
    return "".join(map(_plain, _parts(char)))


def _parts(char: str) -> str:
    parts = unicodedata.normalize("NFKD", char)
    if unicodedata.category(char) == "So" and parts.startswith("("):
        parts = parts.strip("()")  # a letter in parentheses is one character
    small = _ACCENT.sub("", parts).casefold()
    return _ACCENT.sub("", unicodedata.normalize("NFKD", small))


def _plain(part: str) -> str:
    digit = unicodedata.decimal(part, None)
    return str(digit) if digit is not None else _VARIANT.get(ord(part), part)


def _latin(char: str) -> str:
    script = SCRIPT[ord(char)]
    if len(script) == 1 and ord(char) in _DOUBLE:
        return _DOUBLE[ord(char)]  # a capital may look like another letter than its small one
    return "".join(_DOUBLE.get(ord(part), part) for part in script)


SHOWN = Readings(_shown)
"""As it is, but without the characters that show nothing."""
SCRIPT = Readings(_script)
"""As the plain letter of its own alphabet, small and without accents."""
LATIN = Readings(_latin)
"""As the Latin letter that it looks like, if it does, else as `SCRIPT`; as long as that."""
