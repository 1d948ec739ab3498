"""What is measured inside a bot's own process, for ours and for the baseline alike."""

from __future__ import annotations

import asyncio
import functools
import time
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import aiohttp

from storage.sqlite import SqliteDatabase

TICK = 0.005
"""Seconds between two looks at the event loop."""


class Probe:
    """Watches one process; to be installed before the bot is made."""

    def __init__(self) -> None:
        self._instants: list[tuple[float, float, str]] = []
        self.reset()

    def reset(self) -> None:
        """Forget all that was measured."""
        self._answered: dict[str, tuple[float, float]] = {}
        self._delays: list[float] = []
        self._transactions: Counter[str] = Counter()
        self._reads = 0
        self._instants.clear()
        self._processor = time.process_time()

    def report(self) -> dict[str, Any]:
        """Give what was measured since the last reset.

        Returns:
            `answered`: when the answer to each interaction was sent, by the machine's monotonic
            clock, and the processor time of this process until then; `delays`: seconds by which
            the event loop was late, where it was watched; `cpu`: processor time of this process;
            `transactions` by name; `reads`: the number of visits that only read; `instants`,
            where they are noted: each with its time, the processor time until then, and its name.
        """
        return {
            "answered": self._answered,
            "delays": self._delays,
            "cpu": time.process_time() - self._processor,
            "transactions": self._transactions,
            "reads": self._reads,
            "instants": self._instants,
        }

    def install(self) -> None:
        """Put the probes where discord.py and the engine pass by: neither has a seam for it."""
        _before(SqliteDatabase, "transaction", self._on_transaction)
        _before(SqliteDatabase, "read", self._on_read)
        _before(SqliteDatabase, "look", self._on_read)
        tracing = aiohttp.TraceConfig()
        tracing.on_request_headers_sent.append(self._on_sent)
        opened = aiohttp.ClientSession.__init__

        @functools.wraps(opened)
        def open_traced(*args: Any, **options: Any) -> None:  # noqa: ANN401 - passed on
            others = options.pop("trace_configs", None) or ()
            opened(*args, **options, trace_configs=[*others, tracing])

        setattr(aiohttp.ClientSession, "__init__", open_traced)  # noqa: B010 - a method is no variable

    def note(self, name: str) -> None:
        """Note an instant that is reached."""
        self._instants.append((time.perf_counter(), time.process_time(), name))

    async def watch_loop(self) -> None:
        """Note by how much the event loop is late, until the next reset."""
        loop, delays = asyncio.get_running_loop(), self._delays
        while delays is self._delays:
            due = loop.time() + TICK
            await asyncio.sleep(TICK)
            delays.append(loop.time() - due)

    def _on_transaction(self, _: object, work: Callable[..., object], **__: object) -> None:
        name = work.__qualname__.removesuffix(".<locals>.work")
        self._transactions[f"{work.__module__}.{name}"] += 1

    def _on_read(self, *_: object) -> None:
        self._reads += 1

    async def _on_sent(
        self,
        _: aiohttp.ClientSession,
        __: SimpleNamespace,
        sent: aiohttp.TraceRequestHeadersSentParams,
    ) -> None:
        folders = sent.url.parts
        if folders[-1] == "callback":
            spent = time.process_time() - self._processor
            self._answered[folders[-3]] = (time.perf_counter(), spent)


def _before(owner: type, name: str, told: Callable[..., None]) -> None:
    """Call something with the same arguments before a method."""
    method = getattr(owner, name)

    @functools.wraps(method)
    def call(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on
        told(*args, **options)
        return method(*args, **options)

    setattr(owner, name, call)
