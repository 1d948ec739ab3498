"""Write `docs/failures.md`: what can go wrong at each provider, and what follows from it.

The page is made from the very rows that the backends decide by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.backends import fal_failures, ideogram_failures, runware_failures
from bot.backends.base import ProviderName
from bot.backends.failures import Failure, Fate, Retry
from bot.errors import REASONS

TABLES: Mapping[ProviderName, tuple[Failure, ...]] = {
    ProviderName.FAL: fal_failures.FAILURES,
    ProviderName.RUNWARE: runware_failures.FAILURES,
    ProviderName.IDEOGRAM: ideogram_failures.FAILURES,
}
NAMES = {
    ProviderName.FAL: "fal",
    ProviderName.RUNWARE: "Runware",
    ProviderName.IDEOGRAM: "Ideogram",
}
FATES = {
    Fate.NOT_ACCEPTED: "was not accepted",
    Fate.FAILED: "ended, not billed",
    Fate.BILLED: "ended, billed or perhaps billed",
    Fate.UNKNOWN: "unknown: perhaps carried out",
    Fate.OPEN: "goes on",
}
RETRIES = {
    Retry.NEVER: "no",
    Retry.SUBMIT: "the call, later or at another backend",
    Retry.SAME_ID: "the question, then the call under the same id",
    Retry.ASK: "the question, until the deadline",
    Retry.ELSEWHERE: "the call, at another backend",
}

HEAD = """\
# Failures

What can go wrong at each provider and at each step, and what follows. The backends decide by these
very rows. "Refunded" is what the member gets back; what is billed all the same counts against the
operator's limits.

While a call "goes on", nothing is decided: the provider is asked again, and at the backend's
deadline the pictures on hand are shown and the rest is given back. A call whose fate is unknown
is not repeated unless the provider bills one id of ours once; see
[unconfirmed jobs](operating.md#unconfirmed-jobs).

<!-- Made by scripts/tables.py from the tables of bot/backends and scripts/failures.py. -->
"""


def page() -> str:
    """Give the whole page, as Markdown."""
    sections = (_section(NAMES[name], rows) for name, rows in TABLES.items())
    return "\n".join([HEAD, *sections])


def _section(name: str, rows: Iterable[Failure]) -> str:
    head = (
        f"## {name}\n\n"
        "| step | what is seen | what the member reads | refunded | tried again | the call | "
        "operator is told |\n"
        "| --- | --- | --- | --- | --- | --- | --- |"
    )
    return "\n".join([head, *map(_row, rows), ""])


def _row(row: Failure) -> str:
    cells = (
        row.step.value,
        _safe(row.sign),
        "nothing yet" if row.fate is Fate.OPEN else REASONS.get(row.reason, ""),
        "yes" if row.refunded else "",
        RETRIES[row.retry],
        FATES[row.fate],
        "yes" if row.operator else "",
    )
    return f"| {' | '.join(cells)} |"


def _safe(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")
