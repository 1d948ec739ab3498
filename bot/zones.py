"""Time zones as moderators type them: an IANA name, or a city."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from bot.times import TimesError

_MOST_CLOSE: Final = 3
_LONGEST: Final = 64
"""Characters; no name of a zone has as many."""
_CLOSE: Final = 0.7
"""How alike, from 0 to 1, a name must be to be offered."""
_FIXED: Final = frozenset(("EST", "MST", "HST"))
"""Names that IANA keeps for the offsets they once were; whoever types one means a place."""
_HIDDEN: Final = re.compile(r"(posix|right|SystemV)/.*|Factory|(Etc/)?GMT[+-]?[0-9]+")
_OFFSET: Final = re.compile(r"(etc/)?(utc|gmt|z)? ?[+-] ?[0-9]{1,2}(:?[0-9]{2})?", re.ASCII)
_ABBREVIATION: Final = re.compile(r"[a-z]{1,3}[sd]?t", re.ASCII)
"""Such as PST and CEST."""
_EXAMPLES: Final = "Europe/Berlin or America/New_York"


def zone(text: str) -> ZoneInfo:
    """Find the zone that a text names, in any case and with spaces for underscores.

    A whole name comes first ("europe/berlin", "utc", "japan"), then the last part or parts of one
    ("new york", "argentina/ushuaia") where only one zone has them.

    Raises:
        TimesError: No zone, or more than one, is named so; or it is an offset from UTC.
    """
    typed = _plain(text)
    whole, parts = _names()
    if typed in whole:
        return ZoneInfo(whole[typed])
    found = parts.get(typed, ())
    if len(found) == 1:
        return ZoneInfo(found[0])
    if found:
        raise TimesError(f"Several time zones are called that; give {_either(found)}.")
    if any(one.fullmatch(typed) for one in (_OFFSET, _ABBREVIATION)):
        raise TimesError(
            "A fixed offset would be wrong for half of the year wherever clocks change for "
            f"daylight saving; give a place, such as {_EXAMPLES}."
        )
    if close := _close(typed):
        raise TimesError(f"No time zone is called that; did you mean {_either(close)}?")
    raise TimesError(
        f"No time zone is called that; give the nearest large city, such as {_EXAMPLES}."
    )


@cache
def _names() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Whole names, and the ends of names, as `_plain` writes them, to the names of zones."""
    # What available_timezones() finds too, but for names of this machine alone; and that opens
    # every file of its folders, which takes 50 times as long.
    names = _read("zones").split()
    offered = [name for name in names if name not in _FIXED and not _HIDDEN.fullmatch(name)]
    places = _places()
    ends: defaultdict[str, list[str]] = defaultdict(list)
    for name in offered:
        rest = name
        while "/" in rest:
            rest = rest.partition("/")[2]
            ends[_plain(rest)].append(name)
    # Of several names of one city (Asia/Istanbul is an old one) the list of places has one.
    parts = {
        end: tuple(name for name in names if name in places) or tuple(names)
        for end, names in ends.items()
    }
    return {_plain(name): name for name in offered}, parts


def _places() -> frozenset[str]:
    """The zones that tzdata lists by country: one for each place, no old names."""
    lines = _read("zoneinfo/zone.tab").splitlines()
    return frozenset(line.split("\t")[2] for line in lines if not line.startswith("#"))


def _read(name: str) -> str:
    return files("tzdata").joinpath(name).read_text(encoding="utf-8")


def _plain(text: str) -> str:
    return " ".join(text[: _LONGEST + 1].replace("_", " ").casefold().split())


def _close(typed: str) -> list[str]:
    whole, parts = _names()
    alike = get_close_matches(typed, [*parts, *whole], n=2 * _MOST_CLOSE, cutoff=_CLOSE)
    found = [whole[one] if one in whole else parts[one][0] for one in alike]
    return list(dict.fromkeys(found))[:_MOST_CLOSE]


def _either(names: Sequence[str]) -> str:
    *first, last = names[:_MOST_CLOSE]
    return f"{', '.join(first)} or {last}" if first else last
