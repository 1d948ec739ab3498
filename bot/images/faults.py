"""Why a picture cannot be used, and the sentence that a member reads."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Fault(StrEnum):
    """What is wrong with a picture."""

    EMPTY = "empty"
    NOT_A_PICTURE = "not_a_picture"
    GIF = "gif"
    HEIC = "heic"
    """HEIC and AVIF, the formats that telephones save in."""
    OTHER_FORMAT = "other_format"
    """A picture, in a format that is not taken: BMP, TIFF, SVG and the like."""
    DAMAGED = "damaged"
    """Cut off, or not what its header says."""
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_LARGE = "too_large"
    """More bytes than are read, or than it could be shrunk to."""
    TOO_SLOW = "too_slow"
    """Not read within the deadline."""
    FAILED = "failed"
    """The reader failed, twice; the picture may be sound."""


SENTENCES: Final[Mapping[Fault, str]] = MappingProxyType(
    {
        Fault.EMPTY: "The file is empty. Upload the picture again.",
        Fault.NOT_A_PICTURE: "The file is not a picture. Send a PNG, JPEG or WebP picture.",
        Fault.GIF: "GIF pictures are not supported. Save one frame as PNG and send that.",
        Fault.HEIC: "HEIC and AVIF pictures are not supported. Send the picture as JPEG or PNG.",
        Fault.OTHER_FORMAT: (
            "This picture format is not supported. Save the picture as PNG, JPEG or WebP."
        ),
        Fault.DAMAGED: (
            "The picture is damaged or cut off. Save it again as PNG or JPEG and send the copy."
        ),
        Fault.TOO_MANY_PIXELS: (
            "The picture has too many pixels: at most 40 megapixels and 16,000 pixels a side. "
            "Make it smaller and send it again."
        ),
        Fault.TOO_LARGE: (
            "The picture file is too large: at most 25 MB. Save it smaller or as JPEG."
        ),
        Fault.TOO_SLOW: (
            "The picture takes too long to read. Make it smaller, save it as PNG or JPEG and "
            "send the copy."
        ),
        Fault.FAILED: (
            "The picture could not be read, perhaps by a fault of the bot. Try again, or send "
            "it saved as PNG or JPEG."
        ),
    }
)


class Unreadable(Exception):
    """A picture that cannot be used; `sentence` is for the member, the text for the log."""

    def __init__(self, reason: Fault, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail

    @property
    def sentence(self) -> str:
        """What is wrong and what to do about it."""
        return SENTENCES[self.reason]


def damaged(detail: str) -> Unreadable:
    """The error for a file that is not what its header says."""
    return Unreadable(Fault.DAMAGED, detail)
