"""What jobs need from Discord, handed to them so that they need not know it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bot.backends.base import Queued, Running
from bot.jobs.record import Job, SourceRef


@dataclass(frozen=True, kw_only=True)
class WaitingForRoom:
    """Not submitted yet: the provider has no room, or is out of reach."""


@dataclass(frozen=True, kw_only=True)
class NotStopped:
    """It was asked to cancel, and the provider would not stop."""


News = Queued | Running | WaitingForRoom | NotStopped


class Delivery(StrEnum):
    """What became of showing a job's end."""

    SHOWN = "shown"
    CARD_DELETED = "card_deleted"
    """Someone deleted the card; it is not posted again."""
    NO_WAY = "no_way"
    """Channel or access is gone, and no other way leads to the member."""
    LATER = "later"
    """Discord did not take it just now."""


class CardUnknownError(Exception):
    """Discord could not be asked whether the card is there."""


class Presenter(Protocol):
    """Shows jobs on their cards."""

    async def find_card(self, job: Job) -> int | None:
        """Ask Discord for the card that answered the job's interaction.

        Returns:
            Its message id, or None where there is none or the token is dead.

        Raises:
            CardUnknownError: Discord did not say.
        """
        ...

    async def tell(self, job: Job, news: News) -> bool:
        """Put news on the waiting card; False where the card was deleted.

        Other failures are logged and forgotten: news are a courtesy.
        """
        ...

    async def show(self, showing: Showing) -> Delivery:
        """Show a job's end on its card, with its pictures if it has any."""
        ...

    async def give_up(self, job: Job) -> None:
        """Say on the card of a job that its pictures could not be shown and cost nothing.

        It takes no file, so it may do where the pictures did not. Failures are logged, and
        forgotten.
        """
        ...

    async def fresh_link(self, source: SourceRef) -> str | None:
        """A fresh link to a source that a message shows; None where it is gone."""
        ...


@dataclass(frozen=True, kw_only=True)
class Showing:
    """A job's end, on its way to Discord."""

    job: Job
    files: Mapping[str, Path]
    """Source, mask, style references and results by their names in the spool, as far as they
    lie there."""
    parts: Mapping[int, int]
    """Messages that already show further parts, by part."""
    record_part: Callable[[int, int], Awaitable[None]]
    """To be called with part and message id as soon as a further message is sent."""
    again: bool
    """Whether an earlier attempt may have sent something, perhaps in another process."""
    of_the_past: bool = False
    """Whether its card may show pictures that the database knows nothing of, since it was
    restored: those are left there rather than replaced by a failure."""
