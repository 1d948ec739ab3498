"""The stand-ins' models: from a source, a prompt and a strength to a new picture."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps, ImageStat

from sandbox.providers.painting import invent, repaint
from sandbox.providers.png import png
from sandbox.providers.sizes import Size

# How far the boldest result lies from its source: mean absolute difference per channel, of
# 255. Held the same for all prompts, styles and seeds, so that strengths can be compared.
BOLDEST = 40.0
_GENTLEST_SHARE = 0.02
# Paint that lies too near is exaggerated by at most this factor.
_BOLDEST_SHARE = 8.0
_SMALL = (128, 128)
# A mask is black or white: what is grey counts as the nearer of the two.
_GREY = 128


class Framing(StrEnum):
    """How a source is brought to the size of the result."""

    CROP = "crop"
    """Its middle fills the result."""
    EXTEND = "extend"
    """It is shown whole and left alone; what it does not fill is painted."""
    SUBJECT = "subject"
    """Its middle fills the result, and what stands in the centre is left alone."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What one picture is to be."""

    source: bytes | None
    """None makes a picture from the prompt alone."""
    prompt: str
    closeness: float
    """0 to 1; 1 stays closest to the source. Each provider's strength is turned into this."""
    seed: int
    size: Size
    style: str = ""
    mask: bytes | None = None
    """Where it is black, the picture is painted anew; elsewhere every pixel is kept."""
    framing: Framing = Framing.CROP
    format: str = "PNG"
    """PNG, JPEG or WEBP."""
    quality: int = 95


class Pictures:
    """Paints orders in a few threads, off the event loop."""

    grain = 1
    """Sides of the squares of one colour of which a result is made, in pixels: larger ones are
    painted sooner, and their files are smaller. Tests do not look at pictures closely."""

    def __init__(self, workers: int = 2) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="sandbox-pictures")

    async def make(self, order: Order) -> bytes:
        """Paint one order and return the file."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, render, order, self.grain)

    def close(self) -> None:
        """Wait for the threads to end."""
        self._pool.shutdown(cancel_futures=True)


def render(order: Order, grain: int = 1) -> bytes:
    """Paint one order and return the file: the same order gives the same bytes.

    Args:
        order: What is to be painted.
        grain: See `Pictures.grain`. What keeps pixels of its source is painted pixel by pixel.
    """
    whole = order.mask is None and order.framing is Framing.CROP
    if grain == 1 or not whole:
        return _encoded(_painted(order), order)
    small = Size(*(max(1, side // grain) for side in order.size))
    rough = _painted(replace(order, size=small))
    if order.format == "PNG" and small.height * grain == order.size.height:
        wide = (order.size.width, small.height)
        return png(rough.resize(wide, Image.Resampling.NEAREST), grain)
    return _encoded(rough.resize(order.size, Image.Resampling.NEAREST), order)


def _painted(order: Order) -> Image.Image:
    base, kept = _prepared(order)
    painted = repaint(base, prompt=order.prompt, style=order.style, seed=order.seed)
    mixed = Image.blend(base, painted, _share(base, painted, order.closeness))
    return mixed if kept is None else Image.composite(base, mixed, kept)


def _prepared(order: Order) -> tuple[Image.Image, Image.Image | None]:
    """Return what is painted over, and where it is kept (white), if that is not nowhere."""
    if order.source is None:
        return invent(order.size, prompt=order.prompt, seed=order.seed), None
    if order.framing is Framing.EXTEND:
        return _extended(order.source, order.size)
    base = cropped(order.source, order.size)
    if order.framing is Framing.SUBJECT:
        return base, _centre(order.size)
    if order.mask is None:
        return base, None
    return base, white_areas(order.mask).resize(order.size, Image.Resampling.NEAREST)


def white_areas(mask: bytes) -> Image.Image:
    """Return a mask in pure black and white."""
    grey = ImageOps.grayscale(_opened(mask))
    return grey.point([255 if level >= _GREY else 0 for level in range(256)])


def _extended(source: bytes, size: Size) -> tuple[Image.Image, Image.Image]:
    whole = ImageOps.contain(_opened(source, size), size, Image.Resampling.BILINEAR)
    place = ((size.width - whole.width) // 2, (size.height - whole.height) // 2)
    base = cropped(source, size).filter(ImageFilter.GaussianBlur(24))
    base.paste(whole, place)
    kept = Image.new("L", size)
    kept.paste(255, (*place, place[0] + whole.width, place[1] + whole.height))
    return base, kept


def _centre(size: Size) -> Image.Image:
    kept = Image.new("L", size)
    inset = (size.width // 4, size.height // 4)
    far = (size.width - inset[0], size.height - inset[1])
    ImageDraw.Draw(kept).ellipse((*inset, *far), fill=255)
    return kept


def cropped(source: bytes, size: Size) -> Image.Image:
    """Return the middle of a picture at this size, as the providers crop their sources."""
    return ImageOps.fit(_opened(source, size), size, Image.Resampling.BILINEAR)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean absolute difference of two pictures of one size, per channel, of 255."""
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)


def _share(base: Image.Image, painted: Image.Image, closeness: float) -> float:
    """Return how much of the paint shows, over 1 to exaggerate it.

    Whatever was painted, the result lies as far from the source as the strength says. The
    share is searched for on small copies, since what is exaggerated is cut off at black and
    white.
    """
    small, small_painted = [
        picture.resize(_SMALL, Image.Resampling.BOX, reducing_gap=1) for picture in (base, painted)
    ]
    wanted = BOLDEST * (_GENTLEST_SHARE + (1 - _GENTLEST_SHARE) * (1 - closeness))
    low, high = 0.0, _BOLDEST_SHARE
    for _ in range(10):
        share = (low + high) / 2
        if difference(small, Image.blend(small, small_painted, share)) < wanted:
            low = share
        else:
            high = share
    return (low + high) / 2


def _opened(data: bytes, size: Size | None = None) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    if size is not None:
        # A large JPEG is decoded at the fraction that is needed.
        picture.draft("RGB", size)
    return picture.convert("RGB")


def _encoded(picture: Image.Image, order: Order) -> bytes:
    file = io.BytesIO()
    match order.format:
        case "PNG":
            return png(picture)
        case "WEBP":
            picture.save(file, "WEBP", quality=order.quality, method=0)
        case _:
            picture.save(file, "JPEG", quality=order.quality)
    return file.getvalue()
