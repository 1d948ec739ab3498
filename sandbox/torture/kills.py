"""Instants to kill at: points of the code by name, and moments by the clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Self

AT_RANDOM = 0.2
"""The share of kills that the clock chooses."""
LONGEST = 1.5
"""Seconds after which the clock has struck."""
LIKELY = 0.6
"""The share of the times that a point was reached that it will be reached again, most likely."""
STOPPING = 0.25
"""The share of those that meet the bot while it stops."""
GRACE = 0.3
"""Seconds that it has for that, at most."""


@dataclass(frozen=True, kw_only=True)
class Kill:
    """One instant: the so many-th time that a point is reached, or so many seconds.

    Attributes:
        point: Its name; None where the clock decides.
        nth: How often it is reached until then.
        seconds: After so long by the clock.
        grace: So long before the kill it was asked to stop; None where it was not.
    """

    point: str | None = None
    nth: int = 1
    seconds: float = 0.0
    grace: float | None = None

    def __str__(self) -> str:
        if self.point is not None:
            return f"{self.point}#{self.nth}"
        return f"~{self.seconds:.3f}" + ("" if self.grace is None else f"+{self.grace:.3f}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` gave.

        Raises:
            ValueError: It is neither `~SECONDS`, `~SECONDS+GRACE` nor `POINT#NTH`.
        """
        if text.startswith("~"):
            seconds, _, grace = text[1:].partition("+")
            return cls(seconds=float(seconds), grace=float(grace) if grace else None)
        point, mark, nth = text.rpartition("#")
        if not mark:
            raise ValueError(f"{text!r} is neither ~SECONDS nor POINT#NTH")
        return cls(point=point, nth=int(nth))

    @property
    def trap(self) -> tuple[str, int] | None:
        """What the bot is told of it; nothing where the clock decides."""
        return None if self.point is None else (self.point, self.nth)


class Deck:
    """Points that are drawn in random order, each once before any comes again.

    Args:
        counts: How often each point was reached when that was recorded.
        random: Decides.
    """

    def __init__(self, counts: Mapping[str, int], random: Random) -> None:
        self._counts = dict(sorted(counts.items()))
        self._random = random
        self._left: list[str] = []

    @property
    def points(self) -> frozenset[str]:
        """All that there are."""
        return frozenset(self._counts)

    def draw(self) -> Kill:
        """Give the next instant."""
        if self._random.random() < AT_RANDOM or not self._counts:
            seconds = self._random.uniform(0.0, LONGEST)
            stops = self._random.random() < STOPPING
            return Kill(seconds=seconds, grace=self._random.uniform(0.0, GRACE) if stops else None)
        if not self._left:
            self._left = list(self._counts)
            self._random.shuffle(self._left)
        point = self._left.pop()
        # Rather one of the first times: the next wave may have less to do.
        nth = 1 + int(LIKELY * self._counts[point] * self._random.random())
        return Kill(point=point, nth=nth)


def count(lines: Iterable[str]) -> Counter[str]:
    """Count what a trap recorded."""
    return Counter(line.strip() for line in lines if line.strip())
