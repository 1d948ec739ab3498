"""Masks: what of a picture may change. Ours is 8-bit grey, black and white; white changes."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageChops

from bot.images import pixels, transparency
from bot.images.anatomy import Anatomy
from bot.images.develop import develop
from bot.images.faults import Fault, Unreadable, about
from bot.images.fit import Encoded, save
from bot.images.sniff import MediaType

_COLOURED: Final = 64
"""Levels of 255 between the channels of a pixel that is no grey, however it was compressed."""
_MOST_COLOURED: Final = 0.01
"""Share of the pixels."""


def painted(anatomy: Anatomy, size: tuple[int, int]) -> Image.Image:
    """Read a mask that somebody painted; grey is rounded, and transparency is black.

    Args:
        anatomy: The file.
        size: Pixels wanted, upright: the file's own or less.

    Raises:
        Unreadable: It is no picture, has colours, or marks nothing or everything.
    """
    with about("mask"):
        image = develop(anatomy, anatomy.turned(size)).image
    image = transparency.on_black(image)
    if image.mode == "RGB" and _coloured(image) > _MOST_COLOURED:
        raise Unreadable(Fault.MASK_COLOURED)
    mask = pixels.rounded(image.convert("L"))
    _check(mask, nothing=Fault.MASK_EMPTY)
    return mask


def erased(alpha: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Take what is mostly transparent in a picture for what is marked.

    Args:
        alpha: Of the picture.
        size: Pixels wanted: those of `alpha` or less.

    Raises:
        Unreadable: That is nothing (MASK_MISSING) or everything.
    """
    mask = pixels.rounded(ImageChops.invert(pixels.resized(alpha, size)))
    _check(mask, nothing=Fault.MASK_MISSING)
    return mask


def marked(mask: Image.Image) -> float:
    """Tell the share of the pixels that may change, 0 to 1."""
    return mask.histogram()[255] / (mask.width * mask.height)


def encoded(mask: Image.Image, *, white_changes: bool = True) -> Encoded:
    """Encode a mask as PNG, in the polarity that somebody else expects."""
    data = save(mask if white_changes else ImageChops.invert(mask), "PNG", {})
    return Encoded(data=data, media_type=MediaType.PNG, width=mask.width, height=mask.height)


def _coloured(image: Image.Image) -> float:
    red, green, blue = image.split()
    highest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    lowest = ImageChops.darker(ImageChops.darker(red, green), blue)
    apart = ImageChops.difference(highest, lowest).histogram()
    return sum(apart[_COLOURED:]) / (image.width * image.height)


def _check(mask: Image.Image, *, nothing: Fault) -> None:
    match mask.getextrema():
        case (0, 0):
            raise Unreadable(nothing)
        case (255, 255):
            raise Unreadable(Fault.MASK_FULL)
        case _:
            return
