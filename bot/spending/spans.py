"""The time that a report is about, as moderators name it, in the server's zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.periods import day_start
from bot.times import TimesError

THIS_MONTH: Final = "this month"
NAMES: Final = (THIS_MONTH, "last month", "this week", "last 7 days", "today")
_MONTH: Final = re.compile(r"(20[0-9]{2})-(0?[1-9]|1[0-2])", re.ASCII)
_MONTHS_OFFERED: Final = 12


@dataclass(frozen=True, kw_only=True)
class Span:
    """From its first millisecond to the first after it."""

    title: str
    """With a preposition, such as "in November 2026"."""
    slug: str
    """For the name of a file, such as "2026-11"."""
    starts: int
    ends: int


def span(text: str, *, now: int, zone: ZoneInfo) -> Span:
    """Read a span of whole local days.

    Args:
        text: One of `NAMES`, or a month such as 2026-11; in any case.
        now: Milliseconds.
        zone: The server's.

    Raises:
        TimesError: It is none of these.
    """
    typed = " ".join(text.split()).casefold()
    today = _today(now, zone)
    first = today.replace(day=1)
    match typed:
        case "this month":
            return _month(first, zone)
        case "last month":
            return _month((first - timedelta(days=1)).replace(day=1), zone)
        case "this week":
            return _days(today - timedelta(days=today.weekday()), 7, zone)
        case "last 7 days":
            return _days(today - timedelta(days=6), 7, zone)
        case "today":
            return _days(today, 1, zone)
        case _ if written := _MONTH.fullmatch(typed):
            return _month(date(int(written[1]), int(written[2]), 1), zone)
        case _:
            raise TimesError(f"Give one of {', '.join(NAMES)}, or a month such as {first:%Y-%m}.")


def offered(*, now: int, zone: ZoneInfo) -> Iterator[str]:
    """What `span` reads: its names, and the last twelve months."""
    yield from NAMES
    month = _today(now, zone).replace(day=1)
    for _ in range(_MONTHS_OFFERED):
        yield f"{month:%Y-%m}"
        month = (month - timedelta(days=1)).replace(day=1)


def _today(now: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(now // 1000, zone).date()


def _month(first: date, zone: ZoneInfo) -> Span:
    following = (first + timedelta(days=31)).replace(day=1)
    return Span(
        title=f"in {first:%B %Y}",
        slug=f"{first:%Y-%m}",
        starts=day_start(first, zone),
        ends=day_start(following, zone),
    )


def _days(first: date, count: int, zone: ZoneInfo) -> Span:
    last = first + timedelta(days=count - 1)
    return Span(
        title=f"on {first}" if count == 1 else f"from {first} to {last}",
        slug=f"{first}" if count == 1 else f"{first}-to-{last}",
        starts=day_start(first, zone),
        ends=day_start(last + timedelta(days=1), zone),
    )
