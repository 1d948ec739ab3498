"""Builders of picture files, whole and broken, byte by byte where Pillow would refuse."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable
from functools import cache
from io import BytesIO
from typing import Final

from PIL import Image

SECRET: Final = b"Hidden-Camera-4711"
"""Stands in every metadata block, so that its absence can be searched for."""
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


@cache
def photo(width: int = 64, height: int = 48) -> Image.Image:
    """A coloured picture in which no two corners are alike."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    grain = Image.effect_noise((width, height), 20)
    return Image.merge("RGB", (across, down, grain))


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


@cache
def png() -> bytes:
    return saved(photo(), "PNG")


@cache
def jpeg() -> bytes:
    return saved(photo(), "JPEG", quality=90)


@cache
def webp() -> bytes:
    return saved(photo(), "WEBP", quality=90)


@cache
def large_jpeg() -> bytes:
    """12 megapixels, as a telephone takes them."""
    return saved(photo(4000, 3000), "JPEG", quality=85)


# PNG


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width: int, height: int, *, depth: int = 8, colour: int = 2) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def png_of(*chunks: bytes) -> bytes:
    return SIGNATURE + b"".join(chunks) + chunk(b"IEND", b"")


def zeros(count: int) -> bytes:
    """Zlib data that inflates to so many zero bytes, made without holding them."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    whole, rest = divmod(count, len(block))
    packed = [packer.compress(block) for _ in range(whole)]
    return b"".join((*packed, packer.compress(bytes(rest)), packer.flush()))


def bilevel(width: int, height: int) -> bytes:
    """A black 1-bit PNG: kilobytes, however many pixels."""
    return png_of(
        header(width, height, depth=1, colour=0),
        chunk(b"IDAT", zeros((1 + (width + 7) // 8) * height)),
    )


def png_with(*chunks: bytes) -> bytes:
    """The PNG photo with chunks put behind its header."""
    at = len(SIGNATURE) + 25
    return png()[:at] + b"".join(chunks) + png()[at:]


def png_claiming(width: int, height: int) -> bytes:
    """The PNG photo with another size in its header."""
    at = len(SIGNATURE) + 25
    return SIGNATURE + header(width, height) + png()[at:]


def sixteen_bit(colour: int, channels: int, values: Iterable[int]) -> bytes:
    """One row of 16-bit pixels."""
    samples = [*values]
    row = b"\0" + struct.pack(f">{len(samples)}H", *samples)
    size = header(len(samples) // channels, 1, depth=16, colour=colour)
    return png_of(size, chunk(b"IDAT", zlib.compress(row)))


# JPEG


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpeg_with(*segments: bytes) -> bytes:
    """The JPEG photo with segments put behind its start mark."""
    return jpeg()[:2] + b"".join(segments) + jpeg()[2:]


def jpeg_frame_changed(change: Callable[[bytearray, int], None]) -> bytes:
    """The JPEG photo after `change(data, where its frame header begins)`."""
    data = bytearray(jpeg())
    change(data, data.index(b"\xff\xc0"))
    return bytes(data)


def jpeg_frame() -> bytes:
    """The frame header of the JPEG photo."""
    return jpeg()[jpeg().index(b"\xff\xc0") :][:19]


def jpeg_claiming(width: int, height: int) -> bytes:
    def change(data: bytearray, at: int) -> None:
        data[at + 5 : at + 9] = struct.pack(">HH", height, width)

    return jpeg_frame_changed(change)


def many_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan is there `count` times more."""
    data = saved(photo(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * count + data[-2:]


def ycck() -> bytes:
    """An orange CMYK JPEG coded as YCCK, as Photoshop writes them.

    Adobe stores inks inverted, so that what YCC codes are the inks: no cyan, half magenta,
    all yellow.
    """
    luma, blue, red = Image.new("RGB", (16, 16), (0, 127, 255)).convert("YCbCr").split()
    inverted = (channel.point(lambda level: 255 - level) for channel in (luma, blue, red))
    data = saved(Image.merge("CMYK", (*inverted, Image.new("L", (16, 16), 0))), "JPEG", quality=95)
    at = data.index(b"Adobe")
    return data[: at + 11] + b"\x02" + data[at + 12 :]


def exif(orientation: int = 1, *, order: str = ">") -> bytes:
    """An EXIF block with an orientation, a camera's name and a place."""
    camera = SECRET + b"\0"
    mark = b"MM\0*" if order == ">" else b"II*\0"
    head = mark + struct.pack(f"{order}IH", 8, 3)
    camera_at = 8 + 2 + 3 * 12 + 4
    place_at = camera_at + len(camera)
    entries = (
        struct.pack(f"{order}HHII", 0x010F, 2, len(camera), camera_at),
        struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0),
        struct.pack(f"{order}HHII", 0x8825, 4, 1, place_at),
    )
    place = (
        struct.pack(f"{order}HHHII", 1, 0x001D, 2, 11, place_at + 18) + bytes(4) + b"2026:01:02\0"
    )
    return head + b"".join(entries) + bytes(4) + camera + place


def jpeg_exif(block: bytes) -> bytes:
    return segment(0xE1, b"Exif\0\0" + block)


# WebP


def riff(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def riff_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def webp_claiming(width: int, height: int) -> bytes:
    """The WebP photo behind an extended header with another size."""
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return riff(riff_chunk(b"VP8X", bytes(4) + sizes), webp()[12:])


def moving(file_format: str) -> bytes:
    """Three frames, the first of them red."""
    red, *others = (Image.new("RGB", (32, 24), colour) for colour in ("red", "lime", "blue"))
    return saved(red, file_format, save_all=True, append_images=others, duration=50)
