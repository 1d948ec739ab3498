"""Encoding a picture so that it stays under a number of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from math import sqrt
from typing import Final

from PIL import Image

from bot.images import pixels
from bot.images.faults import Fault, Unreadable
from bot.images.sniff import MediaType

_QUALITIES: Final = (92, 85, 75)
_TRIES: Final = 6
"""Each aims below the size that would do; what still does not fit then never will."""


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """A picture as bytes."""

    data: bytes
    media_type: MediaType
    width: int
    height: int


def fit(image: Image.Image, *, max_bytes: int, exact: bool) -> Encoded:
    """Encode a picture so that it fits, lowering first quality, then size.

    Args:
        image: Of mode L, RGB or RGBA.
        max_bytes: Of the result.
        exact: Keep every pixel by writing PNG if that fits. Alpha is always PNG.

    Raises:
        Unreadable: It does not fit however small (TOO_LARGE).
    """
    for _ in range(_TRIES):
        smallest = max_bytes
        for media_type, data in _encodings(image, exact=exact):
            if len(data) <= max_bytes:
                return Encoded(
                    data=data, media_type=media_type, width=image.width, height=image.height
                )
            smallest = len(data)
        factor = sqrt(max_bytes / smallest) * 0.9
        width, height = (max(1, int(side * factor)) for side in image.size)
        image = pixels.resized(image, (width, height))
        exact = False
    raise Unreadable(Fault.TOO_LARGE, f"does not fit into {max_bytes} bytes")


def _encodings(image: Image.Image, *, exact: bool) -> Iterator[tuple[MediaType, bytes]]:
    """Yield encodings from the best to the smallest, each made only when it is asked for."""
    if exact or image.mode == "RGBA":
        yield MediaType.PNG, save(image, "PNG", {})
    if image.mode != "RGBA":
        for quality in _QUALITIES:
            # Full chroma: line art is remixed as often as photographs are.
            yield MediaType.JPEG, save(image, "JPEG", {"quality": quality, "subsampling": 0})


def save(image: Image.Image, file_format: str, options: dict[str, int]) -> bytes:
    """Encode a picture without its metadata."""
    file = BytesIO()
    image.info.clear()  # or Pillow would write what it still knows of the source
    image.save(file, file_format, **options)
    return file.getvalue()
