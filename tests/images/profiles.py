"""ICC profiles made by hand, and the arithmetic that says what they mean.

Source: ICC.1:2022; colorants of Display P3 and sRGB adapted to D50 (Bradford).
"""

from __future__ import annotations

import struct

from PIL import ImageCms

P3 = ((0.51512, 0.29198, 0.15710), (0.24120, 0.69225, 0.06657), (-0.00105, 0.04189, 0.78407))
"""Rows X, Y, Z; columns red, green, blue."""
_XYZ_TO_SRGB = (
    (3.1338561, -1.6168667, -0.4906146),
    (-0.9787684, 1.9161415, 0.0334540),
    (0.0719453, -0.2289914, 1.4052427),
)
GAMMA = 2.2


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(x) + _fixed(y) + _fixed(z)


def _curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"


def _description(text: bytes) -> bytes:
    body = b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" + bytes(78)
    return body + bytes(-len(body) % 4)


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    at = 128 + 4 + 12 * len(tags)
    table, bodies = struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        table += name + struct.pack(">II", at + len(bodies), len(body))
        bodies += body
    head = struct.pack(
        ">I4sI4s4s4s", at + len(bodies), b"none", 0x02100000, b"mntr", space, b"XYZ "
    )
    head += bytes(12) + b"acsp" + bytes(28) + _fixed(0.9642) + _fixed(1.0) + _fixed(0.8249)
    return head + bytes(128 - len(head)) + table + bodies


def wide() -> bytes:
    """Display P3's colorants with a plain gamma of 2.2."""
    red, green, blue = zip(*P3, strict=True)
    tags = {b"rXYZ": _xyz(*red), b"gXYZ": _xyz(*green), b"bXYZ": _xyz(*blue)}
    curves = {name: _curve(GAMMA) for name in (b"rTRC", b"gTRC", b"bTRC")}
    about = {b"desc": _description(b"Wide"), b"wtpt": _xyz(0.9642, 1.0, 0.8249)}
    return _profile(b"RGB ", {**about, **tags, **curves})


def srgb() -> bytes:
    """What most cameras and programs embed."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def grey(gamma: float) -> bytes:
    """Grey with a plain gamma."""
    about = {b"desc": _description(b"Grey"), b"wtpt": _xyz(0.9642, 1.0, 0.8249)}
    return _profile(b"GRAY", {**about, b"kTRC": _curve(gamma)})


def srgb_level(linear: float) -> int:
    """Encode light, 0 to 1, as sRGB does (IEC 61966-2-1)."""
    light = min(1.0, max(0.0, linear))
    coded = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return round(255 * coded)


def wide_to_srgb(colour: tuple[int, int, int]) -> tuple[int, ...]:
    """What a colour under `wide` is in sRGB, cut off where sRGB ends."""
    light = [(level / 255) ** GAMMA for level in colour]
    xyz = [sum(a * b for a, b in zip(row, light, strict=True)) for row in P3]
    linear = [sum(a * b for a, b in zip(row, xyz, strict=True)) for row in _XYZ_TO_SRGB]
    return tuple(srgb_level(value) for value in linear)
