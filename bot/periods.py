"""Periods of a server in its time zone: when the present one began, and when the next begins.

Days begin at local midnight, weeks on Monday, months on the 1st: at the first instant whose local
date is that day, even where clocks skip midnight or go back over it. A changed kind or zone begins
nothing by itself: the period that runs goes on until the first boundary of the new rule after the
change, so that what is spent in it stays spent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo


class PeriodKind(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, kw_only=True)
class PeriodRule:
    """What a server has chosen, and what ran when it did. Times are milliseconds."""

    kind: PeriodKind = PeriodKind.DAY
    zone: str = "UTC"
    """An IANA name."""
    since: int = 0
    """When kind or zone were last changed; 0 is never."""
    began: int = 0
    """Where the members' period that ran at that time had begun, under the rule before."""
    month_began: int = 0
    """The same for the server's month."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """From its first millisecond to the first of the next."""

    starts: int
    ends: int


def period(rule: PeriodRule, now: int) -> Period:
    """The members' period at a moment.

    Args:
        rule: The server's.
        now: Milliseconds. Where it lies before `rule.since` (a clock that is behind another), the
            period may begin after it; of two answers the one that begins later is right.
    """
    return _effective(rule, rule.kind, rule.began, now)


def month(rule: PeriodRule, now: int) -> Period:
    """The server's month at a moment, whatever the members' period is; else as `period`."""
    return _effective(rule, PeriodKind.MONTH, rule.month_began, now)


def changed(
    rule: PeriodRule, *, kind: PeriodKind | None = None, zone: str | None = None, now: int
) -> PeriodRule:
    """The rule after a change; the same one if nothing in it changes.

    Args:
        rule: What has held so far.
        kind: None leaves it.
        zone: An IANA name that is known to exist; None leaves it.
        now: Milliseconds. A clock that is behind the last change is taken to stand at it.
    """
    new = replace(rule, kind=kind or rule.kind, zone=zone or rule.zone)
    if new == rule:
        return rule
    at = max(now, rule.since)
    return replace(new, since=at, began=period(rule, at).starts, month_began=month(rule, at).starts)


def day_start(day: date, zone: tzinfo) -> int:
    """The first millisecond of a local day.

    Of a midnight that comes twice this is the first, and in place of one that is skipped the
    moment of the jump: PEP 495 has both in `fold=0`. (Were the jump to begin before midnight, it
    would be off by that much; in tzdata 2026 no zone's jump does so between 2010 and 2040.)
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone, fold=0)
    return int(midnight.timestamp()) * 1000


def _effective(rule: PeriodRule, kind: PeriodKind, began: int, now: int) -> Period:
    found = _calendar(kind, ZoneInfo(rule.zone), now)
    if rule.since and found.starts <= rule.since:
        return Period(starts=began, ends=found.ends)
    return found


def _calendar(kind: PeriodKind, zone: tzinfo, now: int) -> Period:
    # The local date can go back (St. John's, until 2011: from 00:01 to 23:01) and can leave a
    # day out (Apia, 2011-12-30); the last start that has come is what counts.
    day = _first_day(kind, datetime.fromtimestamp(now // 1000, zone).date())
    starts = day_start(day, zone)
    while True:
        day = _next(kind, day)
        ends = day_start(day, zone)
        if ends > now:
            return Period(starts=starts, ends=ends)
        starts = ends


def _first_day(kind: PeriodKind, day: date) -> date:
    match kind:
        case PeriodKind.DAY:
            return day
        case PeriodKind.WEEK:
            return day - timedelta(days=day.weekday())
        case PeriodKind.MONTH:
            return day.replace(day=1)


def _next(kind: PeriodKind, day: date) -> date:
    match kind:
        case PeriodKind.DAY:
            return day + timedelta(days=1)
        case PeriodKind.WEEK:
            return day + timedelta(weeks=1)
        case PeriodKind.MONTH:
            return (day + timedelta(days=31)).replace(day=1)
