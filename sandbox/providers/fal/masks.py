"""Whether fal's models can use the shapes of the pictures that they were given.

Bounds INFERRED from Ideogram's narrowest and widest results. That the mask has the pixels of
its picture is documented, and black changes (Ideogram's OpenAPI); how a mask is refused is not,
so the nearest of the documented types stand for it.
"""

from __future__ import annotations

import asyncio

from sandbox.providers.fal.errors import WorkError
from sandbox.providers.pictures import white_areas
from sandbox.providers.sizes import Size
from sandbox.providers.sources import Picture

_MAX_RATIO = 3.0


def check_ratio(source: Picture) -> None:
    """Refuse a source that is too wide or too tall.

    Raises:
        WorkError: It is.
    """
    if not 1 / _MAX_RATIO <= source.size.ratio <= _MAX_RATIO:
        bounds = {"min_aspect_ratio": round(1 / _MAX_RATIO, 3), "max_aspect_ratio": _MAX_RATIO}
        raise WorkError.of_model("image_aspect_ratio_error", ["image_url"], bounds)


async def check_mask(mask: Picture, source: Picture) -> None:
    """Refuse a mask of other pixels than its picture, or without anything to change or keep.

    Raises:
        WorkError: It is one of these.
    """
    if mask.size != source.size:
        raise _wrong_size(mask.size, source.size)
    darkest, lightest = (await asyncio.to_thread(white_areas, mask.data)).getextrema()
    if darkest == lightest:
        raise WorkError.of_model("image_load_error", ["mask_url"])


def _wrong_size(mask: Size, source: Size) -> WorkError:
    smaller = mask.width < source.width or mask.height < source.height
    kind, end = ("image_too_small", "min") if smaller else ("image_too_large", "max")
    bounds = {f"{end}_height": source.height, f"{end}_width": source.width}
    return WorkError.of_model(kind, ["mask_url"], bounds)
