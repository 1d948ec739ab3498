"""What the chart shows: a bar for each member, in parts for each backend."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from bot.spending.names import cut, harmless, name_of, nameless
from bot.spending.rows import Spent, by_backend, by_member

MOST_BARS: Final = 12
"""Members with a bar of their own; the others share one more."""
MOST_PARTS: Final = 10
"""Backends that can be told apart by colour; where there are more, the last is all others."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One member's, or that of all others."""

    name: str
    instead: str
    """What to write where the font cannot show the name."""
    credits: tuple[int, ...]
    """For each of `Bars.backends`."""


@dataclass(frozen=True, kw_only=True)
class Bars:
    """A chart, to be drawn in another process; the first bar is the uppermost."""

    title: str
    backends: tuple[str, ...]
    bars: tuple[Bar, ...]

    def to_json(self) -> bytes:
        """One JSON object, as `from_json` reads it."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Bars:
        """Read what `to_json` wrote."""
        found = json.loads(data)
        bars = (
            Bar(name=bar["name"], instead=bar["instead"], credits=tuple(bar["credits"]))
            for bar in found["bars"]
        )
        return cls(title=found["title"], backends=tuple(found["backends"]), bars=tuple(bars))


def bars(title: str, rows: Sequence[Spent], names: Mapping[int, str]) -> Bars:
    """The members and backends with most credits, and all others summed up.

    Args:
        title: A line above the chart.
        rows: In any order.
        names: Display names by user id, as members chose them.
    """
    backends, part_of = _parts(rows)
    parts_of = {user_id: [0] * len(backends) for user_id in by_member(rows)}
    for row in rows:
        parts_of[row.user_id][part_of[row.backend]] += row.credits
    ranked = list(parts_of.items())
    found = [
        Bar(name=cut(name_of(user_id, names)), instead=nameless(user_id), credits=tuple(parts))
        for user_id, parts in ranked[:MOST_BARS]
    ]
    if others := ranked[MOST_BARS:]:
        name = f"{len(others):,} {'other' if len(others) == 1 else 'others'}"
        sums = map(sum, zip(*(parts for _, parts in others), strict=True))
        found.append(Bar(name=name, instead=name, credits=tuple(sums)))
    return Bars(title=harmless(title), backends=backends, bars=tuple(found))


def _parts(rows: Sequence[Spent]) -> tuple[tuple[str, ...], dict[str, int]]:
    """The backends as they are written, and which of these each belongs to."""
    ranked = list(by_backend(rows))
    if len(ranked) <= MOST_PARTS:
        return tuple(map(harmless, ranked)), {name: at for at, name in enumerate(ranked)}
    last = MOST_PARTS - 1
    shown = (*map(harmless, ranked[:last]), f"{len(ranked) - last} others")
    return shown, {name: min(at, last) for at, name in enumerate(ranked)}
