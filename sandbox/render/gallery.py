"""Pictures: galleries in Discord's grid, thumbnails, and what hides behind a spoiler."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from PIL import Image, ImageFilter, ImageOps

from sandbox.render import theme
from sandbox.render.canvas import Canvas
from sandbox.render.fonts import Face, width

Read: TypeAlias = Callable[[str], bytes]
"""Turns the link of a picture into its bytes."""

_GAP = 4.0
_THUMBNAIL = 85.0
_TALLEST = 1.25
"""Height of a single picture in parts of its width, above which it is cut."""
_SPOILER = Face(size=15, bold=True)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture and the shape that it fills; x and y within its gallery."""

    image: Image.Image
    width: float
    height: float
    x: float = 0
    y: float = 0
    spoiler: bool = False
    radius: float = theme.RADIUS

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        x, y = x + self.x, y + self.y
        shown = _hidden(self.image) if self.spoiler else self.image
        canvas.picture(x, y, self.width, self.height, shown, radius=self.radius)
        if self.spoiler:
            _draw_label(canvas, x + self.width / 2, y + self.height / 2)


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """Pictures in rows."""

    pictures: Sequence[Picture]

    @property
    def height(self) -> float:
        return max(picture.y + picture.height for picture in self.pictures)

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        for picture in self.pictures:
            picture.draw(canvas, x, y)


def gallery(items: Sequence[Mapping[str, Any]], across: float, read: Read) -> Gallery:
    """Lay out a media gallery.

    Args:
        items: Its items, each with `media.url` and perhaps `spoiler`.
        across: Its width in pixels.
        read: Turns a link into the bytes of a picture.
    """
    images = [_open(item["media"], read) for item in items]
    places = _places(images, across)
    return Gallery(
        pictures=[
            Picture(image=image, x=x, y=y, width=wide, height=high, spoiler=is_spoiler(item))
            for item, image, (x, y, wide, high) in zip(items, images, places, strict=True)
        ]
    )


def thumbnail(component: Mapping[str, Any], read: Read) -> Picture:
    """Lay out the small picture beside a section."""
    image = _open(component["media"], read)
    spoiler = is_spoiler(component)
    return Picture(image=image, width=_THUMBNAIL, height=_THUMBNAIL, spoiler=spoiler)


def is_spoiler(component: Mapping[str, Any]) -> bool:
    """It is hidden until it is clicked."""
    return bool(component.get("spoiler"))


def _open(media: Mapping[str, Any], read: Read) -> Image.Image:
    with Image.open(io.BytesIO(read(media["url"]))) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def _places(images: Sequence[Image.Image], across: float) -> list[tuple[float, ...]]:
    """Where each picture stands: x, y, width and height."""
    if len(images) == 1:
        share = images[0].height / images[0].width
        return [(0, 0, across, across * min(share, _TALLEST))]
    half = (across - _GAP) / 2
    if len(images) == 3:
        large = (across - _GAP) * 2 / 3
        small = (large - _GAP) / 2
        beside, below = large + _GAP, small + _GAP
        side = across - beside
        return [(0, 0, large, large), (beside, 0, side, small), (beside, below, side, small)]
    if len(images) in (2, 4):
        corners = [(0.0, 0.0), (half + _GAP, 0.0), (0.0, half + _GAP), (half + _GAP, half + _GAP)]
        return [(x, y, half, half) for x, y in corners[: len(images)]]
    return _rows(len(images), across)


def _rows(count: int, across: float) -> list[tuple[float, ...]]:
    """Rows of three below a first row of what remains."""
    places: list[tuple[float, ...]] = []
    y = 0.0
    rows = [count % 3] * bool(count % 3) + [3] * (count // 3)
    for number in rows:
        wide = (across - _GAP * (number - 1)) / number
        high = wide if number > 1 else across / 2
        places += [(index * (wide + _GAP), y, wide, high) for index in range(number)]
        y += high + _GAP
    return places


def _hidden(image: Image.Image) -> Image.Image:
    small = ImageOps.fit(image, (image.width * 64 // max(image.size) + 1, 64))
    blurred = small.filter(ImageFilter.GaussianBlur(8)).resize(image.size)
    return Image.blend(blurred, Image.new("RGB", image.size, theme.FIELD), 0.45)


def _draw_label(canvas: Canvas, x: float, y: float) -> None:
    across = width("SPOILER", _SPOILER)
    canvas.box(x - across / 2 - 12, y - 16, across + 24, 32, fill=theme.FIELD, radius=16)
    canvas.text(x - across / 2, y + 5, "SPOILER", _SPOILER, theme.WHITE)
