"""A picture and its mask, made ready together so that they stay one over the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PIL import Image

from bot.images import mask as masks
from bot.images import pixels, transparency
from bot.images.anatomy import Anatomy
from bot.images.develop import develop, encode
from bot.images.faults import Fault, Unreadable
from bot.images.fit import Encoded


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A picture to be edited, and what of it changes."""

    image: Encoded
    """Opaque: no provider says what becomes of transparency."""
    reencoded: bool
    mask: Image.Image
    """As `bot.images.mask` has it, of the same size."""


def with_painted(image: Anatomy, mask: Anatomy, *, max_bytes: int, max_side: int) -> Pair:
    """Make a picture ready, and the mask that came with it.

    Raises:
        Unreadable: One cannot be used, or their sizes differ as they are seen.
    """
    sizes = mask.turned(mask.size), image.turned(image.size)
    if sizes[0] != sizes[1]:
        raise Unreadable(
            Fault.MASK_SIZE, fact=" ".join(f"{width}x{height}" for width, height in sizes)
        )
    # Its pixels are let go before those of the mask are read.
    encoded, reencoded = _on_paper(image, max_bytes=max_bytes, max_side=max_side)
    marks = masks.painted(mask, (encoded.width, encoded.height))
    return Pair(image=encoded, reencoded=reencoded, mask=marks)


def with_erased(image: Anatomy, *, max_bytes: int, max_side: int) -> Pair:
    """Make a picture ready in which what changes was erased.

    Raises:
        Unreadable: It cannot be used, or nothing or everything was erased.
    """
    developed = develop(image, pixels.within(image.size, max_side))
    if developed.image.mode != "RGBA":
        raise Unreadable(Fault.MASK_MISSING)
    alpha = developed.image.getchannel("A")
    opaque = replace(developed, image=transparency.filled(developed.image), untouched=False)
    encoded, reencoded = encode(image, opaque, max_bytes=max_bytes)
    marks = masks.erased(alpha, (encoded.width, encoded.height))
    return Pair(image=encoded, reencoded=reencoded, mask=marks)


def _on_paper(image: Anatomy, *, max_bytes: int, max_side: int) -> tuple[Encoded, bool]:
    developed = develop(image, pixels.within(image.size, max_side))
    if developed.image.mode == "RGBA":
        white = transparency.on_white(developed.image)
        developed = replace(developed, image=white, untouched=False)
    return encode(image, developed, max_bytes=max_bytes)
