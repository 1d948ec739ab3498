"""Decoded pixels: modes, size, colours and which way is up."""

from __future__ import annotations

from typing import Final

from PIL import Image

from bot.images.colour import Conversion

_WORKING_MODES: Final = {"1": "L", "P": "RGB"}
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture of each EXIF orientation upright."""
_BLACK_OR_WHITE: Final = [0] * 128 + [255] * 128


def within(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    """Return width and height shrunk, where needed, until both are at most `max_side`."""
    factor = min(1.0, max_side / max(size))
    width, height = (max(1, round(side * factor)) for side in size)
    return width, height


def working(image: Image.Image) -> Image.Image:
    """Return the picture as L, LA, RGB, RGBA or CMYK, 8 bits a channel."""
    if image.mode.startswith("I"):
        # Pillow's own conversion of 16-bit grey cuts off at 255 instead of scaling.
        scaled = image.convert("I").point(lambda level: level * (1 / 257))
        image = scaled.convert("L")
    elif "transparency" in image.info:
        image = image.convert("RGBA")
    mode = _WORKING_MODES.get(image.mode)
    return image.convert(mode) if mode else image


def resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture at a smaller size, or itself."""
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def rounded(grey: Image.Image) -> Image.Image:
    """Return a grey picture in black and white."""
    return grey.point(_BLACK_OR_WHITE)


def finished(image: Image.Image, to_srgb: Conversion | None, orientation: int) -> Image.Image:
    """Convert colours, turn upright, and return L, RGB or RGBA."""
    if to_srgb is not None:
        image = to_srgb.apply(image)
    if orientation in _TURNS:
        image = image.transpose(_TURNS[orientation])
    if image.mode == "LA":
        image = image.convert("RGBA")
    if image.mode == "CMYK" or (image.mode == "RGBA" and _opaque(image)):
        image = image.convert("RGB")
    return image


def _opaque(image: Image.Image) -> bool:
    lowest, _ = image.getchannel("A").getextrema()
    return lowest == 255
