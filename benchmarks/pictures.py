"""The pictures of the bench: noisy, so that they are as large as photographs are."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image

from sandbox.discord import Upload

NOISE = 24.0
SMALL = (512, 512)
"""Fits as it is: proved to decode, and stripped."""
WIDE = (2304, 1728)
"""Larger than any backend draws: decoded, shrunk and encoded anew."""
PHOTOGRAPH = (4000, 3000)
"""12 megapixels, as telephones take them."""


@cache
def small() -> Upload:
    """A PNG of 512 x 512."""
    return Upload("small.png", png(SMALL))


@cache
def wide() -> Upload:
    """A JPEG that needs normalising."""
    return Upload("wide.jpg", _encoded(WIDE, "JPEG"))


@cache
def photograph() -> Upload:
    """A JPEG of 12 megapixels."""
    return Upload("photograph.jpg", _encoded(PHOTOGRAPH, "JPEG"))


def png(size: tuple[int, int]) -> bytes:
    """A PNG of this size."""
    return _encoded(size, "PNG")


def _encoded(size: tuple[int, int], form: str) -> bytes:
    base = Image.radial_gradient("L").resize(size)
    picture = Image.blend(base, Image.effect_noise(size, NOISE), 0.3).convert("RGB")
    file = io.BytesIO()
    picture.save(file, form)
    return file.getvalue()
