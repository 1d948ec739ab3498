"""What all parts of the job engine share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.backends.registry import Registry
from bot.clock import Clock
from bot.images import Images
from bot.jobs.presenter import Presenter
from bot.quotas import Limits
from storage.database import Database
from storage.spool import Spool

SOURCE_NAME = "source"
"""The normalised source's name in the spool."""
PICTURES_AT_ONCE = 8
"""Each is promised room in the spool for two files, which all waiting ones would not find."""


@dataclass(frozen=True, kw_only=True)
class Tempo:
    """How long the engine waits for what; seconds."""

    submit_within: float = 3600
    """A job not submitted by then, counted from its interaction, is refunded."""
    answer_within: float = 120
    """After so long without word of its card, Discord is asked for it."""
    show_within: float = 24 * 3600
    late_within: float = 24 * 3600
    """How long a late answer to an unconfirmed job is still taken."""
    late_gap: float = 60
    """Between two looks for late answers."""
    news_after: float = 5
    """Progress is told not before, and not more often."""
    retry_first: float = 1
    retry_most: float = 300
    """Gaps between attempts double from the first to the most."""
    find_within: float = 120
    """How long a lost answer is asked for under our id while the process lives."""
    fetch_within: float = 600
    """How long results are asked for again when their links do not answer."""
    sweep: float = 5
    """Between two looks for own jobs that nobody carries on."""
    heartbeat: float = 15
    lease: float = 180
    """After so long without a heartbeat another process takes the jobs over."""
    stop_showing: float = 5
    """How long a stop waits for cards that are being shown."""

    def gap(self, attempt: int) -> float:
        """Seconds to wait after a failed attempt, the first being 0."""
        return min(self.retry_most, self.retry_first * 2.0 ** min(attempt, 30))


@dataclass(kw_only=True)
class Context:
    """The engine's surroundings."""

    process_id: str
    database: Database
    spool: Spool
    images: Images
    registry: Registry
    presenter: Presenter
    clock: Clock
    limits: Limits
    discord_hosts: frozenset[str]
    """Hosts that sources may be read from."""
    tempo: Tempo = field(default_factory=Tempo)
    room: asyncio.Condition = field(default_factory=asyncio.Condition)
    """Told when places at a provider become free."""
    sources: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PICTURES_AT_ONCE))
    """Taken while a source is read."""
    results: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PICTURES_AT_ONCE))
    """Taken while a result is read."""
    last_beat: int = 0
    """When this process last wrote its heartbeat; milliseconds."""

    def lease_left(self) -> float:
        """Seconds until another process may take this one's jobs."""
        return self.tempo.lease - (self.clock.now() - self.last_beat) / 1000
