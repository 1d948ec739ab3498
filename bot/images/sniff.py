"""What a file is, told by its first bytes and never by its name."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from bot.images.faults import Fault

HEAD: Final = 1024
"""Bytes that suffice for both functions."""


class MediaType(StrEnum):
    """The formats that are read and written."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"


_OTHER_PICTURES: Final = (
    b"BM",  # BMP
    b"II*\0",  # TIFF
    b"MM\0*",
    b"II+\0",  # BigTIFF
    b"MM\0+",
    b"\0\0\1\0",  # ICO
    b"\0\0\2\0",  # CUR
    b"8BPS",  # Photoshop
    b"\xff\x0a",  # JPEG XL, bare and in a box
    b"\0\0\0\x0cJXL ",
    b"\0\0\0\x0cjP  ",  # JPEG 2000, in a box and bare
    b"\xff\x4f\xff\x51",
    b"qoif",
)
_HEIF_BRANDS: Final = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")
)


def sniff(head: bytes) -> MediaType | None:
    """Name the format of a file that begins with `head`, if it is one that is read."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return MediaType.WEBP
    return None


def refusal(head: bytes) -> Fault:
    """Tell why a file that `sniff` does not name is refused."""
    if not head:
        return Fault.EMPTY
    if head.startswith(b"GIF8"):
        return Fault.GIF
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return Fault.HEIC
    if head.startswith(_OTHER_PICTURES) or b"<svg" in head[:HEAD]:
        return Fault.OTHER_FORMAT
    return Fault.NOT_A_PICTURE
