"""News on a waiting card: only when there are some, and not too often."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.backends.base import Queued, Running
from bot.jobs.presenter import News as Item

log = logging.getLogger(__name__)


class News:
    """Tells the last news, at most every few seconds, in a task of its own.

    A slow Discord must not delay the job, and no news may follow its end: so `close` is
    awaited before the end is shown.
    """

    def __init__(self, tell: Callable[[Item], Awaitable[None]], *, gap: float) -> None:
        self._tell = tell
        self._gap = gap
        self._next = asyncio.get_running_loop().time() + gap
        # What the first card says already.
        self._told: Item = Running()
        self._pending: Item | None = None
        self._task: asyncio.Task[None] | None = None
        self._telling = False

    def hear(self, item: Item) -> None:
        """Take news; what the card says already is none."""
        if isinstance(item, Queued) and item.position is None:
            item = Running()
        self._pending = item
        if item != self._told and self._task is None:
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Tell nothing more; what is being told right now is waited for.

        Not where the job itself is being stopped: nothing follows then that it could overtake.
        """
        task, self._task = self._task, None
        if task is None:
            return
        closing = asyncio.current_task()
        if not self._telling or (closing is not None and closing.cancelling()):
            task.cancel()
        await asyncio.wait({task})

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._pending is not None and self._pending != self._told:
            await asyncio.sleep(max(0.0, self._next - loop.time()))
            item = self._pending
            if item == self._told:
                break
            self._telling = True
            try:
                await self._tell(item)
            except Exception:
                log.exception("news.fault")
            finally:
                self._telling = False
            self._told = item
            self._next = loop.time() + self._gap
            if self._task is None:
                return
        self._task = None
