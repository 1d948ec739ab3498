"""WebP files chunk by chunk.

Source: RFC 9649 (2024), sections 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.images import exif
from bot.images.anatomy import MAX_PROFILE_BYTES, Anatomy
from bot.images.faults import damaged
from bot.images.sniff import MediaType

_HEADER: Final = b"VP8X"
_LOSSY: Final = b"VP8 "
_LOSSLESS: Final = b"VP8L"
_FRAME: Final = b"ANMF"
_KEPT: Final = (_HEADER, b"ANIM", _FRAME, b"ALPH", _LOSSY, _LOSSLESS)
_ANIMATION_FLAG: Final = 0x02
_KEPT_FLAGS: Final = 0x10 | _ANIMATION_FLAG
"""Alpha and animation; the flags for ICC, EXIF and XMP go with their chunks."""


def take_apart(data: bytes) -> Anatomy:
    """Walk a WebP file up to the length that it states; what follows that is dropped.

    Of an animation only the first frame is kept, so that no other is ever decoded.

    Raises:
        Unreadable: It is shorter than it says, or holds no picture.
    """
    first: dict[bytes, bytes] = {}
    frames = 0
    for kind, body in _chunks(data):
        frames += kind == _FRAME
        first.setdefault(kind, body)
    extended = _HEADER in first
    if extended:
        first[_HEADER] = _without_flags(first[_HEADER])
    moving = extended and bool(first[_HEADER][0] & _ANIMATION_FLAG)
    width, height = _canvas(first) if extended else _size(first)
    exif_block, profile = first.get(b"EXIF", b""), first.get(b"ICCP")
    return Anatomy(
        media_type=MediaType.WEBP,
        width=width,
        height=height,
        data=_join(first, _KEPT if extended else (_LOSSY, _LOSSLESS)),
        plain=not moving,
        lossless=_LOSSLESS in first or first.get(_FRAME, b"")[16:20] == _LOSSLESS,
        animated=frames > 1,
        orientation=exif.orientation(exif_block),
        profile=profile if profile and len(profile) <= MAX_PROFILE_BYTES else None,
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise damaged("no end")
    at = 12
    while at + 8 <= end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + size > end:
            raise damaged("length of a chunk")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _without_flags(header: bytes) -> bytes:
    if len(header) < 10:
        raise damaged("length of the header")
    return bytes((header[0] & _KEPT_FLAGS, 0, 0, 0)) + header[4:10]


def _canvas(first: dict[bytes, bytes]) -> tuple[int, int]:
    header = first[_HEADER]
    width, height = header[4:7], header[7:10]
    return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1


def _size(first: dict[bytes, bytes]) -> tuple[int, int]:
    """Read the size that the coded picture itself states."""
    lossy, lossless = first.get(_LOSSY, b""), first.get(_LOSSLESS, b"")
    if len(lossy) >= 10 and lossy[3:6] == b"\x9d\x01\x2a":
        sides = int.from_bytes(lossy[6:10], "little")
        return sides & 0x3FFF, sides >> 16 & 0x3FFF
    if len(lossless) >= 5 and lossless[0] == 0x2F:
        sides = int.from_bytes(lossless[1:5], "little")
        return (sides & 0x3FFF) + 1, (sides >> 14 & 0x3FFF) + 1
    raise damaged("no picture")


def _join(first: dict[bytes, bytes], kept: tuple[bytes, ...]) -> bytes:
    parts: list[bytes] = []
    for kind in kept:
        if kind in first:
            body = first[kind]
            parts += (kind, len(body).to_bytes(4, "little"), body, b"\0" * (len(body) % 2))
    whole = b"WEBP" + b"".join(parts)
    return b"RIFF" + len(whole).to_bytes(4, "little") + whole
