"""Letters: Pillow's own font, with whatever the system adds for what that font lacks.

Pillow carries a part of Aileron, a little more than ASCII, in one weight. Other letters come from
a common font of the system where there is one; else an accented letter loses its accent, a dash
becomes a hyphen, and anything else, emoji above all, a coloured disc: never an empty box.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import groupby

from PIL import Image, ImageDraw, ImageFont

OVERSAMPLING = 2
"""How much larger a canvas is drawn than its finished picture."""

_PLAIN = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "arial.ttf")
_MONO = ("DejaVuSansMono.ttf", "LiberationMono-Regular.ttf", "Courier New.ttf", "cour.ttf")
_LIKE = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    **dict.fromkeys("\u2022\u2219\u25cf", "\u00b7"),
    "\u00d7": "x",
    "\u2192": ">",
    "\u2190": "<",
    "\u2713": "v",
}
_ABSENT = "\uffff"
_OWN = ""
"""The name that stands for Pillow's own font."""
_BOLD = 0.022
"""How far a bold letter's stroke reaches to each side, in parts of its size."""


@dataclass(frozen=True, kw_only=True)
class Face:
    """How letters look, apart from their colour; the size is in pixels."""

    size: float
    bold: bool = False
    italic: bool = False
    mono: bool = False

    def enlarged(self) -> Face:
        """The face in which a canvas draws it.

        Letters are measured in it too: they are fitted to whole pixels, so their widths do not
        grow in step with their size.
        """
        return replace(self, size=self.size * OVERSAMPLING)


@dataclass(frozen=True, kw_only=True)
class Glyphs:
    """Neighbouring letters of one font, or one disc in place of an emoji."""

    text: str
    font: ImageFont.FreeTypeFont | None
    """None for a disc."""
    stroke: float
    advance: float
    """Distance to what follows, in pixels."""


@lru_cache(maxsize=4096)
def glyphs(text: str, face: Face) -> tuple[Glyphs, ...]:
    """Split a text into runs that one font can draw."""
    return tuple(_runs(text, face))


def width(text: str, face: Face) -> float:
    """How wide a text is on a canvas, in pixels of the finished picture."""
    return sum(run.advance for run in glyphs(text, face.enlarged())) / OVERSAMPLING


def _runs(text: str, face: Face) -> Iterator[Glyphs]:
    letters = [letter for char in text for letter in _letters(char, face.mono)]
    for name, group in groupby(letters, key=lambda letter: letter[1]):
        run = "".join(letter for letter, _ in group)
        if name is None:
            for sign in run:
                yield Glyphs(text=sign, font=None, stroke=0, advance=face.size * 1.2)
        elif face.bold:
            yield from _bold(run, _font(name, face.size), face.size * _BOLD)
        else:
            font = _font(name, face.size)
            yield Glyphs(text=run, font=font, stroke=0, advance=font.getlength(run))


def _bold(text: str, font: ImageFont.FreeTypeFont, stroke: float) -> Iterator[Glyphs]:
    """Letters one by one, as far apart as their strokes make them wider."""
    for char, following in zip(text, [*text[1:], ""], strict=True):
        reach = _distance(font, char, following)
        yield Glyphs(text=char, font=font, stroke=stroke, advance=reach + stroke)


@lru_cache(maxsize=4096)
def _distance(font: ImageFont.FreeTypeFont, char: str, following: str) -> float:
    """How far a letter stands before the one that follows, which some pairs draw closer."""
    return font.getlength(char + following) - (font.getlength(following) if following else 0)


@cache
def _letters(char: str, mono: bool) -> list[tuple[str, str | None]]:
    """What is drawn for a character, each letter with the name of its font."""
    if unicodedata.category(char) in ("Cf", "Cc") or 0xFE00 <= ord(char) <= 0xFE0F:
        return []
    names = [_first_of(_MONO) if mono else None, _OWN, _first_of(_PLAIN)]
    for replaced in (char, _LIKE.get(char, ""), unicodedata.normalize("NFKD", char)[0]):
        for name in names:
            if replaced and name is not None and _has(name, replaced):
                return [(replaced, name)]
    return [(char, None)]


@cache
def _has(name: str, char: str) -> bool:
    if char.isspace():
        return True
    return _shape(name, char) != _shape(name, _ABSENT)


def _shape(name: str, char: str) -> bytes:
    image = Image.new("L", (48, 48))
    ImageDraw.Draw(image).text((8, 36), char, fill=255, font=_font(name, 32), anchor="ls")
    return image.tobytes()


@cache
def _first_of(names: tuple[str, ...]) -> str | None:
    for name in names:
        try:
            ImageFont.truetype(name, 16)
        except OSError:
            continue
        return name
    return None


@lru_cache(maxsize=64)
def _font(name: str, size: float) -> ImageFont.FreeTypeFont:
    if name != _OWN:
        return ImageFont.truetype(name, size)
    font = ImageFont.load_default(size=size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("this Pillow was built without FreeType, which drawing text needs")
    return font
