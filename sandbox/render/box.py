"""What a layout is made of: things that know their height and can be drawn at a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sandbox.render.canvas import Canvas


class Box(Protocol):
    """A part of a message, laid out for a width. Lengths are pixels of the finished picture."""

    @property
    def height(self) -> float:
        """How much room it takes from top to bottom."""
        ...

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw it with its upper left corner at x and y."""
        ...


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Boxes one below the other."""

    boxes: Sequence[Box]
    gap: float

    @property
    def height(self) -> float:
        """The heights of all and the gaps between them."""
        return sum(box.height for box in self.boxes) + self.gap * max(len(self.boxes) - 1, 0)

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw all, from the top."""
        for box in self.boxes:
            box.draw(canvas, x, y)
            y += box.height + self.gap
