"""JPEG files segment by segment.

Source: ITU-T T.81 (1992), annex B; JFIF 1.02; Adobe technical note 5116.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bot.images import exif
from bot.images.anatomy import MAX_PROFILE_BYTES, Anatomy
from bot.images.faults import Fault, Unreadable, damaged
from bot.images.sniff import MediaType

_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_COMMON_FRAMES: Final = frozenset({0xC0, 0xC2})
"""Baseline and progressive Huffman: what every reader takes."""
_TABLES: Final = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD})
_MAX_SCANS: Final = 100
"""A progressive file has about ten; each one costs a pass over all pixels."""

# One byte of FF suffices: with `\xff+` a run of FF would cost its length squared.
_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@dataclass
class _Findings:
    parts: list[bytes | memoryview] = field(default_factory=lambda: [b"\xff\xd8"])
    frame: tuple[int, bytes] | None = None
    scans: int = 0
    orientation: int = exif.UPRIGHT
    profile: dict[int, bytes] = field(default_factory=dict[int, bytes])
    profile_parts: int = 0


def take_apart(data: bytes) -> Anatomy:
    """Walk a JPEG from its start to its first end mark; what follows that is dropped.

    Raises:
        Unreadable: It has no end, no frame or more than one, or too many scans.
    """
    found = _Findings()
    for marker, payload, scan in _segments(data):
        _note(found, marker, payload, scan)
    if found.frame is None or not found.scans:
        raise damaged("no frame")
    return _anatomy(found, *found.frame)


def _segments(data: bytes) -> Iterator[tuple[int, bytes, memoryview]]:
    """Yield marker, payload, and the coded pixels that follow a start of scan."""
    view = memoryview(data)
    following = _next_marker(data, 2)
    while (marker := data[following + 1]) != _EOI:
        if marker == _TEM:
            following = _next_marker(data, following + 2)
            continue
        if marker < 0xC0 or marker == _SOI:
            raise damaged(f"marker {marker:02x}")
        payload = following + 4
        end = following + 2 + int.from_bytes(data[following + 2 : payload])
        if not payload <= end <= len(data):
            raise damaged(f"length of segment {marker:02x}")
        following = _next_marker(data, end)
        yield marker, data[payload:end], view[end:following]


def _next_marker(data: bytes, start: int) -> int:
    match = _MARKER.search(data, start)
    if match is None:
        raise damaged("no end mark")
    return match.start()


def _note(found: _Findings, marker: int, payload: bytes, scan: memoryview) -> None:
    if marker in _FRAMES:
        if found.frame is not None or len(payload) < 6:
            raise damaged("frame header")
        found.frame = marker, payload
        _keep(found, marker, payload)
    elif marker in _TABLES:
        _keep(found, marker, payload)
    elif marker == _SOS:
        found.scans += 1
        if found.scans > _MAX_SCANS:
            raise Unreadable(Fault.TOO_SLOW, "scans")
        _keep(found, marker, payload)
        found.parts.append(scan)
    else:
        _note_application(found, marker, payload)


def _note_application(found: _Findings, marker: int, payload: bytes) -> None:
    if marker == _APP0 and payload.startswith(b"JFIF\0") and len(payload) >= 14:
        # The thumbnail goes: it may show what was cropped away.
        _keep(found, marker, payload[:12] + b"\0\0")
    elif marker == _APP14 and payload.startswith(b"Adobe") and len(payload) >= 12:
        _keep(found, marker, payload[:12])
    elif marker == _APP1 and payload.startswith(b"Exif\0\0"):
        found.orientation = exif.orientation(payload)
    elif marker == _APP2 and payload.startswith(b"ICC_PROFILE\0") and len(payload) > 14:
        found.profile[payload[12]] = payload[14:]
        found.profile_parts = payload[13]


def _keep(found: _Findings, marker: int, payload: bytes) -> None:
    found.parts += (bytes((0xFF, marker)), (len(payload) + 2).to_bytes(2), payload)


def _anatomy(found: _Findings, marker: int, frame: bytes) -> Anatomy:
    precision, components = frame[0], frame[5]
    return Anatomy(
        media_type=MediaType.JPEG,
        width=int.from_bytes(frame[3:5]),
        height=int.from_bytes(frame[1:3]),
        data=b"".join((*found.parts, b"\xff\xd9")),
        plain=marker in _COMMON_FRAMES and precision == 8 and components in (1, 3),
        lossless=False,
        orientation=found.orientation,
        profile=_profile(found),
    )


def _profile(found: _Findings) -> bytes | None:
    numbers = range(1, found.profile_parts + 1)
    if not numbers or any(number not in found.profile for number in numbers):
        return None
    whole = b"".join(found.profile[number] for number in numbers)
    return whole if len(whole) <= MAX_PROFILE_BYTES else None
