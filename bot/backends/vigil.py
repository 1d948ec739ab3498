"""Waiting for accepted work: how long so far, when to ask again, when to give it up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from time import monotonic
from typing import Any, TypeVar

from bot.backends.errors import BackendError
from bot.backends.pace import Pace

_T = TypeVar("_T")


class Vigil:
    """One wait for one accepted call."""

    def __init__(self, pace: Pace, *, age: float, nudge: asyncio.Event | None = None) -> None:
        """Begin it.

        Args:
            pace: How often is asked.
            age: Seconds since the call was accepted, perhaps by another process.
            nudge: Ends a pause when it is set, and is cleared then.
        """
        self._pace = pace
        self._began = self._news = monotonic() - age
        self._nudge = nudge or asyncio.Event()
        self._doubts = 0

    @property
    def waited(self) -> float:
        """Seconds since the call was accepted."""
        return monotonic() - self._began

    async def until(self, seconds: float) -> None:
        """Sleep until so many seconds after the call was accepted, or a nudge."""
        await self._sleep(max(0, seconds - self.waited))

    async def pause(self) -> None:
        """Sleep until it is time to ask again; often after a nudge, then ever more seldom."""
        await self._sleep(self._pace.gap(monotonic() - self._news))

    async def heed(self, stream: AsyncGenerator[_T]) -> AsyncGenerator[_T]:
        """Pass on what a stream tells, until it ends or a nudge says that asking is better."""
        nudged = asyncio.ensure_future(self._nudge.wait())
        try:
            async with aclosing(stream):
                while True:
                    told = asyncio.ensure_future(_next(stream))
                    try:
                        await asyncio.wait({told, nudged}, return_when=asyncio.FIRST_COMPLETED)
                        items = told.result() if told.done() else ()
                    finally:
                        await _end(told)
                    for item in items:
                        yield item
                    if not items:
                        self._heed_nudge()
                        return
        finally:
            await _end(nudged)

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

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._nudge.wait()
        self._heed_nudge()

    def _heed_nudge(self) -> None:
        if self._nudge.is_set():
            self._nudge.clear()
            self._news = monotonic()


async def _next(stream: AsyncGenerator[_T]) -> tuple[_T, ...]:
    """Give the next item alone, or nothing at the end: a task cannot raise StopAsyncIteration."""
    async for item in stream:
        return (item,)
    return ()


async def _end(task: asyncio.Future[Any]) -> None:
    # Waiting with `await task` could not tell its cancellation from our own.
    task.cancel()
    await asyncio.wait({task})
