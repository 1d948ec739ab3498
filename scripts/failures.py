"""Write `docs/failures.md`: what can go wrong at each provider, and what follows from it.

The page is made from the very rows that the backends decide by. What it says of the end of a
job is compared with what the engine does, row by row, in tests/jobs/test_failure_table.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby

from bot.backends import fal_failures, ideogram_failures, runware_failures
from bot.backends.base import ProviderName
from bot.backends.errors import Reason
from bot.backends.failures import Failure, Fate, Retry, Step
from bot.backends.pace import Pace
from bot.errors import REASONS
from bot.jobs.context import Tempo
from bot.jobs.record import Failure as Ending

TABLES: Mapping[ProviderName, tuple[Failure, ...]] = {
    ProviderName.FAL: fal_failures.FAILURES,
    ProviderName.RUNWARE: runware_failures.FAILURES,
    ProviderName.IDEOGRAM: ideogram_failures.FAILURES,
}
FIRST_THAT_FITS = (
    "The first line that fits decides. In a code, `*` stands for anything, and the case of a "
    "word's first letter does not matter."
)
INTROS = {
    ProviderName.FAL: (
        "## fal\n\nThe type of an error decides, then what its text says, then the status. At the "
        "result, `x-fal-billable-units` goes before the line in saying whether the work is "
        "billed, and where `X-Fal-Retryable` is `false` no other backend is tried."
    ),
    ProviderName.RUNWARE: f"## Runware\n\n{FIRST_THAT_FITS}",
    ProviderName.IDEOGRAM: f"## Ideogram\n\n{FIRST_THAT_FITS}",
}
STEPS = {
    Step.UPLOAD: "Upload: nothing is bought yet",
    Step.SUBMIT: "Submit: the paid call",
    Step.WAIT: "Wait: asking how the work goes",
    Step.RESULT: "Result: what the work came to",
    Step.DOWNLOAD: "Download: reading a picture from its link",
}
FATES = {
    Fate.NOT_ACCEPTED: "was not accepted",
    Fate.FAILED: "ended, not billed",
    Fate.BILLED: "ended, and is billed or may be",
    Fate.UNKNOWN: "unknown: perhaps carried out and billed",
    Fate.OPEN: "goes on",
}
GOES_ON = "nothing of this: the job goes on"
_TEMPO, _PACE = Tempo(), Pace()

HEAD = """\
# Failures

What can go wrong at each provider and at each step, and what follows. The backends decide by these
very lines.

- **Refunded** says what the member gets back. What is billed all the same counts against the
  operator's limits, and so does what may be.
- A call is tried **again** only after one that was certainly not accepted, or ended unbilled, or
  under an id of ours that the provider bills once. Whether another backend may take over is the
  operator's setting; it must be able to do the same for no more.
- While a call **goes on**, the provider is asked again. At the backend's deadline the pictures on
  hand are shown and the rest is given back; the last column says what is read where there is none
  and the provider would not stop.
- Of a call whose fate is **unknown**, see [unconfirmed jobs](operating.md#unconfirmed-jobs).

<!-- Made by scripts/tables.py from the tables of bot/backends and scripts/failures.py. -->
"""
COLUMNS = (
    *("what is seen", "the call", "tried again", "refunded"),
    *("the operator is told", "what the member reads in the end"),
)


def page() -> str:
    """Give the whole page, as Markdown."""
    return "\n".join([HEAD, *(_section(INTROS[name], rows) for name, rows in TABLES.items())])


def ending(row: Failure) -> str | None:
    """Give the reason with which a job ends that meets a failure again and again, and alone.

    None where it is no failure after all.
    """
    match row.fate, row.step:
        case Fate.OPEN, Step.SUBMIT:
            return None
        case Fate.OPEN, Step.DOWNLOAD:
            return Reason.NO_RESULT
        case ((Fate.OPEN | Fate.UNKNOWN), _):
            return Ending.UNCONFIRMED
        case _:
            return Ending.TOO_LATE if row.retry is Retry.SUBMIT else row.reason


def sentence(row: Failure) -> str:
    """Give what the member of such a job reads; empty where that is no word of a failure.

    Raises:
        KeyError: There is no sentence for it.
    """
    reason = ending(row)
    return "" if reason is None else REASONS[reason]


def _section(intro: str, rows: Iterable[Failure]) -> str:
    by_step = groupby(rows, key=lambda row: row.step)
    return "\n".join([intro, "", *(_step(step, found) for step, found in by_step)])


def _step(step: Step, rows: Iterable[Failure]) -> str:
    """Give the table of one step, with rows that differ in their signs alone as one line."""
    lines = [f"### {STEPS[step]}", "", _line(COLUMNS), _line(("---",) * len(COLUMNS))]
    for row, alike in groupby(rows, key=lambda row: replace(row, sign="")):
        told = "yes" if row.operator else ""
        signs = seen(one.sign for one in alike)
        cells = (
            signs,
            FATES[row.fate],
            _again(row),
            _refunded(row),
            told,
            sentence(row) or GOES_ON,
        )
        lines.append(_line(cells))
    return "\n".join([*lines, ""])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _again(row: Failure) -> str:
    match row.retry:
        case Retry.NEVER:
            return "no"
        case Retry.ELSEWHERE:
            return "the call, at another backend"
        case Retry.SUBMIT:
            here = _TEMPO.retries_here
            hours = f"{_TEMPO.submit_within / 3600:g}"
            return (
                f"the call: {here} times more, then at another backend; where there is none, "
                f"for {hours} h"
            )
        case Retry.SAME_ID:
            minutes = f"{_TEMPO.find_within / 60:g}"
            heard = f"{_TEMPO.hear_margin / 60:g} minutes after its deadline"
            return (
                f"it is asked for, and sent under the same id, for {minutes} minutes; "
                f"with `PUBLIC_URL`, until {heard}"
            )
        case Retry.ASK:
            return _asked(row)


def _asked(row: Failure) -> str:
    match row.fate, row.step:
        case Fate.OPEN, Step.SUBMIT:
            return "no: an earlier try got through"
        case Fate.OPEN, Step.DOWNLOAD:
            return f"the link, for {_TEMPO.fetch_within / 60:g} minutes"
        case Fate.OPEN, _:
            return "the question, until the deadline"
        case _:
            return f"the question, {_PACE.patience} times"


def _refunded(row: Failure) -> str:
    if row.reason is Reason.UNSAFE_OUTPUT:
        return "yes, up to `FLAGGED_REFUNDS_PER_DAY`"
    return "yes" if row.refunded or ending(row) is not None else ""


# How signs are written for the backends is told in `bot.backends.signs`.
_CODE = re.compile(r"[\w.*\[\]-]+")
_PATTERN = re.compile(
    rf"HTTP [\dx?]+|(?P<code>{_CODE.pattern})"
    rf"(?: at (?P<place>{_CODE.pattern}))?(?: with (?P<status>\d+))?"
)
_STATUSES = {
    "HTTP 4xx": "other HTTP 4xx",
    "HTTP 4??": "other HTTP 4xx",
    "HTTP 5??": "HTTP 5xx",
    "HTTP ???": "anything else",
}


def seen(signs: Iterable[str]) -> str:
    """Give the signs of rows in words: a line for each but for codes and statuses, as code."""
    lines: list[str] = []
    listed: list[str] = []
    for sign in signs:
        parts = [_PATTERN.fullmatch(part) for part in sign.split(", ")]
        if all(parts):
            listed += [_in_words(part) for part in parts if part]
        else:
            lines.append(sign)
    return "<br>".join([*lines, *filter(None, [", ".join(listed)])])


def _in_words(part: re.Match[str]) -> str:
    code, place, status = part["code"], part["place"], part["status"]
    if code is None:
        return _STATUSES.get(part[0], part[0])
    about = f" about `{_plain(place)}`" if place else ""
    with_status = f" with HTTP {status}" if status else ""
    what = "any other code" if code == "*" and not place else f"`{_plain(code)}`"
    if code == "*" and place:
        what = "anything"
    return f"{what}{about}{with_status}"


def _plain(pattern: str) -> str:
    """Give a pattern without its choice of a letter's case."""
    return re.sub(r"\[\w(\w)\]", r"\1", pattern)
