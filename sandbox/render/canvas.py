"""A surface to draw on in pixels of the finished picture, drawn larger so that edges are smooth."""

from __future__ import annotations

import zlib
from colorsys import hls_to_rgb

from PIL import Image, ImageDraw, ImageFont, ImageOps

from sandbox.render.fonts import OVERSAMPLING, Face, Glyphs, glyphs
from sandbox.render.theme import Colour

_SLANT = 0.2


class Canvas:
    """A picture of a given size, filled with one colour.

    Args:
        width: In pixels of the finished picture.
        height: Likewise.
        ground: The colour of an empty canvas.
    """

    def __init__(self, width: float, height: float, ground: Colour) -> None:
        size = (round(width) * OVERSAMPLING, round(height) * OVERSAMPLING)
        self._image = Image.new("RGB", size, ground)
        self._draw = ImageDraw.Draw(self._image)

    def finish(self) -> Image.Image:
        """Return the picture in its size."""
        return self._image.reduce(OVERSAMPLING)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: Colour,
        radius: float = 0,
        edge: Colour | None = None,
        only: float | None = None,
    ) -> None:
        """Fill a rectangle with round corners.

        Args:
            x: Its left edge.
            y: Its upper edge.
            width: How far it reaches to the right.
            height: How far it reaches down.
            fill: Its colour.
            radius: Of its corners.
            edge: The colour of a thin line along its border, inside of it.
            only: Draw no more of it than this far from its left edge.
        """
        left, top, right, bottom = _corners(x, y, width, height)
        mask = Image.new("L", (round(right - left) + 1, round(bottom - top) + 1))
        corners = (0, 0, mask.width - 1, mask.height - 1)
        radius *= OVERSAMPLING
        ImageDraw.Draw(mask).rounded_rectangle(corners, radius, fill=255)
        if only is not None:
            mask = mask.crop((0, 0, round(only * OVERSAMPLING), mask.height))
        self._image.paste(fill, (round(left), round(top)), mask)
        if edge:
            border = (left, top, right, bottom)
            self._draw.rounded_rectangle(border, radius, outline=edge, width=OVERSAMPLING)

    def disc(self, x: float, y: float, diameter: float, fill: Colour) -> None:
        """Fill a circle; x and y are the corner of the square around it."""
        self._draw.ellipse(_corners(x, y, diameter, diameter), fill=fill)

    def line(
        self, points: list[tuple[float, float]], colour: Colour, *, thickness: float = 1
    ) -> None:
        """Draw a line through points."""
        scaled = [(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in points]
        width = max(round(thickness * OVERSAMPLING), 1)
        self._draw.line(scaled, fill=colour, width=width, joint="curve")

    def text(self, x: float, baseline: float, text: str, face: Face, colour: Colour) -> float:
        """Draw a text on its base line and return how far it reaches to the right of x."""
        large = face.enlarged()
        at = x * OVERSAMPLING
        for run in glyphs(text, large):
            self._run(at, baseline * OVERSAMPLING, run, large, colour)
            at += run.advance
        return at / OVERSAMPLING - x

    def _run(self, x: float, baseline: float, run: Glyphs, face: Face, colour: Colour) -> None:
        if run.font is None:
            across = face.size * 0.8
            top = baseline - face.size * 0.75
            box = (x + face.size * 0.2, top, x + face.size * 0.2 + across, top + across)
            self._draw.ellipse(box, fill=_hue(run.text))
        elif face.italic:
            self._slanted(x, baseline, run, run.font, colour)
        else:
            self._draw.text(
                (x, baseline),
                run.text,
                fill=colour,
                font=run.font,
                anchor="ls",
                stroke_width=run.stroke,
            )

    def _slanted(
        self, x: float, baseline: float, run: Glyphs, font: ImageFont.FreeTypeFont, colour: Colour
    ) -> None:
        rise = round(font.size * 1.2)
        size = (round(run.advance + 2 * rise), 2 * rise)
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).text(
            (rise, rise), run.text, fill=255, font=font, anchor="ls", stroke_width=run.stroke
        )
        shear = (1, _SLANT, -_SLANT * rise, 0, 1, 0)
        mask = mask.transform(size, Image.Transform.AFFINE, shear, Image.Resampling.BICUBIC)
        self._image.paste(colour, (round(x) - rise, round(baseline) - rise), mask)

    def picture(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        picture: Image.Image,
        *,
        radius: float = 0,
    ) -> None:
        """Fill a rectangle with round corners with a picture, cut to its shape, not squeezed."""
        left, top, right, bottom = (round(n) for n in _corners(x, y, width, height))
        size = (right - left, bottom - top)
        fitted = ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.BILINEAR)
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).rounded_rectangle(
            (0, 0, size[0] - 1, size[1] - 1), radius * OVERSAMPLING, fill=255
        )
        self._image.paste(fitted, (left, top), mask)


def _corners(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    scale = OVERSAMPLING
    return x * scale, y * scale, (x + width) * scale - 1, (y + height) * scale - 1


def _hue(text: str) -> Colour:
    """A colour of its own for each emoji, the same in every run."""
    hue = zlib.crc32(text.encode()) / 2**32
    red, green, blue = (round(255 * part) for part in hls_to_rgb(hue, 0.6, 0.65))
    return red, green, blue
