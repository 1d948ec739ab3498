"""Why an order is refused before any charge."""

from __future__ import annotations

from bot.backends.capabilities import Lack
from bot.backends.entry import Entry, Feature
from bot.quotas import Denial


class RefusedError(Exception):
    """An order is refused before any charge; `bot.errors.explain` says why."""


class NotOfferedError(RefusedError):
    """The backend is not offered here."""

    def __init__(self, backend: str, offered: tuple[str, ...]) -> None:
        super().__init__(backend)
        self.backend = backend
        self.offered = offered


class OutOfOrderError(NotOfferedError):
    """The backend is offered here, but its provider refuses the operator's account just now."""


class LacksError(RefusedError):
    """The backend lacks something that the request asks for, or `lack.needed` the other way."""

    def __init__(self, entry: Entry, lack: Lack) -> None:
        super().__init__(lack.what)
        self.entry = entry
        self.lack = lack


class ClashError(RefusedError):
    """The request asks for two things that the backend does not take together."""

    def __init__(self, entry: Entry, pair: tuple[Feature, Feature]) -> None:
        super().__init__(" and ".join(pair))
        self.entry = entry
        self.pair = pair


class TooWideError(RefusedError):
    """The source is wider than 3:1 or taller than 1:3."""


class TooManyPicturesError(RefusedError):
    """The server's moderators allow fewer pictures in one request."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class OverLimitError(RefusedError):
    """A limit forbids it."""

    def __init__(
        self,
        denial: Denial,
        *,
        cost: int = 0,
        left: int | None = None,
        renews: int | None = None,
        limit: int | None = None,
        reason: str | None = None,
    ) -> None:
        """Say which; see `bot.jobs.reservation.DeniedError`."""
        super().__init__(denial)
        self.denial = denial
        self.cost = cost
        self.left = left
        self.renews = renews
        self.limit = limit
        self.reason = reason


class StoppingError(RefusedError):
    """The bot is about to restart and takes no new work."""


class NotStoringError(RefusedError):
    """What a paid call answered cannot be stored just now, so nothing new is taken."""
