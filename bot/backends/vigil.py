"""Waiting for accepted work: how long so far, when to ask again, when to give it up."""

from __future__ import annotations

import asyncio
from time import monotonic

from bot.backends.base import BackendError
from bot.backends.pace import Pace


class Vigil:
    """One wait for one accepted call."""

    def __init__(self, pace: Pace, *, age: float) -> None:
        """Begin it.

        Args:
            pace: How often is asked.
            age: Seconds since the call was accepted, perhaps by another process.
        """
        self._pace = pace
        self._began = monotonic() - age
        self._doubts = 0

    @property
    def waited(self) -> float:
        """Seconds since the call was accepted."""
        return monotonic() - self._began

    async def until(self, seconds: float) -> None:
        """Sleep until so many seconds after the call was accepted."""
        await asyncio.sleep(max(0, seconds - self.waited))

    async def pause(self) -> None:
        """Sleep until it is time to ask again."""
        await asyncio.sleep(self._pace.gap(self.waited))

    def doubt(self, error: BackendError) -> None:
        """Note an answer that ends the wait if it is more than bad luck.

        Raises:
            BackendError: It is: such answers came one after the other, and the call is old
                enough to be known everywhere.
        """
        self._doubts += 1
        if self._doubts > self._pace.patience and self.waited >= self._pace.unknown_grace:
            raise error

    def trust(self) -> None:
        """Note a good answer."""
        self._doubts = 0
