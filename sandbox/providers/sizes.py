"""The sizes that Ideogram's models make, which fal and Runware pass on.

Ideogram's OpenAPI (2026-06-17) for the lists; Runware's model pages (November 2026) for its
own. Which size belongs to a ratio is documented nowhere: here the nearest near one megapixel.
"""

from __future__ import annotations

from typing import NamedTuple


class Size(NamedTuple):
    """Pixels of a picture."""

    width: int
    height: int

    @property
    def ratio(self) -> float:
        """Width over height."""
        return self.width / self.height

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


def _both_ways(landscape: str) -> frozenset[Size]:
    wide = [Size(*map(int, pair.split("x"))) for pair in landscape.split()]
    return frozenset(wide) | frozenset(Size(size.height, size.width) for size in wide)


_COMMON = _both_ways(
    "1536x512 1536x576 1472x576 1408x576 1536x640 1472x640 1408x640 1344x640 1472x704 1408x704 "
    "1344x704 1280x704 1312x736 1344x768 1216x704 1280x768 1152x704 1216x768 1248x832 1216x832 "
    "1088x768 1152x832 1152x864 1088x832 1152x896 1120x896 1024x832 1088x896 960x832 1024x896 "
    "1088x960 960x896 1024x960 1024x1024"
)

RUNWARE_V2 = _COMMON | _both_ways("1280x720 1232x768 1024x640")
"""The 73 pairs that Runware takes for Ideogram 2.0 and 2a."""

V3 = _COMMON | _both_ways("1280x800")
"""The 69 sizes of Ideogram 3.0."""

LEGACY = RUNWARE_V2 | _both_ways("1152x768 1024x768") | {Size(1280, 800)}
"""The 78 sizes that the legacy API takes as `resolution`, and the 2.0 models make."""

ASPECTS = {
    f"{width}:{height}": width / height
    for width, height in (
        *((10, 16), (16, 10), (9, 16), (16, 9), (4, 3), (3, 4)),
        *((1, 1), (1, 3), (3, 1), (3, 2), (2, 3)),
    )
}
"""The eleven ratios of the models before 3.0, by name."""

_MEGAPIXEL = 1024 * 1024


def nearest(ratio: float, sizes: frozenset[Size]) -> Size:
    """Return the size whose ratio is nearest, and of several the one nearest a megapixel."""

    def distance(size: Size) -> tuple[float, int, Size]:
        proportion = max(ratio / size.ratio, size.ratio / ratio)
        return round(proportion, 4), abs(size.width * size.height - _MEGAPIXEL), size

    return min(sizes, key=distance)
