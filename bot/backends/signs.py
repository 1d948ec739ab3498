"""How a row of a table of failures is found: by the code of an error, its place, and the status.

A row's sign lists what it stands for, with commas between: an error's code, in which "*" stands
for anything, perhaps "at" the parameter that it names and "with" the status of the answer; or
"HTTP" and a status alone, with "?" for any digit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.backends.failures import Failure


@dataclass(frozen=True, kw_only=True)
class Sign:
    """One error, as far as it decides anything."""

    code: str = ""
    parameter: str = ""


def first(rows: Iterable[Failure], errors: Iterable[Sign], status: int) -> Failure:
    """Give the first row that fits one of the errors of an answer, or its status.

    Raises:
        LookupError: None does; a table ends with a row that fits everything.
    """
    told = [f"{error.code}|{error.parameter}|{status}" for error in errors] or [f"||{status}"]
    for row in rows:
        if any(_fits(row.sign, text) for text in told):
            return row
    raise LookupError(f"no row for status {status}")


def _fits(signs: str, text: str) -> bool:
    return any(fnmatchcase(text, _pattern(sign)) for sign in signs.split(", "))


def _pattern(sign: str) -> str:
    """Turn a sign into a pattern of code, parameter and status."""
    if sign.startswith("HTTP "):
        return f"*|*|{sign.removeprefix('HTTP ')}"
    code, _, status = sign.partition(" with ")
    code, _, parameter = code.partition(" at ")
    return f"{code}|{parameter or '*'}|{status or '*'}"
