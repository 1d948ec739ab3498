"""Buttons and selects in rows, as they look in the dark theme, disabled ones paler."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.discord.rules.tree import ComponentType
from sandbox.render import theme
from sandbox.render.canvas import Canvas
from sandbox.render.fonts import Face, width
from sandbox.render.theme import Colour, mix

_HEIGHT = 34.0
_PADDING = 16.0
_ICON = 18.0
_LINK_STYLE = 5
_SELECT_WIDTH = 400.0
_SELECT_HEIGHT = 42.0
_DISABLED = 0.5
_DOTS = "\u2026"
_LABEL = Face(size=14.5, bold=True)
_CHOICE = Face(size=15)
_PLACEHOLDERS = {
    ComponentType.STRING_SELECT: "Make a selection",
    ComponentType.USER_SELECT: "Select a user",
    ComponentType.ROLE_SELECT: "Select a role",
    ComponentType.MENTIONABLE_SELECT: "Select a user or role",
    ComponentType.CHANNEL_SELECT: "Select a channel",
}


@dataclass(frozen=True, kw_only=True)
class Button:
    """A button with its label."""

    label: str
    style: int
    disabled: bool
    ground: Colour

    @property
    def width(self) -> float:
        """As wide as its label needs, with the icon of a link."""
        icon = _ICON if self.style == _LINK_STYLE else 0
        return width(self.label, _LABEL) + 2 * _PADDING + icon

    @property
    def height(self) -> float:
        return _HEIGHT

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        share = _DISABLED if self.disabled else 1
        fill = mix(theme.BUTTONS[self.style], self.ground, share)
        letters = mix(theme.WHITE, fill, share)
        canvas.box(x, y, self.width, _HEIGHT, fill=fill, radius=theme.RADIUS)
        reach = canvas.text(x + _PADDING, y + _HEIGHT / 2 + 5, self.label, _LABEL, letters)
        if self.style == _LINK_STYLE:
            _draw_arrow(canvas, x + _PADDING + reach + 8, y + _HEIGHT / 2 - 5, letters)


def _draw_arrow(canvas: Canvas, x: float, y: float, colour: Colour) -> None:
    """The sign of a link that leads out: a box with an arrow."""
    box = [(x + 4, y + 1), (x, y + 1), (x, y + 10), (x + 9, y + 10), (x + 9, y + 6)]
    canvas.line(box, colour, thickness=1.4)
    canvas.line([(x + 4, y + 6), (x + 10, y)], colour, thickness=1.4)
    canvas.line([(x + 6.5, y), (x + 10, y), (x + 10, y + 3.5)], colour, thickness=1.4)


@dataclass(frozen=True, kw_only=True)
class Select:
    """A closed select with its choice, or its placeholder."""

    words: str
    chosen: bool
    disabled: bool
    width: float
    ground: Colour

    @property
    def height(self) -> float:
        return _SELECT_HEIGHT

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        share = _DISABLED if self.disabled else 1
        fill = mix(theme.FIELD, self.ground, share)
        edge = mix(theme.CARD_EDGE, self.ground, share)
        letters = mix(theme.TEXT if self.chosen else theme.MUTED, fill, share)
        canvas.box(x, y, self.width, _SELECT_HEIGHT, fill=fill, radius=theme.RADIUS, edge=edge)
        words = shortened(self.words, _CHOICE, self.width - 48)
        canvas.text(x + 12, y + _SELECT_HEIGHT / 2 + 5, words, _CHOICE, letters)
        right, middle = x + self.width - 24, y + _SELECT_HEIGHT / 2
        points = [(right, middle - 3), (right + 6, middle + 3), (right + 12, middle - 3)]
        canvas.line(points, letters, thickness=2)


@dataclass(frozen=True, kw_only=True)
class Row:
    """Buttons side by side, in further lines where they do not fit, or a select."""

    places: Sequence[tuple[float, float, Button | Select]]
    """x and y within the row, and what stands there."""

    @property
    def height(self) -> float:
        return max(y + control.height for _, y, control in self.places)

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        for right, down, control in self.places:
            control.draw(canvas, x + right, y + down)


def row(components: Sequence[Mapping[str, Any]], across: float, ground: Colour) -> Row:
    """Lay out an action row on a ground of some colour."""
    places: list[tuple[float, float, Button | Select]] = []
    x = y = 0.0
    for component in components:
        control = _control(component, across, ground)
        if x and x + control.width > across:
            x, y = 0.0, y + control.height + theme.GAP
        places.append((x, y, control))
        x += control.width + theme.GAP
    return Row(places=places)


def _control(component: Mapping[str, Any], across: float, ground: Colour) -> Button | Select:
    if component["type"] == ComponentType.BUTTON:
        return button(component, ground)
    chosen = [o["label"] for o in component.get("options") or [] if o.get("default")]
    placeholder = component.get("placeholder") or _PLACEHOLDERS[component["type"]]
    return Select(
        words=", ".join(chosen) or placeholder,
        chosen=bool(chosen),
        disabled=bool(component.get("disabled")),
        width=min(across, _SELECT_WIDTH),
        ground=ground,
    )


def button(component: Mapping[str, Any], ground: Colour) -> Button:
    """Lay out a button on a ground of some colour."""
    emoji, label = component.get("emoji") or {}, component.get("label")
    # A custom emoji has a name that is a word; it is drawn as one sign.
    sign = "\U0001f642" if emoji.get("id") else emoji.get("name")
    return Button(
        label=" ".join(part for part in (sign, label) if part),
        style=component["style"],
        disabled=bool(component.get("disabled")),
        ground=ground,
    )


def shortened(words: str, face: Face, across: float) -> str:
    """Cut a text that is too wide and end it in three dots."""
    if width(words, face) <= across:
        return words
    lengths = range(len(words))
    kept = bisect_right(lengths, across, key=lambda count: width(words[:count] + _DOTS, face))
    return words[: max(kept - 1, 0)].rstrip() + _DOTS
