"""The real bot in a process of its own, its log read as it is written."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Protocol

from sandbox.nursery import KEPT, ROOT, Nursery, kept_environment

__all__ = ["HURRY", "KEPT", "ROOT", "BotProcess"]

HURRY = {"IDENTIFY_SECONDS": "0"}
"""The sandbox lets a bot connect again at once, unless `Starts.gap` is set."""
STOP_SECONDS = 30.0
LONGEST_LINE = 1 << 20


class _Started(Protocol):
    """What both ways to start a process give."""

    @property
    def returncode(self) -> int | None: ...

    def send_signal(self, signal: int, /) -> None: ...

    async def wait(self) -> int: ...


class BotProcess:
    """`python -m bot run` as a child.

    Args:
        settings: Environment variables, the only settings that it gets.
        folder: Where it runs; no `.env` lies there.
        told: Called after each line of its log.
        run: What Python is to run.
        nursery: Where it is born, if that is the bot; None starts it as an operator does.
    """

    def __init__(
        self,
        settings: Mapping[str, str],
        folder: Path,
        told: Callable[[], None] = lambda: None,
        run: Sequence[str] = ("-m", "bot", "run"),
        nursery: Nursery | None = None,
    ) -> None:
        self._environment = {**kept_environment(), **HURRY, **settings}
        self._run = run
        self._nursery = nursery
        self._folder = folder
        self._told = told
        self.lines: list[str] = []

    async def start(self) -> None:
        """Start it; `ready` is somebody else's to wait for."""
        reading, writing = os.pipe()
        log = asyncio.StreamReader(limit=LONGEST_LINE)
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(log), os.fdopen(reading, "rb")
        )
        try:
            self._process: _Started = await self._start(writing)
        finally:
            os.close(writing)
        self._reading = asyncio.create_task(self._read(log))

    async def _start(self, log: int) -> _Started:
        if self._nursery is None:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, *self._run),
                env=self._environment,
                cwd=self._folder,
                stderr=log,
            )
        return await self._nursery.bear(
            *self._run[2:],
            environment=self._environment,
            folder=self._folder,
            streams=(0, 1, log),
        )

    @property
    def running(self) -> bool:
        """Whether it has not exited."""
        return self._process.returncode is None

    async def kill(self) -> None:
        """End it in the middle of whatever it does, as a power cut would."""
        self._process.send_signal(SIGKILL)
        await self._process.wait()
        await self._read_all()

    def terminate(self) -> None:
        """Ask it to stop, unless it has exited."""
        if self.running:
            self._process.send_signal(SIGTERM)

    async def ended(self) -> None:
        """Wait until it exits, however long that takes."""
        await self._process.wait()

    async def exited(self) -> int:
        """Wait until it has exited; gives its status."""
        async with asyncio.timeout(STOP_SECONDS):
            status = await self._process.wait()
        await self._read_all()
        return status

    async def _read_all(self) -> None:
        # The log ends when the last process that can write to it has: no worker outlives the bot.
        async with asyncio.timeout(STOP_SECONDS):
            await self._reading

    async def _read(self, log: asyncio.StreamReader) -> None:
        async for line in log:
            self.lines.append(line.decode(errors="replace").rstrip("\n"))
            self._told()
        self._told()
