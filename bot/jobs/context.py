"""What all parts of the job engine share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.backends.base import ProviderName
from bot.backends.entry import Entry
from bot.backends.registry import Registry
from bot.clock import Clock
from bot.images import Images
from bot.jobs.gate import Gate
from bot.jobs.places import PLACES, Places
from bot.jobs.presenter import Presenter
from bot.jobs.room import Room
from bot.people import People
from bot.quotas import Limits
from storage.database import Database, Transaction
from storage.lineage import Lineage
from storage.server_lineage import ServerLineage
from storage.spool import Spool

SOURCE_NAME = "source"
"""The normalised source's name in the spool."""
MASK_NAME = "mask"
"""The mask's, white where the picture changes; for a provider that wants it otherwise, a copy
lies beside it."""


def reference_name(number: int) -> str:
    """The name of a style reference in the spool; the first is 1."""
    return f"reference-{number}"


PICTURES_AT_ONCE = 8
"""Each is promised room in the spool for some files, which all waiting ones would not find."""
REFERENCES_AT_ONCE = 2
"""Jobs that read style references, of which all lie in the spool at once."""


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
    retries_here: int = 2
    """How often a call that was not accepted is tried again before another backend is."""
    retry_here_within: float = 10
    """A longer wait than this is not worth it where another backend can do the same."""
    find_within: float = 120
    """How long a lost answer is asked for under our id while the process lives."""
    repeat_within: float = 600
    """After its intent, a call that nobody knows is sent again under our id; later it might be
    billed anew, because nobody says for how long a provider remembers an id."""
    hear_margin: float = 900
    """How long after its backend's deadline a webhook may still tell of a call."""
    hints: float = 0.5
    """Between two looks for what webhooks told other processes."""
    room: float = 1
    """Between two looks for places that other processes gave back."""
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


class Circuit(Protocol):
    """What jobs need of `bot.circuit`: which providers are out of order."""

    def is_open(self, provider: ProviderName) -> bool:
        """Say whether a provider is out of the offer."""
        ...

    async def trip(self, provider: ProviderName, cause: str, detail: str) -> None:
        """Take a provider out of the offer until a probe finds it in order."""
        ...


class Notices(Protocol):
    """What jobs need of `bot.notices`: a way to tell the operator."""

    async def tell(self, cause: str, sentence: str) -> None:
        """Tell the operator, once for each cause and day; never raises, never waits long."""
        ...


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
    people: People
    discord_hosts: frozenset[str]
    """Hosts that sources may be read from."""
    tempo: Tempo = field(default_factory=Tempo)
    places: Mapping[ProviderName, Places | None] = field(default_factory=lambda: PLACES)
    """How much may be in the making at once; None is unlimited."""
    room: Room = field(default_factory=Room)
    """Told when places at a provider become free."""
    gate: Gate = field(default_factory=Gate)
    """Passed by jobs before each larger piece of work, and held by whoever takes an order."""
    fallback: bool = True
    """Whether another backend may do what the chosen one cannot."""
    public_url: str | None = None
    """Where providers can report to, without a slash at the end."""
    circuit: Circuit | None = None
    notices: Notices | None = None
    sources: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PICTURES_AT_ONCE))
    """Taken while a source is read."""
    references: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(REFERENCES_AT_ONCE)
    )
    """Taken while style references are read."""
    results: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PICTURES_AT_ONCE))
    """Taken while a result is read."""
    unstored: set[str] = field(default_factory=set[str])
    """Jobs of which a paid call's answer could not be stored yet; meanwhile nothing new is taken
    or bought."""
    lineage: Lineage | ServerLineage | None = None
    """Tells whether the database was restored; None where it cannot be told."""
    restored_until: int | None = None
    """For jobs that were created by then nothing is bought: they were in a database that was
    restored, and may have been carried out since the copy was made."""
    last_beat: int = 0
    """When this process last wrote its heartbeat; milliseconds."""

    def lease_left(self) -> float:
        """Seconds until another process may take this one's jobs."""
        return self.tempo.lease - (self.clock.now() - self.last_beat) / 1000

    def may_pay(self, provider: ProviderName) -> bool:
        """Say whether a paid call, started now, has ended before the lease does."""
        return self.lease_left() > self.registry.longest_submit(provider)

    def works(self, entry: Entry) -> bool:
        """Say whether a backend's provider is in order, as far as is known."""
        return self.circuit is None or not self.circuit.is_open(entry.provider)

    @property
    def offered(self) -> tuple[Entry, ...]:
        """What members can choose just now."""
        return tuple(entry for entry in self.registry.offered if self.works(entry))

    async def count(self, tx: Transaction) -> int:
        """Count that the database goes on; see `storage.lineage`.

        Raises:
            storage.database.BrokenError: It was put back while the process ran.
        """
        return 0 if self.lineage is None else await self.lineage.advance(tx)

    def keep_count(self, count: int) -> None:
        """Keep a count whose transaction was committed."""
        if self.lineage is not None:
            self.lineage.keep(count)

    async def count_alone(self) -> None:
        """Count where nothing else is written.

        Raises:
            storage.database.BrokenError: See `count`.
        """
        self.keep_count(await self.database.transaction(self.count))

    def webhook(self, entry: Entry, secret: str) -> str | None:
        """Where a backend reports on the call with this secret; None where it cannot."""
        if self.public_url is None or not entry.reports:
            return None
        return f"{self.public_url}/hooks/{entry.provider}/{secret}"
