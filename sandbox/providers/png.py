"""A quick writer of PNG files: Pillow tries five filters on every line, this takes one."""

from __future__ import annotations

import struct
import zlib

from PIL import Image, ImageChops

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_EIGHT_BIT_RGB = (8, 2, 0, 0, 0)
_UP = b"\2"
"""The filter by which each line is told as what differs from the line above (PNG, 9.2)."""


def png(picture: Image.Image, lines_of_each: int = 1) -> bytes:
    """Return an RGB picture as a file: larger than it could be, in half the time.

    Args:
        picture: What is to be seen.
        lines_of_each: How often each of its lines comes, one below the other.
    """
    above = Image.new("RGB", picture.size)
    above.paste(picture, (0, 1))
    differences = ImageChops.subtract_modulo(picture, above).tobytes()
    width = 3 * picture.width
    lines = (differences[at : at + width] for at in range(0, len(differences), width))
    the_same = (_UP + bytes(width)) * (lines_of_each - 1)
    packer = zlib.compressobj(level=1, strategy=zlib.Z_RLE)
    packed = packer.compress(b"".join(_UP + line + the_same for line in lines)) + packer.flush()
    head = struct.pack(">II5B", picture.width, picture.height * lines_of_each, *_EIGHT_BIT_RGB)
    return _SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
