"""The one fact that is taken from EXIF before it is thrown away."""

from __future__ import annotations

import struct
from typing import Final

UPRIGHT: Final = 1
QUARTER_TURNS: Final = frozenset({5, 6, 7, 8})
"""Orientations whose rows are stored as columns."""
_ORIENTATION: Final = 0x0112
_FORMATS: Final = {3: "H", 4: "I"}  # SHORT as the standard says, LONG as some cameras write


def orientation(block: bytes) -> int:
    """Read the orientation of a picture, 1 to 8, from its EXIF block.

    A block that is broken, silent or out of range says 1 (upright): metadata never fails a
    picture.

    Source: EXIF 2.32 (CIPA DC-008), 4.6.2 and tag 0112H.
    """
    tiff = block.removeprefix(b"Exif\0\0")
    try:
        value = _find(tiff)
    except struct.error:
        return UPRIGHT
    return value if 1 <= value <= 8 else UPRIGHT


def _find(tiff: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return UPRIGHT
    (first,) = struct.unpack_from(f"{order}I", tiff, 4)
    (count,) = struct.unpack_from(f"{order}H", tiff, first)
    for at in range(first + 2, first + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(f"{order}HH", tiff, at)
        if tag == _ORIENTATION:
            (value,) = struct.unpack_from(order + _FORMATS.get(kind, "H"), tiff, at + 8)
            return value
    return UPRIGHT
