"""What the bench finds: figures with their targets, and ratios that must hold on any machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the summary."""

    what: str
    found: float
    target: float
    unit: str
    """What stands behind both numbers."""
    ratio: bool = False
    """Whether it must hold on any machine, so that the bench fails where it does not."""

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.found <= self.target

    @property
    def row(self) -> tuple[str, ...]:
        """Its cells."""
        kind = "ratio" if self.ratio else "figure"
        return (
            self.what,
            "never" if math.isinf(self.found) else f"{_number(self.found)}{self.unit}",
            f"{_number(self.target)}{self.unit}",
            "yes" if self.met else f"**no** ({kind})",
        )


@dataclass(kw_only=True)
class Part:
    """What one part of the bench found."""

    title: str
    figures: list[Figure] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    """Tables and sentences, as Markdown."""


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table in Markdown; all columns but the first are numbers."""
    marks = ["---", *("---:" for _ in heads[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, marks, *rows))


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def ms(seconds: float) -> str:
    """Write seconds as milliseconds; what never happened has no number."""
    return "never" if math.isinf(seconds) else f"{seconds * 1000:.0f}"
