"""Times to come as moderators type them, read in the server's zone and echoed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from bot.periods import day_start

_MOST_YEARS: Final = 5
_MOST: Final = timedelta(days=_MOST_YEARS * 366)
_UNITS: Final = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), timedelta(weeks=1)),
}
_UNEVEN: Final = ("mo", "mos", "mon", "month", "months", "y", "yr", "yrs", "year", "years")

_PART: Final = re.compile(r"([0-9]{1,9}) ?([a-z]+)(?: ?, ?| and | )?", re.IGNORECASE | re.ASCII)
_DATE: Final = r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
_TIME: Final = r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?"
_OFFSET: Final = r"(?: ?(z|utc)| ?([+-])([0-9]{2}):?([0-9]{2})?)?"
_MOMENT: Final = re.compile(f"{_DATE}(?:[t ]{_TIME}{_OFFSET})?", re.IGNORECASE | re.ASCII)


class TimesError(ValueError):
    """A text that is no time, or no time zone: its own text is a sentence with an example."""


def moment(text: str, *, now: int, zone: ZoneInfo) -> int:
    """Read a time to come: a duration, a date, or a date with a time.

    Minutes and hours are exact. Days and weeks keep the time of day in the zone, so that a week
    from 18:00 is 18:00 though the clocks change in between. A date alone lasts to its end, as
    "until Friday" does: it gives the first moment of the next day. A time that comes twice, where
    clocks go back, is the first of the two, unless an offset tells; one that clocks skip is
    refused, as nobody can mean it.

    Args:
        text: Such as `7d`, `2h30m`, `1 week 2 days`, `2026-12-31`, `2026-12-31 18:00`,
            `2026-12-31T18:00+01:00`.
        now: Milliseconds.
        zone: The server's.

    Returns:
        Milliseconds, later than `now`.

    Raises:
        TimesError: It cannot be read, is over, is skipped, or more than five years away.
    """
    typed = " ".join(text.split())
    if written := _MOMENT.fullmatch(typed):
        found = _read(written, now, zone)
    elif parts := _parts(typed):
        found = _after(parts, now, zone)
    else:
        raise TimesError(
            f"Give a duration such as 7d or 2h30m, or a date such as {_soon(now, zone)} or "
            f"{_soon(now, zone)} 18:00."
        )
    if found <= now:
        raise TimesError(f"That time is over; give a later one, such as 7d or {_soon(now, zone)}.")
    if found - now > _MOST // timedelta(milliseconds=1):
        raise _too_far(now, zone)
    return found


def stamp(at: int) -> str:
    """A moment as Discord shows it to each reader in their own zone: date and time."""
    return f"<t:{at // 1000}:f>"


def relative(at: int) -> str:
    """A moment as Discord shows it from where the reader stands: "in 7 days"."""
    return f"<t:{at // 1000}:R>"


def _parts(typed: str) -> list[tuple[int, str]]:
    """Numbers with their units; none where anything else stands between them."""
    found: list[tuple[int, str]] = []
    end = 0
    while end < len(typed):
        part = _PART.match(typed, end)
        if part is None:
            return []
        # A capital M is a month to many who write it, and a minute to others.
        unit = "month" if part[2] == "M" else part[2].lower()
        if unit not in _UNITS and unit not in _UNEVEN:
            return []
        found.append((int(part[1]), unit))
        end = part.end()
    return found


def _after(parts: list[tuple[int, str]], now: int, zone: tzinfo) -> int:
    if any(unit in _UNEVEN for _, unit in parts):
        raise TimesError(
            "Months and years differ in length; give days instead, such as 30d or 365d "
            "(minutes are a small m, as in 90m)."
        )
    days, exact = timedelta(), timedelta()
    for count, unit in parts:
        one = _UNITS[unit]
        if count > _MOST // one:  # before it is computed with
            raise _too_far(now, zone)
        if one < timedelta(days=1):
            exact += one * count
        else:
            days += one * count
    if days + exact > _MOST:
        raise _too_far(now, zone)
    seconds, rest = divmod(now, 1000)
    local = datetime.fromtimestamp(seconds, zone)
    if days:
        # Arithmetic on a local time keeps its clock; one that is skipped moves past the gap, and
        # one that comes twice is the first.
        local += days
    return int(local.timestamp()) * 1000 + rest + exact // timedelta(milliseconds=1)


def _read(written: re.Match[str], now: int, zone: ZoneInfo) -> int:
    year, month, day, hour, minute, second, utc, sign, *offset = written.groups()
    try:
        on = date(int(year), int(month), int(day))
        clock = time(int(hour or 0), int(minute or 0), int(second or 0))
        stated = UTC if utc else _offset(sign, *offset) if sign else None
    except ValueError:
        raise TimesError(
            f"There is no such date or time; give one such as {_soon(now, zone)} 18:00."
        ) from None
    this_year = datetime.fromtimestamp(now // 1000, zone).year
    if on.year < this_year - 1:  # before it is computed with: a year may be 1, or 9999
        return 0
    if on.year > this_year + _MOST_YEARS + 1:
        raise _too_far(now, zone)
    if hour is None:
        return day_start(on + timedelta(days=1), zone)
    local = datetime.combine(on, clock, stated or zone)
    if stated is None:
        _refuse_skipped(local, zone)
    return int(local.timestamp()) * 1000


def _offset(sign: str, hours: str, minutes: str | None) -> timezone:
    if int(minutes or 0) > 59:
        raise ValueError(minutes)
    ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-ahead if sign == "-" else ahead)


def _refuse_skipped(local: datetime, zone: ZoneInfo) -> None:
    exists = local.astimezone(UTC).astimezone(zone)
    if exists.replace(tzinfo=None) != local.replace(tzinfo=None):
        raise TimesError(
            f"{local:%Y-%m-%d %H:%M} does not exist in {zone.key}, where the clocks go forward "
            f"over it; give another time, such as {exists:%Y-%m-%d %H:%M}."
        )


def _too_far(now: int, zone: tzinfo) -> TimesError:
    return TimesError(
        f"That is more than {_MOST_YEARS} years away; give an earlier time, such as 365d or "
        f"{_soon(now, zone)}."
    )


def _soon(now: int, zone: tzinfo) -> str:
    """A date that could have been given: in a week."""
    return f"{datetime.fromtimestamp(now // 1000, zone).date() + timedelta(weeks=1):%Y-%m-%d}"
