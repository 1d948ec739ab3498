"""What the chart's font can show of a text, and how wide that is."""

# Matplotlib does not say the types of its keyword arguments and of some paths.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import RendererAgg

FAMILY: Final = "DejaVu Sans"
"""The only font that is everywhere: it comes with matplotlib."""
DPI: Final = 100
_BOX: Final = "\u25a1"
_ELLIPSIS: Final = "\u2026"


def shown(text: str, instead: str = "") -> str:
    """A text in characters that the font has.

    A letter that it lacks is a box, a symbol (such as an emoji) is left out; where no letter or
    digit remains, `instead` stands for the whole, if it is given.
    """
    kept = "".join(_shown(char) for char in text)
    kept = " ".join(kept.split())
    is_told = any(char.isalnum() for char in kept)
    return kept if is_told or not instead else instead


def fitted(text: str, *, points: float, pixels: float) -> str:
    """As much of a text as fits into a width, with an ellipsis for what is left out."""
    kept = text
    while kept and width(kept if kept == text else kept + _ELLIPSIS, points=points) > pixels:
        kept = kept[:-1].rstrip()
    return kept if kept == text else kept + _ELLIPSIS


def width(text: str, *, points: float) -> float:
    """Pixels that a text takes."""
    font = FontProperties(family=FAMILY, size=points)
    return _renderer().get_text_width_height_descent(text, font, ismath=False)[0]


def _shown(char: str) -> str:
    # The plain letters of a fancy one, where it is made of such.
    for form in (char, unicodedata.normalize("NFKC", char)):
        if all(ord(part) in _characters() for part in form):
            return form
    return _BOX if unicodedata.category(char)[0] in "LN" else ""


@cache
def _characters() -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties(family=FAMILY))).get_charmap())


@cache
def _renderer() -> RendererAgg:
    return FigureCanvasAgg(Figure(dpi=DPI)).get_renderer()
