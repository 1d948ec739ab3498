"""The sizes in pixels that the Ideogram models take, as data.

Sources: the size lists of Runware's pages for ideogram:3@2, and `ResolutionV3` of Ideogram's
OpenAPI (both read 2026-11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Size:
    """Pixels of a picture."""

    width: int
    height: int

    @property
    def ratio(self) -> float:
        """Width over height."""
        return self.width / self.height

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


_SIZE = re.compile(r"([0-9]{1,5})x([0-9]{1,5})")


def size(text: str) -> Size:
    """Read a size, such as "1024x1024".

    Raises:
        ValueError: It is none.
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError("a size is width x height in pixels, such as 1024x1024")
    return Size(width=int(found[1]), height=int(found[2]))


def _both_ways(landscape: str) -> tuple[Size, ...]:
    """Give a list of sizes wider than high, each turned round too, and the square."""
    wide = [size(text) for text in landscape.split()]
    high = [Size(width=one.height, height=one.width) for one in wide]
    return (*wide, size("1024x1024"), *high)


_SHARED = """
    1536x512 1536x576 1472x576 1408x576 1536x640 1472x640 1408x640 1344x640 1472x704
    1408x704 1344x704 1280x704 1312x736 1344x768 1216x704 1280x768 1152x704 1216x768
    1248x832 1216x832 1088x768 1152x832 1152x864 1088x832 1152x896 1120x896 1024x832
    1088x896 960x832 1024x896 1088x960 960x896 1024x960
"""
V2_SIZES = _both_ways(_SHARED + "1280x720 1232x768 1024x640")
"""The 73 sizes of Ideogram 2.0 at Runware."""
V3_SIZES = _both_ways(_SHARED + "1280x800")
"""The 69 sizes of Ideogram 3.0."""
_LEGACY_ONLY = ("1024x768", "768x1024", "1152x768", "768x1152", "1280x800")
LEGACY_SIZES = (*V2_SIZES, *map(size, _LEGACY_ONLY))
"""The 78 sizes of Ideogram's own older API, which has no 800x1280.

Source: `Resolution` of Ideogram's OpenAPI (2026-06-17).
"""

ASPECTS = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "16:10", "10:16", "3:1", "1:3")
"""The ratios, width to height, that every backend offers by name."""

_V2_ASPECTS = {
    "1:1": "1024x1024",
    "16:9": "1312x736",
    "4:3": "1152x864",
    "3:2": "1248x832",
    "16:10": "1232x768",
    "3:1": "1536x512",
}
_V3_ASPECTS = _V2_ASPECTS | {"16:10": "1280x800"}


def _turned(landscape: dict[str, str]) -> dict[str, Size]:
    found: dict[str, Size] = {}
    for aspect in ASPECTS:
        if aspect in landscape:
            found[aspect] = size(landscape[aspect])
        else:
            wide = size(landscape[":".join(reversed(aspect.split(":")))])
            found[aspect] = Size(width=wide.height, height=wide.width)
    return found


V2_ASPECTS = _turned(_V2_ASPECTS)
"""The size of `V2_SIZES` for each of the ratios."""
V3_ASPECTS = _turned(_V3_ASPECTS)
"""The size of `V3_SIZES` for each of the ratios."""
