"""The table of hostile files: how each is built, and what must become of it."""

from __future__ import annotations

import base64
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZipFile

from PIL import Image

from bot.images import Fault, MediaType
from tests.images import files, profiles

PNG, JPEG, WEBP = MediaType.PNG, MediaType.JPEG, MediaType.WEBP


@dataclass(frozen=True)
class Good:
    """A picture comes out."""

    media_type: MediaType
    size: tuple[int, int] = (64, 48)
    reencoded: bool = False
    animated: bool = False


@dataclass(frozen=True)
class Case:
    """One hostile file."""

    name: str
    build: Callable[[], bytes]
    expected: Fault | Good


ARITHMETIC = base64.b64decode(  # cjpeg -arithmetic: left half red, right half blue
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERX"
    "RTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj"
    "Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/yQARCAAQABADAREAAhEBAxEB/8wACgAQEAUBEBEF/9oADAMBAAIR"
    "AxEAPwD/AEB08oSzsd3rL+tYSftQSvtw/9k="
)
HTML = b"<!doctype html><html><body><script>alert(1)</script></body></html>"


def _archive() -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("payload.txt", "x" * 1000)
    return file.getvalue()


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 0xFF,)) + data[at + 1 :]


def _zip_bomb_text() -> bytes:
    return files.chunk(b"zTXt", b"Comment\0\0" + files.zeros(60_000_000))


def _zip_bomb_profile() -> bytes:
    return files.chunk(b"iCCP", b"x\0\0" + files.zeros(60_000_000))


def _idat(raw: bytes) -> bytes:
    return files.chunk(b"IDAT", zlib.compress(raw))


def _others() -> Iterator[Case]:
    photo = files.photo()
    yield Case("zero bytes", lambda: b"", Fault.EMPTY)
    yield Case("one byte", lambda: b"\xff", Fault.NOT_A_PICTURE)
    yield Case("text", lambda: b"just words\n" * 100, Fault.NOT_A_PICTURE)
    yield Case("random bytes", lambda: random.Random(7).randbytes(5000), Fault.NOT_A_PICTURE)
    yield Case("html", lambda: HTML, Fault.NOT_A_PICTURE)
    yield Case("pdf", lambda: b"%PDF-1.7\n1 0 obj", Fault.NOT_A_PICTURE)
    yield Case("eps", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", Fault.NOT_A_PICTURE)
    yield Case("zip", _archive, Fault.NOT_A_PICTURE)
    yield Case("elf", lambda: b"\x7fELF" + bytes(60), Fault.NOT_A_PICTURE)
    yield Case("mp4", lambda: b"\0\0\0\x18ftypisom" + bytes(60), Fault.NOT_A_PICTURE)
    yield Case("wave", lambda: b"RIFF\x24\0\0\0WAVEfmt " + bytes(30), Fault.NOT_A_PICTURE)
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'
    yield Case("svg", lambda: svg, Fault.OTHER_FORMAT)
    yield Case("bmp", lambda: files.saved(photo, "BMP"), Fault.OTHER_FORMAT)
    yield Case("tiff", lambda: files.saved(photo, "TIFF"), Fault.OTHER_FORMAT)
    yield Case("tiff, big endian", lambda: b"MM\0*" + bytes(60), Fault.OTHER_FORMAT)
    yield Case("ico", lambda: files.saved(photo, "ICO"), Fault.OTHER_FORMAT)
    yield Case("psd", lambda: b"8BPS\0\1" + bytes(60), Fault.OTHER_FORMAT)
    yield Case("jpeg xl", lambda: b"\xff\x0a" + bytes(60), Fault.OTHER_FORMAT)
    yield Case("jpeg 2000", lambda: b"\0\0\0\x0cjP  \r\n\x87\n", Fault.OTHER_FORMAT)
    yield Case("gif", lambda: files.saved(photo, "GIF"), Fault.GIF)
    yield Case("gif, animated", lambda: files.moving("GIF"), Fault.GIF)
    yield Case("gif, only a head", lambda: b"GIF89a", Fault.GIF)
    yield Case("avif", lambda: b"\0\0\0\x20ftypavif" + bytes(60), Fault.HEIC)
    yield Case("heic", lambda: b"\0\0\0\x18ftypheic" + bytes(60), Fault.HEIC)
    yield Case("over 25 MB", lambda: files.png() + bytes(25_000_000), Fault.TOO_LARGE)


def _png() -> Iterator[Case]:
    png = files.png()
    whole = Good(PNG)
    for at in (8, 20, 40, len(png) // 2, len(png) - 13, len(png) - 12, len(png) - 1):
        yield Case(f"png cut at {at - len(png)}", lambda at=at: png[:at], Fault.DAMAGED)
    yield Case("png, checksum of pixels", lambda: _flipped(png, len(png) - 14), Fault.DAMAGED)
    yield Case("png, checksum of header", lambda: _flipped(png, 30), Fault.DAMAGED)
    text = _flipped(files.chunk(b"tEXt", b"Comment\0hello"), 20)
    yield Case("png, checksum of text", lambda: files.png_with(text), whole)
    for size in ((30_000, 30_000), (65_535, 1), (1, 16_001), (2**31 - 1, 2**31 - 1), (6400, 6251)):
        claim = f"png claims {size[0]}x{size[1]}"
        yield Case(claim, lambda size=size: files.png_claiming(*size), Fault.TOO_MANY_PIXELS)
    yield Case("png claims 0x0", lambda: files.png_claiming(0, 0), Fault.DAMAGED)
    yield Case("png claims 64x0", lambda: files.png_claiming(64, 0), Fault.DAMAGED)
    # Pillow takes missing rows for black ones, as long as what is there ends properly.
    tall = Good(JPEG, (27, 2048), reencoded=True)
    yield Case("png claims more rows", lambda: files.png_claiming(64, 4800), tall)
    bomb = Fault.TOO_MANY_PIXELS
    yield Case("png bomb, 100 MP in 12 KB", lambda: files.bilevel(10_000, 10_000), bomb)
    most = Good(JPEG, (2048, 1280), reencoded=True)
    yield Case("png, 40 MP in 5 KB", lambda: files.bilevel(8000, 5000), most)
    yield Case("png, zTXt bomb", lambda: files.png_with(_zip_bomb_text()), whole)
    yield Case("png, iCCP bomb", lambda: files.png_with(_zip_bomb_profile()), whole)
    noise = files.chunk(b"iCCP", b"x\0\0" + zlib.compress(random.Random(8).randbytes(3000)))
    yield Case("png, iCCP of noise", lambda: files.png_with(noise), whole)
    yield Case("png, iCCP not packed", lambda: files.png_with(files.chunk(b"iCCP", b"x")), whole)
    yield Case("png, broken eXIf", lambda: files.png_with(files.chunk(b"eXIf", b"MM\0*")), whole)
    empties = files.chunk(b"tEXt", b"") * 200_000
    yield Case("png, 200,000 empty chunks", lambda: files.png_with(empties), whole)
    endless = b"\xff\xff\xff\xfftEXt"
    yield Case("png, endless chunk", lambda: files.png_with(endless), Fault.DAMAGED)
    yield Case("png, two headers", lambda: files.png_with(files.header(9, 9)), Fault.DAMAGED)
    apple = files.chunk(b"CgBI", bytes(4))
    yield Case("png, pixels first", lambda: files.png_of(_idat(b"\0")), Fault.DAMAGED)
    yield Case("png, no pixels", lambda: files.png_of(files.header(4, 4)), Fault.DAMAGED)
    short = files.chunk(b"IHDR", b"\0\0\0\4")
    yield Case("png, short header", lambda: files.png_of(short), Fault.DAMAGED)
    raw = files.chunk(b"IDAT", b"not zlib at all")
    yield Case(
        "png, pixels not packed", lambda: files.png_of(files.header(4, 4), raw), Fault.DAMAGED
    )
    odd = files.header(4, 4, depth=3)
    yield Case("png, depth of 3", lambda: files.png_of(odd, _idat(bytes(99))), Fault.DAMAGED)
    yield Case(
        "png, pixels inflate to 60 MB too many",
        lambda: files.png_of(files.header(4, 4), files.chunk(b"IDAT", files.zeros(60_000_000))),
        Good(PNG, (4, 4)),
    )
    yield Case("png of an iPhone application", lambda: files.png_with(apple), whole)
    yield Case("png and zip", lambda: png + _archive(), whole)
    yield Case("png and html", lambda: png + HTML, whole)
    yield Case("apng", lambda: files.moving("PNG"), Good(PNG, (32, 24), True, True))


def _jpeg() -> Iterator[Case]:
    jpeg = files.jpeg()
    whole = Good(JPEG)
    for at in (3, 4, 20, 200, len(jpeg) // 2, len(jpeg) - 2, len(jpeg) - 1):
        yield Case(f"jpeg cut at {at - len(jpeg)}", lambda at=at: jpeg[:at], Fault.DAMAGED)
    yield Case("jpeg, nothing but marks", lambda: b"\xff\xd8\xff\xd9", Fault.DAMAGED)
    yield Case("jpeg, starts without end", lambda: b"\xff\xd8" * 100_000, Fault.DAMAGED)
    yield Case("jpeg, 5 MB of FF", lambda: b"\xff\xd8" + b"\xff" * 5_000_000, Fault.DAMAGED)
    zero = b"\xff\xe5\0\0"
    yield Case("jpeg, segment of no length", lambda: files.jpeg_with(zero), Fault.DAMAGED)
    past = b"\xff\xe5\xff\xff"
    yield Case("jpeg, segment past the end", lambda: files.jpeg_with(past), Fault.DAMAGED)
    yield Case("jpeg, two frames", lambda: files.jpeg_with(files.jpeg_frame()), Fault.DAMAGED)
    no_scan = jpeg[: jpeg.index(b"\xff\xda")] + b"\xff\xd9"
    yield Case("jpeg, no scan", lambda: no_scan, Fault.DAMAGED)
    tables = jpeg[:2] + jpeg[jpeg.index(b"\xff\xc0") :]
    yield Case("jpeg, no tables", lambda: tables, Fault.DAMAGED)
    yield Case(
        "jpeg claims 65535x65535",
        lambda: files.jpeg_claiming(65_535, 65_535),
        Fault.TOO_MANY_PIXELS,
    )
    yield Case("jpeg claims 65535x1", lambda: files.jpeg_claiming(65_535, 1), Fault.TOO_MANY_PIXELS)
    yield Case("jpeg claims 64x0", lambda: files.jpeg_claiming(64, 0), Fault.DAMAGED)

    def precise(data: bytearray, at: int) -> None:
        data[at + 4] = 12

    yield Case("jpeg of 12 bits", lambda: files.jpeg_frame_changed(precise), Fault.DAMAGED)

    def lossless(data: bytearray, at: int) -> None:
        data[at + 1] = 0xC3

    yield Case("jpeg, falsely lossless", lambda: files.jpeg_frame_changed(lossless), Fault.DAMAGED)
    yield Case("jpeg of 1,000 scans", lambda: files.many_scans(1000), Fault.TOO_SLOW)
    garbage = b"\0\1\2\3" * 50
    yield Case("jpeg, garbage between", lambda: jpeg[:20] + garbage + jpeg[20:], whole)
    # With an end mark put on it, half a JPEG is a JPEG whose lower half is grey.
    mended = jpeg[: len(jpeg) // 2] + b"\xff\xd9"
    yield Case("jpeg cut, its end mended", lambda: mended, whole)
    yield Case("jpeg, fill bytes", lambda: files.jpeg_with(b"\xff" * 999), whole)
    yield Case("jpeg and html", lambda: jpeg + HTML, whole)
    yield Case("jpeg and zip", lambda: jpeg + _archive(), whole)
    yield Case("jpeg twice", lambda: jpeg * 2, whole)
    yield Case(
        "jpeg, progressive", lambda: files.saved(files.photo(), "JPEG", progressive=True), whole
    )


def _jpeg_metadata() -> Iterator[Case]:
    jpeg, whole = files.jpeg(), Good(JPEG)
    for name, block in {
        "empty": b"",
        "cut": files.exif(6)[:12],
        "of noise": random.Random(9).randbytes(300),
        "past its end": b"MM\0*\xff\xff\xff\xf0",
        "of endless entries": b"II*\0\x08\0\0\0\xff\xff" + bytes(40),
        "turned by 9": files.exif(9),
    }.items():
        yield Case(f"jpeg, exif {name}", lambda b=block: files.jpeg_with(files.jpeg_exif(b)), whole)
    icc = files.segment(0xE2, b"ICC_PROFILE\0\1\2" + profiles.wide())
    yield Case("jpeg, half a profile", lambda: files.jpeg_with(icc), whole)
    noise = files.segment(0xE2, b"ICC_PROFILE\0\1\1" + random.Random(10).randbytes(900))
    yield Case("jpeg, profile of noise", lambda: files.jpeg_with(noise), whole)
    large_part = b"ICC_PROFILE\0%c\x50" + bytes(65_000)
    bomb = b"".join(files.segment(0xE2, large_part % number) for number in range(1, 0x51))
    yield Case("jpeg, profile of 5 MB", lambda: files.jpeg_with(bomb), whole)
    phone = files.segment(0xE2, b"MPF\0MM\0*\0\0\0\x08" + struct.pack(">HHHII", 1, 0xB001, 4, 1, 2))
    yield Case("jpeg with a second picture", lambda: files.jpeg_with(phone) + jpeg, whole)
    comments = files.segment(0xFE, b"c" * 65_000) * 80
    yield Case("jpeg, 5 MB of comments", lambda: files.jpeg_with(comments), whole)


def _jpeg_kinds() -> Iterator[Case]:
    again = Good(JPEG, (16, 16), reencoded=True)
    yield Case("jpeg, arithmetic", lambda: ARITHMETIC, again)
    yield Case("jpeg, arithmetic, cut", lambda: ARITHMETIC[:-6], Fault.DAMAGED)
    yield Case("jpeg, ycck", files.ycck, again)
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    yield Case("jpeg, cmyk", lambda: files.saved(cmyk, "JPEG"), again)
    yield Case("jpeg of 12 MP", files.large_jpeg, Good(JPEG, (2048, 1536), reencoded=True))


def _webp() -> Iterator[Case]:
    webp = files.webp()
    whole = Good(WEBP)
    for at in (12, 16, 20, 30, len(webp) // 2, len(webp) - 2):
        yield Case(f"webp cut at {at - len(webp)}", lambda at=at: webp[:at], Fault.DAMAGED)
    half = webp[: len(webp) // 2]
    lying = b"RIFF" + struct.pack("<I", len(half) - 8) + half[8:16]
    lying += struct.pack("<I", len(half) - 20) + half[20:]
    yield Case("webp cut, its lengths mended", lambda: lying, Fault.DAMAGED)
    yield Case("webp of no length", lambda: webp[:4] + bytes(4) + webp[8:], Fault.DAMAGED)
    endless = webp[:16] + b"\xff\xff\xff\xff" + webp[20:]
    yield Case("webp, endless chunk", lambda: endless, Fault.DAMAGED)
    yield Case("webp without a picture", files.riff, Fault.DAMAGED)
    unknown = files.riff(files.riff_chunk(b"JUNK", b"x" * 99))
    yield Case("webp of junk", lambda: unknown, Fault.DAMAGED)
    yield Case(
        "webp claims 16384x16384",
        lambda: files.webp_claiming(16_384, 16_384),
        Fault.TOO_MANY_PIXELS,
    )
    yield Case(
        "webp claims 2^24 squared",
        lambda: files.webp_claiming(1 << 24, 1 << 24),
        Fault.TOO_MANY_PIXELS,
    )
    yield Case("webp claims 6000x6000", lambda: files.webp_claiming(6000, 6000), Fault.DAMAGED)
    short = files.riff(files.riff_chunk(b"VP8X", b"\0\0"), webp[12:])
    yield Case("webp, short header", lambda: short, Fault.DAMAGED)
    still = files.riff(files.riff_chunk(b"VP8X", b"\2" + bytes(9)), webp[12:])
    yield Case("webp, animated without frames", lambda: still, Fault.DAMAGED)
    noise = files.riff(webp[12:20] + random.Random(11).randbytes(len(webp) - 20))
    yield Case("webp, pixels of noise", lambda: noise, Fault.DAMAGED)
    yield Case("webp and zip", lambda: webp + _archive(), whole)
    yield Case("webp, lossless", lambda: files.saved(files.photo(), "WEBP", lossless=True), whole)
    yield Case(
        "webp, broken exif", lambda: files.saved(files.photo(), "WEBP", exif=b"II*\0"), whole
    )
    yield Case("webp, animated", lambda: files.moving("WEBP"), Good(JPEG, (32, 24), True, True))


CASES = (*_others(), *_png(), *_jpeg(), *_jpeg_metadata(), *_jpeg_kinds(), *_webp())
