"""From the bytes of a file to the bytes of the picture that is kept."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image

from bot.images import colour, jpeg, pixels, png, webp
from bot.images.anatomy import MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE, Anatomy
from bot.images.exif import UPRIGHT
from bot.images.faults import Fault, Unreadable, damaged
from bot.images.fit import Encoded, fit
from bot.images.sniff import MediaType, refusal, sniff

_READERS: Final = {
    MediaType.PNG: (png.take_apart, "PNG"),
    MediaType.JPEG: (jpeg.take_apart, "JPEG"),
    MediaType.WEBP: (webp.take_apart, "WEBP"),
}


def take_apart(data: bytes) -> Anatomy:
    """Find out what a file is, by its content, and refuse by its header what is too big.

    Raises:
        Unreadable: It is no picture that is read.
    """
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable(Fault.TOO_LARGE, "more bytes than are read")
    media_type = sniff(data)
    if media_type is None:
        raise Unreadable(refusal(data))
    anatomy = _READERS[media_type][0](data)
    width, height = anatomy.width, anatomy.height
    if not width or not height:
        raise damaged(f"size of {width}x{height}")
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise Unreadable(Fault.TOO_MANY_PIXELS, f"{width}x{height}")
    return anatomy


@dataclass(frozen=True, kw_only=True)
class Developed:
    """A decoded picture: upright, sRGB, of mode L, RGB or RGBA."""

    image: Image.Image
    untouched: bool
    """These are the pixels of the file, which every reader takes as it is."""
    exact: bool
    """Every pixel of a lossless file is still there."""


def develop(anatomy: Anatomy, size: tuple[int, int]) -> Developed:
    """Decode a picture whole.

    Args:
        anatomy: The file.
        size: Pixels wanted, as they are stored: the file's own or less.

    Raises:
        Unreadable: It does not decode (DAMAGED).
    """
    big = size != anatomy.size
    image = pixels.working(_decode(anatomy, size if big else None))
    to_srgb = colour.conversion(anatomy.profile, image.mode)
    image = pixels.finished(pixels.resized(image, size), to_srgb, anatomy.orientation)
    kept = anatomy.plain and anatomy.orientation == UPRIGHT and not big and to_srgb is None
    return Developed(image=image, untouched=kept, exact=anatomy.lossless and not big)


def unchanged(anatomy: Anatomy, size: tuple[int, int], *, max_bytes: int) -> Encoded | None:
    """Give a file that can stay as it is, without decoding it; None where it cannot.

    That it is whole is known from its header, its checksums and its end mark.

    Args:
        anatomy: The file.
        size: Pixels wanted, as they are stored.
        max_bytes: Of the file.
    """
    stays = anatomy.plain and anatomy.orientation == UPRIGHT and anatomy.profile is None
    fits_in = size == anatomy.size and len(anatomy.data) <= max_bytes
    return _as_it_is(anatomy) if stays and fits_in else None


def encode(anatomy: Anatomy, developed: Developed, *, max_bytes: int) -> tuple[Encoded, bool]:
    """Encode a picture anew only where something has to change.

    Returns:
        The picture, and whether it was encoded anew.

    Raises:
        Unreadable: It cannot be made small enough (TOO_LARGE).
    """
    if developed.untouched and len(anatomy.data) <= max_bytes:
        return _as_it_is(anatomy), False
    return fit(developed.image, max_bytes=max_bytes, exact=developed.exact), True


def _as_it_is(anatomy: Anatomy) -> Encoded:
    return Encoded(
        data=anatomy.data,
        media_type=anatomy.media_type,
        width=anatomy.width,
        height=anatomy.height,
    )


def _decode(anatomy: Anatomy, target: tuple[int, int] | None) -> Image.Image:
    try:
        image = Image.open(BytesIO(anatomy.data), formats=(_READERS[anatomy.media_type][1],))
        if image.size != anatomy.size:
            raise damaged(f"decoder says {image.width}x{image.height}")
        if target is not None:
            # A JPEG can be decoded at a half, a quarter or an eighth, much faster.
            image.draft(None, target)
        image.load()
    except (MemoryError, Unreadable):
        raise
    except Exception as error:  # decoders raise nearly anything on a damaged file
        raise damaged(f"{type(error).__name__}: {error}") from error
    return image
