"""PNG files chunk by chunk.

Source: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)".
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bot.images import exif
from bot.images.anatomy import MAX_PROFILE_BYTES, Anatomy
from bot.images.faults import damaged
from bot.images.sniff import MediaType

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_PLAIN_COLOURS: Final = frozenset({0, 2, 6})
"""Grey, RGB, RGB with alpha."""


@dataclass
class _Findings:
    parts: list[bytes | memoryview] = field(default_factory=lambda: [_SIGNATURE])
    header: bytes | None = None
    transparency: bool = False
    animated: bool = False
    orientation: int = exif.UPRIGHT
    profile: bytes | None = None


def take_apart(data: bytes) -> Anatomy:
    """Walk a PNG from its signature to IEND; what follows that is dropped.

    Raises:
        Unreadable: It has no header or no end, or a chunk that is kept is damaged.
    """
    found = _Findings()
    for kind, whole in _chunks(data):
        if kind in _KEPT:
            _keep(found, kind, whole)
        else:
            _note(found, kind, bytes(whole[8:-4]))
    if found.header is None:
        raise damaged("no header")
    return _anatomy(found, found.header)


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield kind and the whole chunk: length, kind, body, checksum."""
    view = memoryview(data)
    at = len(_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        kind = data[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(data[at : at + 4])
        if end > len(data):
            raise damaged("no end")
        yield kind, view[at:end]
        at = end


def _keep(found: _Findings, kind: bytes, whole: memoryview) -> None:
    if zlib.crc32(whole[4:-4]) != int.from_bytes(whole[-4:]):
        raise damaged(f"checksum of {kind.decode()}")
    if (kind == b"IHDR") == (found.header is not None):
        raise damaged("order of the header")
    if kind == b"IHDR":
        found.header = bytes(whole[8:-4])
    found.transparency |= kind == b"tRNS"
    found.parts.append(whole)


def _note(found: _Findings, kind: bytes, body: bytes) -> None:
    if kind == b"acTL":
        found.animated = int.from_bytes(body[:4]) > 1
    elif kind == b"eXIf":
        found.orientation = exif.orientation(body)
    elif kind == b"iCCP":
        found.profile = _profile(body)


def _profile(body: bytes) -> bytes | None:
    """Inflate a profile, but not one that unpacks to more than a profile may have."""
    _, _, packed = body.partition(b"\0")
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(packed[1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return None
    return profile if inflater.eof else None


def _anatomy(found: _Findings, header: bytes) -> Anatomy:
    if len(header) != 13:
        raise damaged("length of the header")
    depth, colour = header[8], header[9]
    return Anatomy(
        media_type=MediaType.PNG,
        width=int.from_bytes(header[:4]),
        height=int.from_bytes(header[4:8]),
        data=b"".join(found.parts),
        plain=depth == 8
        and colour in _PLAIN_COLOURS
        and not (found.transparency or found.animated),
        lossless=True,
        animated=found.animated,
        orientation=found.orientation,
        profile=found.profile,
    )
