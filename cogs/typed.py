"""What members type into options, read: each text as its value, or a sentence with an example."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TypeVar

from bot import palettes
from bot.backends import vocabulary
from bot.backends.base import Palette, PictureFormat, Speed
from cogs.desk import SorryError

E = TypeVar("E", bound=StrEnum)

_SIZE = re.compile(r"([0-9]{1,5})\s*[x\u00d7*]\s*([0-9]{1,5})")
_PRESET = re.compile(r"[a-z][a-z0-9_]{1,31}")
_ASPECT = re.compile(r"([0-9]{1,2})\s*[:x\u00d7/]\s*([0-9]{1,2})")
_CODE = re.compile(r"[0-9A-F]{8}")
_BETWEEN = re.compile(r"[\s,;]+")


def word(text: str | None) -> str | None:
    """Read a name, as it is spelt in lists; None where nothing was typed."""
    return (text or "").strip().lower() or None


def palette(text: str | None) -> Palette | None:
    """Read a palette.

    Raises:
        SorryError: It is none.
    """
    if not (text or "").strip():
        return None
    try:
        return palettes.parse(text or "", tuple(vocabulary.PALETTES))
    except palettes.PaletteError as error:
        raise SorryError(str(error)) from None


def style_codes(text: str | None) -> tuple[str, ...]:
    """Read style codes.

    Raises:
        SorryError: One is none.
    """
    codes = tuple(code for code in _BETWEEN.split((text or "").upper()) if code)
    if not all(_CODE.fullmatch(code) for code in codes):
        raise SorryError(
            "A style code is eight of 0-9 and A-F, such as 7A0F33C1 or 7A0F33C1 00FFEE12."
        )
    return tuple(dict.fromkeys(codes))


def size(text: str | None) -> str | None:
    """Read a size in pixels, or the name of one.

    Raises:
        SorryError: It is neither.
    """
    typed = word(text)
    if typed is None or _PRESET.fullmatch(typed):
        return typed
    found = _SIZE.fullmatch(typed)
    if found is None:
        raise SorryError("A size is its width and height in pixels, such as 1312x736.")
    return f"{int(found[1])}x{int(found[2])}"


def aspect(text: str | None) -> str | None:
    """Read a ratio of width to height.

    Raises:
        SorryError: It is none.
    """
    typed = word(text)
    if typed is None:
        return None
    found = _ASPECT.fullmatch(typed)
    if found is None:
        raise SorryError("An aspect ratio is width to height, such as 16:9.")
    return f"{int(found[1])}:{int(found[2])}"


def speed(text: str | None) -> Speed | None:
    """Read a speed.

    Raises:
        SorryError: There is none of that name.
    """
    return _member(Speed, "A speed", text)


def picture_format(text: str | None) -> PictureFormat | None:
    """Read a file format.

    Raises:
        SorryError: There is none of that name.
    """
    typed = word(text)
    return _member(PictureFormat, "A file format", "jpg" if typed == "jpeg" else typed)


def _member(of: type[E], what: str, text: str | None) -> E | None:
    typed = word(text)
    if typed is None:
        return None
    try:
        return of(typed)
    except ValueError:
        raise SorryError(f"{what} is one of {', '.join(of)}.") from None
