"""Components V2 laid out: from the JSON of a component to a box of a given width."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from sandbox.discord.rules.tree import ComponentType
from sandbox.render import theme
from sandbox.render.box import Box, Stack
from sandbox.render.canvas import Canvas
from sandbox.render.controls import button, row, shortened
from sandbox.render.fonts import Face
from sandbox.render.gallery import Read, gallery, thumbnail
from sandbox.render.text import text_box
from sandbox.render.theme import Colour

Component: TypeAlias = Mapping[str, Any]
_NAME = Face(size=16)
_SMALL = Face(size=12)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the parts of one message share."""

    read: Read
    now: float
    """Seconds since the epoch that relative timestamps count from."""
    ground: Colour
    """The colour that the parts stand on."""


def stack(components: Sequence[Component], across: float, context: Context) -> Stack:
    """Lay out components one below the other."""
    boxes = [box(component, across, context) for component in components]
    return Stack(boxes=boxes, gap=theme.GAP)


def box(component: Component, across: float, context: Context) -> Box:
    """Lay out one component.

    Raises:
        ValueError: Discord has no component of its type.
        KeyError: Such a component cannot stand in a message, or lacks what it must have.
    """
    return _BUILDERS[ComponentType(component["type"])](component, across, context)


@dataclass(frozen=True, kw_only=True)
class _Container:
    inner: Stack
    width: float
    accent: int | None

    @property
    def height(self) -> float:
        return self.inner.height + 2 * theme.PADDING

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        wide, high, radius = self.width, self.height, theme.RADIUS
        canvas.box(x, y, wide, high, fill=theme.CARD, radius=radius, edge=theme.CARD_EDGE)
        if self.accent is not None:
            colour = _colour(self.accent)
            canvas.box(x, y, wide, high, fill=colour, radius=radius, only=theme.STRIP)
        self.inner.draw(canvas, x + theme.STRIP + theme.PADDING, y + theme.PADDING)


def _colour(value: int) -> Colour:
    return value >> 16, value >> 8 & 0xFF, value & 0xFF


def _container(component: Component, across: float, context: Context) -> Box:
    inner = stack(
        component["components"],
        across - 2 * theme.PADDING - theme.STRIP,
        replace(context, ground=theme.CARD),
    )
    accent = component.get("accent_color")
    return _Container(inner=inner, width=across, accent=accent)


@dataclass(frozen=True, kw_only=True)
class _Section:
    texts: Stack
    accessory: Box
    right: float
    """Where the accessory stands."""

    @property
    def height(self) -> float:
        return max(self.texts.height, self.accessory.height)

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        self.texts.draw(canvas, x, y)
        self.accessory.draw(canvas, x + self.right, y)


def _section(component: Component, across: float, context: Context) -> Box:
    described = component["accessory"]
    is_button = described["type"] == ComponentType.BUTTON
    accessory = (
        button(described, context.ground) if is_button else thumbnail(described, context.read)
    )
    right = across - accessory.width
    texts = stack(component["components"], right - theme.PADDING, context)
    return _Section(texts=texts, accessory=accessory, right=right)


@dataclass(frozen=True, kw_only=True)
class _Separator:
    width: float
    divider: bool
    height: float

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        if self.divider:
            canvas.box(x, y + self.height / 2, self.width, 1, fill=theme.DIVIDER)


def _separator(component: Component, across: float, _context: Context) -> Box:
    large = component.get("spacing") == 2
    divider = component.get("divider", True)
    # The gaps around it add to this.
    return _Separator(width=across, divider=divider, height=17 if large else 1)


@dataclass(frozen=True, kw_only=True)
class _File:
    name: str
    size: int | None
    width: float

    @property
    def height(self) -> float:
        return 64.0

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        fill, edge = theme.CARD, theme.CARD_EDGE
        canvas.box(x, y, self.width, self.height, fill=fill, radius=theme.RADIUS, edge=edge)
        canvas.box(x + 16, y + 14, 27, 36, fill=theme.MENTION_TEXT, radius=3)
        for number in range(3):
            canvas.box(x + 22, y + 26 + 6 * number, 15, 2, fill=theme.BLURPLE)
        name = shortened(self.name, _NAME, self.width - 72)
        canvas.text(x + 56, y + (30 if self.size else 38), name, _NAME, theme.LINK)
        if self.size:
            words = f"{self.size / 1024:.2f} KB"
            canvas.text(x + 56, y + 48, words, _SMALL, theme.MUTED)


def _file(component: Component, across: float, _context: Context) -> Box:
    link = urlsplit(component["file"]["url"])
    # In attachment://name the name stands where other links have their host.
    name = component.get("name") or link.path.rpartition("/")[2] or link.netloc
    return _File(name=name, size=component.get("size"), width=min(across, 432.0))


_BUILDERS: dict[ComponentType, Callable[[Component, float, Context], Box]] = {
    ComponentType.CONTAINER: _container,
    ComponentType.SECTION: _section,
    ComponentType.SEPARATOR: _separator,
    ComponentType.FILE: _file,
    ComponentType.TEXT: lambda one, across, context: text_box(
        one["content"], across, now=context.now
    ),
    ComponentType.GALLERY: lambda one, across, context: gallery(one["items"], across, context.read),
    ComponentType.ROW: lambda one, across, context: row(one["components"], across, context.ground),
}
