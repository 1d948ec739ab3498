"""The report as a monospaced table."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from bot.quotas import MICROS
from bot.spending.names import columns, cut, name_of
from bot.spending.rows import Spent, Sum, merged, total

MOST_CHARACTERS: Final = 1_800
"""Of a table; a Discord message takes 2,000."""
_HEADER: Final = ("member", "backend", "remixes", "pictures", "credits", "US dollars")
_GAP: Final = "  "
_TEXTS: Final = 2
"""How many columns, the first, are texts and stand to the left."""
# What the cards put in its place too: a code block ends at three of the former.
_GRAVE, _LOOKALIKE = "`", "\u02cb"
_LEFT_TO_RIGHT: Final = "\u200e"

_Line = tuple[str, ...]


def table(rows: Sequence[Spent], names: Mapping[int, str], *, most: int = 20) -> str:
    """A table for a code block: those who spent most first, then what is left, then all.

    Args:
        rows: In any order.
        names: Display names by user id, as members chose them.
        most: Lines of members and backends; fewer where they would not fit.

    Returns:
        At most 1,800 characters, without a back-tick.
    """
    spent = merged(rows)
    lines = [_line(name_of(row.user_id, names), row.backend, row) for row in spent[:most]]
    last = _line("total", "", total(spent))
    shown = min(most, len(spent))
    while True:
        rest = spent[shown:]
        more = [_line(f"and {len(rest):,} more", "", total(rest))] if rest else []
        text = _drawn([_HEADER, *lines[:shown], *more, last])
        if len(text) <= MOST_CHARACTERS or not shown:
            return text
        shown -= 1


def dollars(micros: int) -> str:
    """Millionths of a dollar in cents; what is not nothing does not look like it."""
    amount = (Decimal(micros) / MICROS).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return "<0.01" if micros and not amount else f"{amount:,}"


def _line(name: str, backend: str, of: Spent | Sum) -> _Line:
    texts = (cut(text.replace(_GRAVE, _LOOKALIKE)) for text in (name, backend))
    numbers = (f"{number:,}" for number in (of.jobs, of.pictures, of.credits))
    return (*texts, *numbers, dollars(of.micros))


def _drawn(lines: list[_Line]) -> str:
    widths = [max(map(columns, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_padded(line, widths) for line in lines)


def _padded(line: _Line, widths: list[int]) -> str:
    cells: list[str] = []
    for at, (cell, width) in enumerate(zip(line, widths, strict=True)):
        space = " " * (width - columns(cell))
        cells.append(_kept_apart(cell) + space if at < _TEXTS else space + cell)
    return _GAP.join(cells)


def _kept_apart(cell: str) -> str:
    """A cell that does not turn the line around: Arabic or Hebrew would take its numbers along."""
    if any(unicodedata.bidirectional(char) in {"R", "AL", "AN"} for char in cell):
        return f"{_LEFT_TO_RIGHT}{cell}{_LEFT_TO_RIGHT}"
    return cell
