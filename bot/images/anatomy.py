"""A picture file taken apart without decoding it: what it claims, and what is worth keeping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.images.exif import QUARTER_TURNS, UPRIGHT
from bot.images.sniff import MediaType

MAX_FILE_BYTES: Final = 25_000_000
MAX_PIXELS: Final = 40_000_000
MAX_SIDE: Final = 16_000
MAX_PROFILE_BYTES: Final = 4_000_000
"""Largest colour profile that is looked at; printers' profiles reach about 3 MB."""


@dataclass(frozen=True, kw_only=True)
class Anatomy:
    """What a file says about itself, and the file without its metadata."""

    media_type: MediaType
    width: int
    height: int
    data: bytes
    """The stripped file. It alone is decoded, so metadata never reaches the decoder."""
    plain: bool
    """Whether every reader of the format takes it: 8 bits, grey or RGB, one frame."""
    lossless: bool
    animated: bool = False
    orientation: int = UPRIGHT
    """As EXIF counts it, 1 to 8."""
    profile: bytes | None = None
    """The ICC profile, unchecked."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as they are stored."""
        return self.width, self.height

    def turned(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the upright size of a stored one, or the stored size of an upright one."""
        width, height = size
        return (height, width) if self.orientation in QUARTER_TURNS else (width, height)
