"""The shape of the pictures to be made: chosen, or the nearest to the source."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.backends.base import Request
from bot.backends.entry import Entry
from bot.backends.sizes import Size, size

WIDEST_RATIO = 3.0
"""No backend makes pictures wider than 3:1 or taller than 1:3; such a source is refused."""
# A ratio off by half a percent: five pixels of a thousand.
_UNSEEN = 0.005


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A ratio by name, a size, or both; a preset is a size with the provider's name of it."""

    aspect: str | None = None
    size: Size | None = None
    preset: str | None = None

    @property
    def ratio(self) -> float:
        """Width over height."""
        return self.size.ratio if self.size else ratio(self.aspect or "1:1")

    def __str__(self) -> str:
        return str(self.size or self.aspect)

    def crop(self, width: int, height: int) -> float:
        """Give the part of a source that the provider cuts away to fit it, from 0 to 1."""
        theirs = width / height
        return 1 - min(theirs / self.ratio, self.ratio / theirs)


def ratio(aspect: str) -> float:
    """Give width over height of a ratio such as "16:9"."""
    width, height = aspect.split(":")
    return int(width) / int(height)


def is_too_wide(width: int, height: int) -> bool:
    """Say whether a source is wider than 3:1 or taller than 1:3."""
    return max(width, height) > WIDEST_RATIO * min(width, height)


def nearest(entry: Entry, width: int, height: int) -> Shape | None:
    """Give the shape of a backend that is nearest to a source; None where it takes none.

    Near is by the logarithm of the ratio, so that wide and high count alike. Of sizes that
    differ by less than anyone sees, the one with the most pixels is taken.
    """
    theirs = math.log(width / height)
    by_name = any(size is None for size in entry.aspects.values())
    if entry.sizes and not by_name:
        distances = {size: abs(math.log(size.ratio) - theirs) for size in entry.sizes}
        good_enough = min(distances.values()) + _UNSEEN
        near = [size for size, distance in distances.items() if distance <= good_enough]
        return Shape(size=max(near, key=lambda size: size.width * size.height))
    if not entry.aspects:
        return None
    return Shape(aspect=min(entry.aspects, key=lambda name: abs(math.log(ratio(name)) - theirs)))


def sized(entry: Entry, text: str) -> Shape | None:
    """Give the shape of a chosen size; None where the backend does not take it."""
    if text in entry.presets:
        return Shape(size=entry.presets[text], preset=text)
    try:
        wanted = size(text)
    except ValueError:
        return None
    if entry.free_size is not None:
        least, most = entry.free_size
        fits = least <= min(wanted.width, wanted.height) <= max(wanted.width, wanted.height) <= most
        return Shape(size=wanted) if fits else None
    return Shape(size=wanted) if wanted in entry.sizes else None


def shape(entry: Entry, request: Request, source: tuple[int, int] | None) -> Shape | None:
    """Give the shape to be asked for: the chosen one, else the nearest to the source.

    Args:
        entry: The backend.
        request: What was asked.
        source: Width and height; None where there is no source, which is as good as a square.

    Returns:
        None where the backend takes no shape.

    Raises:
        ValueError: The backend lacks what was chosen; `capabilities.missing` says so before.
    """
    if request.size is not None:
        chosen = sized(entry, request.size)
        if chosen is None:
            raise ValueError(f"{entry.name} has no size {request.size}")
        return chosen
    if request.aspect is not None:
        if request.aspect not in entry.aspects:
            raise ValueError(f"{entry.name} has no ratio {request.aspect}")
        return Shape(aspect=request.aspect, size=entry.aspects[request.aspect])
    width, height = source or (1, 1)
    return nearest(entry, width, height)
