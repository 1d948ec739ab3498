"""Amounts, times and periods of /quota as text: how they are read, and what is offered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from discord.app_commands import Choice

from bot import times
from bot.quotas import credits_text
from bot.spending import spans
from bot.times import TimesError
from cogs.choices import LONGEST, MOST
from cogs.desk import RemixInteraction, SorryError
from cogs.quota_desk import settings_of

LARGEST: Final = 1_000_000
"""Credits of one amount."""
MOST_JOBS, MOST_PICTURES, LONGEST_PAUSE = 25, 20, 24 * 3600
"""Of the limits; the pause in seconds."""
NONE, UNLIMITED = "none", "unlimited"
_OFF: Final = frozenset((NONE, "off", "no", "0"))
_STEPS: Final = (10, 25, 50, 100, 200, 500, 1000, 5000)
_TIMES: Final = ("1h", "12h", "1d", "3d", "7d", "30d", "90d")
_PAUSES: Final = ("10s", "30s", "1m", "5m", "1h")
_AMOUNT: Final = re.compile(r"([0-9]{1,7}|[0-9]{1,3}(?:,[0-9]{3})+)(?: ?credits?)?", re.ASCII)
_PAUSE: Final = re.compile(r"([0-9]{1,5}) ?(s|sec|seconds?|m|min|minutes?|h|hours?)?", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


# Reading


def amount(typed: str) -> int | None:
    """Read an amount of credits; None is unlimited.

    Raises:
        SorryError: It is none.
    """
    text = _plain(typed)
    if text == UNLIMITED:
        return None
    if text == NONE:
        return 0
    written = _AMOUNT.fullmatch(text)
    if written is not None and (found := int(written[1].replace(",", ""))) <= LARGEST:
        return found
    raise SorryError(f"Give a whole number from 0 to {LARGEST:,}, or `none`, or `unlimited`.")


def limit(typed: str, *, most: int) -> int | None:
    """Read a limit from 1 on; None takes it away.

    Raises:
        SorryError: It is none.
    """
    text = _plain(typed)
    if text in {NONE, UNLIMITED}:
        return None
    if text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= most:
        return int(text)
    raise SorryError(f"Give a whole number from 1 to {most}, or `none` to take the limit away.")


def pause(typed: str) -> int:
    """Read a pause in seconds; 0 is none.

    Raises:
        SorryError: It is none, or longer than a day.
    """
    text = _plain(typed)
    if text in _OFF:
        return 0
    if written := _PAUSE.fullmatch(text):
        seconds = int(written[1]) * _SECONDS[(written[2] or "s")[0]]
        if seconds <= LONGEST_PAUSE:
            return seconds
    raise SorryError("Give a pause of at most a day, such as `30s`, `5m` or `1h`, or `none`.")


async def moment(interaction: RemixInteraction, typed: str | None) -> int | None:
    """Read a time to come in the server's zone; None where there is none.

    Raises:
        TimesError: It is no such time.
    """
    if typed is None:
        return None
    zone = await zone_of(interaction)
    return times.moment(typed, now=interaction.client.clock.now(), zone=zone)


async def span(interaction: RemixInteraction, typed: str | None) -> spans.Span:
    """Read what a report is about; this month where nothing is said.

    Raises:
        TimesError: It is none.
    """
    zone = await zone_of(interaction)
    return spans.span(typed or spans.THIS_MONTH, now=interaction.client.clock.now(), zone=zone)


async def zone_of(interaction: RemixInteraction) -> ZoneInfo:
    """The server's time zone."""
    return ZoneInfo((await settings_of(interaction)).period.zone)


def pause_text(seconds: int) -> str:
    """A pause in words."""
    for unit, length in (("h", 3600), ("m", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s" if seconds else NONE


# Offering


async def amounts(_: RemixInteraction, current: str) -> list[Choice[str]]:
    """Offer amounts of a quota."""
    fixed = [(f"{NONE} - no credits at all", NONE), (f"{UNLIMITED} - as many as wanted", UNLIMITED)]
    return _offer(current, [*fixed, *_numbers(current)])


async def budgets(_: RemixInteraction, current: str) -> list[Choice[str]]:
    """Offer amounts of a budget."""
    fixed = [(f"{UNLIMITED} - no budget", UNLIMITED), (f"{NONE} - nothing can be made", NONE)]
    return _offer(current, [*fixed, *_numbers(current)])


async def jobs_at_once(_: RemixInteraction, current: str) -> list[Choice[str]]:
    """Offer how many remixes a member may have under way."""
    return _offer(current, [_NO_LIMIT, *_plainly(map(str, range(1, MOST_JOBS)))])


async def pictures(_: RemixInteraction, current: str) -> list[Choice[str]]:
    """Offer how many pictures may be asked for at once."""
    return _offer(current, [_NO_LIMIT, *_plainly(map(str, range(1, MOST_PICTURES + 1)))])


async def pauses(_: RemixInteraction, current: str) -> list[Choice[str]]:
    """Offer pauses between two remixes."""
    return _offer(current, [(f"{NONE} - no pause", NONE), *_plainly(_PAUSES)])


async def moments(interaction: RemixInteraction, current: str) -> list[Choice[str]]:
    """Offer times to come, and say how what is typed is understood, or why it is not."""
    zone, now = await zone_of(interaction), interaction.client.clock.now()
    named = [(_understood(text, now, zone), text) for text in _TIMES if text.startswith(current)]
    if not current.strip() or current in _TIMES:
        return _choices(named)
    try:
        typed = _understood(current, now, zone)
    except TimesError as error:
        # What stands behind it is refused with the same sentence.
        typed = str(error)
    return _choices([(typed, current), *named])


async def periods(interaction: RemixInteraction, current: str) -> list[Choice[str]]:
    """Offer what a report can be about."""
    zone, now = await zone_of(interaction), interaction.client.clock.now()
    return _offer(current, _plainly(spans.offered(now=now, zone=zone)))


_Named = tuple[str, str]
_NO_LIMIT: Final = (f"{NONE} - no limit", NONE)


def _plain(typed: str) -> str:
    return " ".join(typed.split()).casefold()


def _numbers(current: str) -> list[_Named]:
    """The number that is typed, and usual ones."""
    steps = [(credits_text(step), str(step)) for step in _STEPS]
    try:
        typed = amount(current)
    except SorryError:
        return steps
    if not typed or typed in _STEPS:
        return steps
    return [(credits_text(typed), str(typed)), *steps]


def _plainly(texts: Iterable[str]) -> list[_Named]:
    return [(text, text) for text in texts]


def _offer(current: str, named: Iterable[_Named]) -> list[Choice[str]]:
    asked = _plain(current).replace(",", "")
    return _choices((name, value) for name, value in named if name.startswith(asked))


def _choices(named: Iterable[_Named]) -> list[Choice[str]]:
    return [Choice(name=name[:LONGEST], value=value[:LONGEST]) for name, value in named][:MOST]


def _understood(text: str, now: int, zone: ZoneInfo) -> str:
    found = times.moment(text, now=now, zone=zone)
    local = datetime.fromtimestamp(found // 1000, zone)
    return f"{' '.join(text.split())} - until {local:%Y-%m-%d %H:%M} ({zone.key})"
