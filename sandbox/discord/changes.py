"""Waiting for something to become true in the sandbox, without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Wakes everyone who waits whenever the state of the sandbox changes."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Say that something changed."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, predicate: Callable[[], T], seconds: float, what: str) -> T:
        """Wait until the predicate gives something true, and return that.

        Args:
            predicate: Asked at once and after each change.
            seconds: How long, in real time.
            what: What is waited for, for the error.

        Raises:
            TimeoutError: It did not come true in time.
        """
        try:
            async with asyncio.timeout(seconds):
                while not (value := predicate()):
                    await self._next()
        except TimeoutError:
            raise TimeoutError(f"not within {seconds:g} s: {what}") from None
        return value

    async def _next(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)
