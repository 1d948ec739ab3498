"""Why a picture cannot be used, and the sentence that a member reads."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
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
    MASK_MISSING = "mask_missing"
    """No mask came, and nothing of the picture is transparent."""
    MASK_SIZE = "mask_size"
    """Of another size than the picture, each seen the right way up."""
    MASK_COLOURED = "mask_coloured"
    """Painted in colours, or a photograph."""
    MASK_EMPTY = "mask_empty"
    MASK_FULL = "mask_full"


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
        Fault.MASK_MISSING: (
            "Nothing says what is to change. Attach a mask of the picture's size that is white "
            "there, or erase that part of the picture and send it as PNG."
        ),
        Fault.MASK_SIZE: (
            "The mask has another size than the picture. Paint it on a copy of the picture and "
            "keep its size."
        ),
        Fault.MASK_COLOURED: (
            "The mask is not black and white. Paint white what is to change and black the rest."
        ),
        Fault.MASK_EMPTY: (
            "The mask marks nothing. Paint white what is to change and leave the rest black."
        ),
        Fault.MASK_FULL: (
            "The whole picture is marked to change. Leave a part unmarked, or use /remix."
        ),
    }
)

_SIZES: Final = re.compile(r"(\d+)x(\d+) (\d+)x(\d+)", re.ASCII)
_STYLE: Final = re.compile(r"style (\d+)", re.ASCII)


def sentence_of(code: str) -> str:
    """The sentence for an `Unreadable.code`; one of an unknown version reads as FAILED."""
    reason, _, fact = code.partition(":")
    if reason not in SENTENCES:
        return SENTENCES[Fault.FAILED]
    sentence = SENTENCES[Fault(reason)]
    if fact == "mask":
        return f"Mask: {sentence}"
    if style := _STYLE.fullmatch(fact):
        return f"Style reference {style[1]}: {sentence}"
    if reason == Fault.MASK_SIZE and (sizes := _SIZES.fullmatch(fact)):
        return (
            f"The mask is {sizes[1]} x {sizes[2]} pixels and the picture {sizes[3]} x {sizes[4]}. "
            "Paint the mask on a copy of the picture and keep its size."
        )
    return sentence


class Unreadable(Exception):
    """A picture that cannot be used; `sentence` is for the member, the text for the log."""

    def __init__(self, reason: Fault, detail: str = "", *, fact: str = "") -> None:
        """Say what is wrong.

        Args:
            reason: What.
            detail: For the log.
            fact: What the sentence adds: which picture of several it is, `mask` or `style 2`;
                for MASK_SIZE the mask's and the picture's size, `640x480 1024x768`.
        """
        super().__init__(": ".join(part for part in (reason, fact, detail) if part))
        self.reason = reason
        self.detail = detail
        self.fact = fact

    @property
    def code(self) -> str:
        """What a record keeps, so that `sentence_of` can say it again."""
        return f"{self.reason}:{self.fact}" if self.fact else str(self.reason)

    @property
    def sentence(self) -> str:
        """What is wrong and what to do about it."""
        return sentence_of(self.code)


@contextmanager
def about(fact: str) -> Generator[None]:
    """Name the picture in what is said of it."""
    try:
        yield
    except Unreadable as error:
        raise Unreadable(error.reason, error.detail, fact=fact) from error


def damaged(detail: str) -> Unreadable:
    """The error for a file that is not what its header says."""
    return Unreadable(Fault.DAMAGED, detail)
