"""A contact sheet: pictures before and after, one pair below the other."""

from __future__ import annotations

from PIL import Image

from sandbox.render import theme
from sandbox.render.canvas import Canvas
from sandbox.render.controls import shortened
from sandbox.render.fonts import Face

_CELL = 320.0
_GAP = 12.0
_MARGIN = 20.0
_HEADER = 44.0
_LABEL = 30.0
_TITLE = Face(size=16, bold=True)
_SMALL = Face(size=14)


def contact_sheet(pairs: list[tuple[str, Image.Image, Image.Image]]) -> Image.Image:
    """Draw pairs of pictures side by side, each pair under its label.

    Args:
        pairs: Label, picture before, picture after.

    Returns:
        A picture in RGB whose size depends only on the number of pairs.

    Raises:
        ValueError: There are no pairs.
    """
    if not pairs:
        raise ValueError("a contact sheet needs at least one pair of pictures")
    across = 2 * _CELL + _GAP
    step = _LABEL + _CELL + _GAP
    height = _HEADER + len(pairs) * step - _GAP + _MARGIN
    canvas = Canvas(across + 2 * _MARGIN, height, theme.CHAT)
    for x, words in ((_MARGIN, "Before"), (_MARGIN + _CELL + _GAP, "After")):
        canvas.text(x, _HEADER - 14, words, _SMALL, theme.MUTED)
    for number, (label, before, after) in enumerate(pairs):
        y = _HEADER + number * step
        title = shortened(label, _TITLE, across)
        canvas.text(_MARGIN, y + 18, title, _TITLE, theme.BRIGHT)
        for x, picture in ((_MARGIN, before), (_MARGIN + _CELL + _GAP, after)):
            _draw_whole(canvas, x, y + _LABEL, picture)
    return canvas.finish()


def _draw_whole(canvas: Canvas, x: float, y: float, picture: Image.Image) -> None:
    """Draw a picture uncut in the middle of a square."""
    canvas.box(x, y, _CELL, _CELL, fill=theme.FIELD, radius=theme.RADIUS)
    share = _CELL / max(picture.size)
    wide, high = picture.width * share, picture.height * share
    canvas.picture(
        x + (_CELL - wide) / 2, y + (_CELL - high) / 2, wide, high, picture, radius=theme.RADIUS
    )
