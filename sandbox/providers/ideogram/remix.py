"""One paid call of Ideogram, whichever of the two endpoints it came by."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.providers.sizes import Size
from sandbox.providers.sources import Picture


@dataclass(frozen=True, kw_only=True)
class Remix:
    """What is to be made, and for how much."""

    model: str
    """As the bill names it."""
    price: Decimal
    """US dollars a picture."""
    prompt: str
    count: int
    seed: int | None
    rewrites: bool
    """Whether the prompt is rewritten."""
    style: str | None
    """What is answered as the style; None answers none."""
    manner: str
    """The style, as far as it is one that changes how the stand-in paints."""
    closeness: float
    """0 to 1: a high weight keeps the source ("API remix", November 2026)."""
    size: Size
    source: Picture
    body: dict[str, Any]
    """What the request said, to be noted."""
