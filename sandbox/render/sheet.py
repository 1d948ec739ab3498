"""A contact sheet: a row of labelled pictures for each subject, such as before and after."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from sandbox.render import theme
from sandbox.render.canvas import Canvas
from sandbox.render.controls import shortened
from sandbox.render.fonts import Face

_CELL = 240.0
_GAP = 12.0
_MARGIN = 20.0
_LABEL = 30.0
_CAPTION = 26.0
_TITLE = Face(size=16, bold=True)
_SMALL = Face(size=14)

Row = tuple[str, Sequence[tuple[str, Image.Image]]]
"""A label, and pictures with their captions."""


def contact_sheet(rows: Sequence[Row]) -> Image.Image:
    """Draw rows of pictures, each under its label.

    Returns:
        A picture in RGB; its width is that of the longest row.

    Raises:
        ValueError: There are no pictures.
    """
    columns = max((len(pictures) for _, pictures in rows), default=0)
    if not columns:
        raise ValueError("a contact sheet needs at least one picture")
    across = columns * (_CELL + _GAP) - _GAP
    step = _LABEL + _CELL + _CAPTION + _GAP
    canvas = Canvas(across + 2 * _MARGIN, len(rows) * step + 2 * _MARGIN - _GAP, theme.CHAT)
    for number, (label, pictures) in enumerate(rows):
        y = _MARGIN + number * step
        canvas.text(_MARGIN, y + 18, shortened(label, _TITLE, across), _TITLE, theme.BRIGHT)
        for column, (caption, picture) in enumerate(pictures):
            x = _MARGIN + column * (_CELL + _GAP)
            _draw_whole(canvas, x, y + _LABEL, picture)
            words = shortened(caption, _SMALL, _CELL)
            canvas.text(x, y + _LABEL + _CELL + 18, words, _SMALL, theme.MUTED)
    return canvas.finish()


def _draw_whole(canvas: Canvas, x: float, y: float, picture: Image.Image) -> None:
    """Draw a picture uncut in the middle of a square."""
    canvas.box(x, y, _CELL, _CELL, fill=theme.FIELD, radius=theme.RADIUS)
    share = _CELL / max(picture.size)
    wide, high = picture.width * share, picture.height * share
    canvas.picture(
        x + (_CELL - wide) / 2, y + (_CELL - high) / 2, wide, high, picture, radius=theme.RADIUS
    )
