"""Bots of the nursery, as the harness holds them: started, set a trap, killed, their log read."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Self

from sandbox import nursery
from sandbox.torture.trap import KILLED
from sandbox.torture.trapped import Terms


class Bot:
    """One process of the bot."""

    def __init__(self, process: nursery.Child, log: Path, inbox: str) -> None:
        self._process = process
        self._log = log
        self._inbox = inbox
        self.dead = asyncio.Event()
        """Set once it has ended, however."""
        self._end = asyncio.create_task(self._await_end())

    @property
    def lines(self) -> list[str]:
        """Its log so far."""
        return self._log.read_text(errors="replace").splitlines()

    @property
    def killed_at(self) -> str | None:
        """The point at which it killed itself; None where it did not."""
        # Another thread may still have written a line before the signal arrived.
        said = (line for line in self.lines if line.startswith(KILLED))
        return next((line.removeprefix(KILLED) for line in said), None)

    def set_trap(self, name: str, nth: int) -> None:
        """Let it die when a point is reached for the `nth` time from now on."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(f"{nth} {name}".encode(), self._inbox)

    async def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.send(SIGKILL)
        await self.dead.wait()

    async def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        self.send(SIGTERM)
        await self.dead.wait()

    def send(self, number: int) -> None:
        """Send it a signal, if it is there."""
        self._process.send_signal(number)

    async def _await_end(self) -> None:
        await self._process.wait()
        self.dead.set()


class Nursery:
    """A nursery of bots with traps in them; use it with `async with`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._births = 0

    async def __aenter__(self) -> Self:
        self._nursery = nursery.Nursery()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._nursery.close()

    async def start(
        self,
        settings: Mapping[str, str],
        *,
        first: tuple[str, int] | None = None,
        record: Path | None = None,
        arguments: tuple[str, ...] = (),
        lease: float | None = None,
    ) -> Bot:
        """Start a bot.

        Args:
            settings: The only ones that it gets.
            first: The point at which it dies, and how often it is reached until then.
            record: A file that gets the names of all points it reaches.
            arguments: What follows `run` on its command line.
            lease: Seconds; shorter than LEASE_SECONDS may be.
        """
        self._births += 1
        log = self._folder / f"bot-{self._births}.log"
        terms = Terms(
            inbox=str(self._folder / f"inbox-{self._births}"),
            record=None if record is None else str(record),
            first=first,
            lease=lease,
        )
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            child = await self._nursery.bear(
                *(str(terms), *arguments),
                module="sandbox.torture.trapped",
                environment={**nursery.kept_environment(), **settings},
                folder=self._folder,
                streams=(0, out, out),
            )
        finally:
            os.close(out)
        return Bot(child, log, terms.inbox)
