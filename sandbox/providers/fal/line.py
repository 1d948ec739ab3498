"""The line in front of fal's runners: first come, first served, so many at once.

Only what runs counts towards the account's limit; what is over it waits and is not refused
(fal, "Concurrency limits", November 2026).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from sandbox.providers.fal.work import Work


class Line:
    """The works that wait, and how many run."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._running = 0
        self._waiting: OrderedDict[str, Work] = OrderedDict()
        self._moved = asyncio.Event()

    @property
    def most(self) -> int:
        """How many may run at once."""
        return self._most

    @most.setter
    def most(self, most: int) -> None:
        self._most = most
        self._move()

    @property
    def full(self) -> bool:
        """Whether nothing more may run now."""
        return self._running >= self._most

    def join(self, work: Work) -> None:
        """Put a work at the end."""
        self._waiting[work.id] = work
        work.position = work.ahead + len(self._waiting) - 1

    def advance(self, work: Work) -> None:
        """Take one of those away that are made up to be before this work."""
        work.ahead -= 1
        self._place()

    def leave(self, work: Work) -> None:
        """Let a work go out of the line, if it is in it."""
        if self._waiting.pop(work.id, None) is not None:
            self._move()

    async def turn(self, work: Work) -> None:
        """Wait for a place to run, which must be given back, and leave the line."""
        while self.full or not self._is_next(work):
            await self._moved.wait()
        self.enter(work)

    def enter(self, work: Work) -> None:
        """Take a place to run at once."""
        self._running += 1
        self.leave(work)

    def give_back(self) -> None:
        """Free a place to run."""
        self._running -= 1
        self._move()

    def _is_next(self, work: Work) -> bool:
        # A work whose made-up company is still before it holds nobody up.
        ready = (other for other in self._waiting.values() if other.ahead == 0)
        return next(ready, work) is work

    def _move(self) -> None:
        self._place()
        self._moved.set()
        self._moved = asyncio.Event()

    def _place(self) -> None:
        for place, work in enumerate(self._waiting.values()):
            work.move(work.ahead + place)
