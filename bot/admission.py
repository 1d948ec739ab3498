"""Whether a member may use the bot at a place at all, whatever they ask for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.jobs.refusals import RefusedError
from bot.servers import Flagged, ServerSettings

DAY_MS = 24 * 3600 * 1000


class Barrier(StrEnum):
    """What stands in the way."""

    OFF = "off"
    """The bot is switched off in this server."""
    CHANNEL = "channel"
    """It may not be used in this channel."""
    ACCOUNT_AGE = "account_age"
    MEMBER_AGE = "member_age"


class BarredError(RefusedError):
    """The server's moderators do not let the bot be used so."""

    def __init__(
        self, barrier: Barrier, *, channels: tuple[int, ...] = (), until: int | None = None
    ) -> None:
        """Say what stands in the way.

        Args:
            barrier: What.
            channels: Where it may be used instead.
            until: When the barrier falls by itself; milliseconds.
        """
        super().__init__(barrier)
        self.barrier = barrier
        self.channels = channels
        self.until = until


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a member asks."""

    ids: frozenset[int]
    """The channel or thread, the channel that a thread is in, and the category."""
    age_restricted: bool


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who asks; times are milliseconds."""

    created: int
    """When the account was made."""
    joined: int | None
    """When the member joined; None where Discord does not say."""


def admit(settings: ServerSettings, asker: Asker, place: Place, *, now: int) -> None:
    """Check what a server's moderators say of when, where and by whom the bot may be used.

    Raises:
        BarredError: It may not.
    """
    if not settings.enabled:
        raise BarredError(Barrier.OFF)
    if settings.channels and place.ids.isdisjoint(settings.channels):
        raise BarredError(Barrier.CHANNEL, channels=settings.channels)
    _require_age(Barrier.ACCOUNT_AGE, asker.created, settings.account_days, now)
    if asker.joined is not None:
        _require_age(Barrier.MEMBER_AGE, asker.joined, settings.member_days, now)


def shows_flagged(settings: ServerSettings, place: Place) -> bool:
    """Say whether pictures that a provider flags are shown here, hidden until clicked."""
    return settings.flagged is Flagged.SPOILER and place.age_restricted


def _require_age(barrier: Barrier, since: int, days: int, now: int) -> None:
    until = since + days * DAY_MS
    if days and now < until:
        raise BarredError(barrier, until=until)
