"""How far two pictures are apart to the eye.

Both are averaged to the same few cells, whose colours are compared in Oklab, where equal
distances look about equal. Averaging is done on the coded values, since whoever shrank a
picture before did the same: so a picture and its smaller copy are no distance apart.

Source: B. Ottosson, "A perceptual color space for image processing" (2020-12-23, matrices of
2021-01-25); IEC 61966-2-1 for sRGB.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import cbrt, dist
from statistics import fmean
from typing import Final

from PIL import Image

from bot.images import transparency
from bot.images.task import Distance

_CELLS: Final = 64, 64
"""Across and down, whatever the shape of the picture."""
_LIGHT: Final = tuple(
    level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4
    for level in (value / 255 for value in range(256))
)
_CONES: Final = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_LAB: Final = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_Colour = tuple[float, float, float]


def distance(one: Image.Image, other: Image.Image, mask: Image.Image | None) -> Distance:
    """Compare two pictures of mode L, RGB or RGBA, as they look on white paper.

    Args:
        one: A picture.
        other: Another; it is stretched over the first.
        mask: Stretched over both. It marks something, but not everything.
    """
    apart = [dist(a, b) for a, b in zip(_cells(one), _cells(other), strict=True)]
    if mask is None:
        return Distance(whole=_mean(apart))
    inside = _shares(mask)
    return Distance(
        whole=_mean(apart),
        inside=_mean(apart, inside),
        outside=_mean(apart, [1 - share for share in inside]),
    )


def _mean(apart: Sequence[float], shares: Sequence[float] | None = None) -> float:
    # Black and white are 1 apart, give or take the last digit.
    return min(1.0, fmean(apart, shares))


def _cells(image: Image.Image) -> Iterator[_Colour]:
    data = _averaged(transparency.on_white(image).convert("RGB")).tobytes()
    return map(_oklab, data[0::3], data[1::3], data[2::3])


def _shares(mask: Image.Image) -> list[float]:
    """Tell the share of each cell that is marked. In floats, so that no mark is lost."""
    data = _averaged(mask.convert("F")).tobytes()
    return [level / 255 for level in memoryview(data).cast("f")]


def _averaged(image: Image.Image) -> Image.Image:
    return image.resize(_CELLS, Image.Resampling.BOX)


def _oklab(red: int, green: int, blue: int) -> _Colour:
    light = _LIGHT[red], _LIGHT[green], _LIGHT[blue]
    long, middle, short = (cbrt(value) for value in _product(_CONES, light))
    return _product(_LAB, (long, middle, short))


def _product(matrix: tuple[_Colour, _Colour, _Colour], vector: _Colour) -> _Colour:
    x, y, z = (a * vector[0] + b * vector[1] + c * vector[2] for a, b, c in matrix)
    return x, y, z
