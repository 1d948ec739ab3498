"""Stand-ins of fal, Runware and Ideogram, over real HTTP on loopback."""

from __future__ import annotations

from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Self

from sandbox.clock import SandboxClock
from sandbox.providers.fal import Fal
from sandbox.providers.ideogram import Ideogram
from sandbox.providers.pictures import Pictures
from sandbox.providers.runware import Runware
from sandbox.providers.server import Server

__all__ = ["Fal", "Ideogram", "Providers", "Runware"]


class Providers:
    """All three stand-ins on one clock; use it with `async with`."""

    def __init__(self, clock: SandboxClock | None = None) -> None:
        self.clock = clock or SandboxClock()
        self._pictures = Pictures()
        self.fal = Fal(clock=self.clock, pictures=self._pictures)
        self.runware = Runware(clock=self.clock, pictures=self._pictures)
        self.ideogram = Ideogram(clock=self.clock, pictures=self._pictures)

    @property
    def servers(self) -> tuple[Server, ...]:
        """The three, for what is done to all alike."""
        return self.fal, self.runware, self.ideogram

    @property
    def total(self) -> Decimal:
        """US dollars that all three charged."""
        return sum((server.bill.total for server in self.servers), Decimal(0))

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.callback(self._pictures.close)
            for server in self.servers:
                await stack.enter_async_context(server)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def env(self) -> dict[str, str]:
        """Return the settings with which the bot reaches the three."""
        return {
            "FAL_KEY": self.fal.key,
            "FAL_URL": self.fal.url,
            "RUNWARE_API_KEY": self.runware.key,
            "RUNWARE_URL": self.runware.url,
            "IDEOGRAM_API_KEY": self.ideogram.key,
            "IDEOGRAM_URL": self.ideogram.url,
        }
