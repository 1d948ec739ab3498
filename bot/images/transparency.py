"""Making a picture opaque without showing what was erased from it."""

from __future__ import annotations

from typing import Final

from PIL import Image

from bot.images import pixels

_WHITE: Final = (255, 255, 255, 255)
_BLACK: Final = (0, 0, 0, 255)
_FOURFOLD: Final = [min(255, 4 * level) for level in range(256)]


def on_white(image: Image.Image) -> Image.Image:
    """Return the picture as it looks on paper; an opaque one is returned itself."""
    return _over(_WHITE, image)


def on_black(image: Image.Image) -> Image.Image:
    """Return the picture as it looks on black; an opaque one is returned itself."""
    return _over(_BLACK, image)


def filled(image: Image.Image) -> Image.Image:
    """Return an RGBA picture as RGB: where it is mostly transparent, the colours around flow in.

    The rest is shown as if it were opaque, so that a soft rim takes no strange colour. What
    the file still holds of the erased part is not used: whoever erased it wants it gone.
    """
    levels = [image.copy()]
    levels[0].putalpha(pixels.rounded(image.getchannel("A")))
    while max(levels[-1].size) > 1:
        levels.append(_halved(levels[-1]))
    whole = levels[-1].convert("RGB").convert("RGBA")
    for level in reversed(levels):
        below = whole.resize(level.size, Image.Resampling.BILINEAR)
        whole = Image.alpha_composite(below, level)
    return whole.convert("RGB")


def _over(colour: tuple[int, int, int, int], image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, colour), image).convert("RGB")


def _halved(image: Image.Image) -> Image.Image:
    width, height = ((side + 1) // 2 for side in image.size)
    half = image.resize((width, height), Image.Resampling.BOX)
    # Four times: one opaque pixel of four suffices, or small parts would fade away.
    alpha = half.getchannel("A")
    half.putalpha(alpha.point(_FOURFOLD))
    return half
