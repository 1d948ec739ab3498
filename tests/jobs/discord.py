"""What stands for Discord: it keeps what it was shown, and answers as a test wishes."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.jobs.presenter import CardUnknownError, Delivery, News, Showing
from bot.jobs.record import Job, SourceRef
from storage.states import JobState

_message_ids = itertools.count(5_000)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One attempt to show the end of a job."""

    state: JobState
    reason: str | None
    gift: bool
    files: dict[str, bytes]
    again: bool
    parts: dict[int, int]
    of_the_past: bool
    delivery: Delivery

    @property
    def kinds(self) -> list[str]:
        """What its files are, without their numbers: "result" as often as there are results."""
        return sorted(name.partition("-")[0] for name in self.files)


@dataclass(kw_only=True)
class Discord:
    """Outlives the processes of the bot."""

    cards: dict[str, int] = field(default_factory=dict)
    """Message ids of the cards that were answered, by job."""
    shown: dict[str, list[Shown]] = field(default_factory=lambda: defaultdict(list))
    told: dict[str, list[News]] = field(default_factory=lambda: defaultdict(list))
    asked: list[str] = field(default_factory=list)
    """Jobs whose card was asked for."""
    given_up: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """The jobs whose cards say that nothing could be shown, and what was written of it by then."""
    spoilt: bool = False
    """Whether saying so fails by a fault of the bot's."""
    deliveries: deque[Delivery | Exception] = field(default_factory=deque)
    """What becomes of the next showings; then they succeed."""
    silences: int = 0
    """How many questions for a card fail."""
    deleted: set[str] = field(default_factory=set)
    """Jobs whose card someone deleted."""
    links: dict[str, str] = field(default_factory=dict)
    """Fresh links by the old ones."""
    hold: asyncio.Event | None = None
    """Showing waits for it."""
    parts: int = 0
    """Further messages that the next showings send."""
    changed: Callable[[], None] = lambda: None

    def answer(self, job_id: str) -> int:
        """Post the card that answers an interaction."""
        self.cards[job_id] = next(_message_ids)
        return self.cards[job_id]

    async def find_card(self, job: Job) -> int | None:
        self.asked.append(job.id)
        self.changed()
        if self.silences > 0:
            self.silences -= 1
            raise CardUnknownError
        return self.cards.get(job.id)

    async def tell(self, job: Job, news: News) -> bool:
        self.told[job.id].append(news)
        self.changed()
        return job.id not in self.deleted

    async def show(self, showing: Showing) -> Delivery:
        delivery = self.deliveries.popleft() if self.deliveries else Delivery.SHOWN
        job = showing.job
        for part in range(1, self.parts + 1):
            await showing.record_part(part, next(_message_ids))
        if isinstance(delivery, Delivery):
            self.shown[job.id].append(
                Shown(
                    state=job.state,
                    reason=job.row.reason,
                    gift=job.row.gift,
                    files={name: path.read_bytes() for name, path in showing.files.items()},
                    again=showing.again,
                    parts=dict(showing.parts),
                    of_the_past=showing.of_the_past,
                    delivery=delivery,
                )
            )
        self.changed()
        if self.hold is not None:
            await self.hold.wait()
        if isinstance(delivery, Exception):
            raise delivery
        return delivery

    async def give_up(self, job: Job) -> None:
        self.given_up.append((job.id, job.row.shown))
        if self.spoilt:
            raise RuntimeError("a fault")

    async def fresh_link(self, source: SourceRef) -> str | None:
        return self.links.get(source.url)
