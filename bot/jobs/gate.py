"""Who goes first when much is to be done at once: members who wait for an answer, then jobs.

Discord waits three seconds for an answer, and a member sees nothing until then; a job takes
seconds anyway. So whoever works on a job lets those go first who take orders.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

AT_ONCE = 32
"""Orders that are taken at once: if all were, all would be answered as late as the last.

Fewer share fewer commits, so that the last of a crowd waits longer.
"""
QUIET = 0.03
"""Seconds without an order after which a crowd is over: it does not come in one piece."""
LONGEST_WAIT = 3.0
"""Seconds that a job waits for orders at most, so that no crowd can hold it up for good."""


class Gate:
    """The turns of one process."""

    def __init__(self) -> None:
        self._orders = 0
        self._crowd = False
        self._opening: asyncio.TimerHandle | None = None
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._free = asyncio.Event()
        self._free.set()

    @asynccontextmanager
    async def order(self) -> AsyncGenerator[None]:
        """Hold the work of jobs back while an order is taken, which has to wait for its turn.

        It ends before the answer is sent: what then takes time is the network.
        """
        self._crowd = self._crowd or bool(self._orders)
        self._orders += 1
        self._shut()
        try:
            async with self._turns:
                yield
        finally:
            self._orders -= 1
            if not self._orders:
                pause = QUIET if self._crowd else 0.0
                self._opening = asyncio.get_running_loop().call_later(pause, self._open)

    async def admit(self) -> None:
        """Wait until no order is being taken, but not longer than `LONGEST_WAIT`."""
        if not self._free.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_WAIT):
                    await self._free.wait()

    def _shut(self) -> None:
        self._free.clear()
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None

    def _open(self) -> None:
        self._crowd = False
        self._free.set()
