"""Discord's timestamps in words (reference.mdx "Timestamp Styles", read 2026-11-21), in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = (
    *(("year", 365 * 86400), ("month", 30 * 86400), ("day", 86400)),
    *(("hour", 3600), ("minute", 60), ("second", 1)),
)


def describe(seconds: int, style: str, *, now: float) -> str:
    """Say when something is.

    Args:
        seconds: Since the epoch.
        style: One of Discord's letters, `R` for relative.
        now: Seconds since the epoch that relative times count from.
    """
    if style == "R":
        return _relative(seconds - now)
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return "Invalid date"
    date = f"{moment.day} {moment:%B} {moment.year}"
    return {
        "t": f"{moment:%H:%M}",
        "T": f"{moment:%H:%M:%S}",
        "d": f"{moment:%d/%m/%Y}",
        "D": date,
        "f": f"{date} {moment:%H:%M}",
        "F": f"{moment:%A}, {date} {moment:%H:%M}",
    }[style]


def _relative(distance: float) -> str:
    ahead, seconds = distance > 0, abs(distance)
    for unit, size in _UNITS:
        count = round(seconds / size)
        if seconds >= size and count:
            words = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"in {words}" if ahead else f"{words} ago"
    return "now"
