"""The report as a file for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from bot.spending.names import name_of
from bot.spending.rows import Spent, merged

_HEADER: Final = ["member", "mention", "backend", "remixes", "pictures", "credits", "us_dollars"]
_FORMULA: Final = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
"""How a formula begins, in either width; a tab or a line's end begins none, as names have none."""


def sheet(rows: Sequence[Spent], names: Mapping[int, str]) -> bytes:
    """CSV in UTF-8 with its mark, so that spreadsheets read it as such; a line for each row.

    Members are written as `<@id>`, which Discord shows as the member: a spreadsheet would take an
    id alone for a number and round its last digits away.
    """
    text = io.StringIO()
    # Quoted, a name keeps its semicolons to itself where those part the cells of a line.
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(_HEADER)
    for row in merged(rows):
        writer.writerow(
            (
                _inert(name_of(row.user_id, names)),
                # Who was erased is known by a negative number, which mentions nobody.
                f"<@{row.user_id}>" if row.user_id > 0 else "",
                _inert(row.backend),
                row.jobs,
                row.pictures,
                row.credits,
                Decimal(row.micros).scaleb(-6),
            )
        )
    return text.getvalue().encode("utf-8-sig")


def _inert(text: str) -> str:
    """A text that no spreadsheet carries out; the apostrophe is advised by OWASP."""
    return f"'{text}" if text.startswith(_FORMULA) else text
