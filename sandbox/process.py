"""The real bot in a process of its own, its log read as it is written."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from signal import SIGKILL, SIGTERM

ROOT = Path(__file__).resolve().parent.parent
KEPT = ("PATH", "HOME", "LANG", "TMPDIR")
"""What the process gets of this one's environment: no setting may slip in."""
STOP_SECONDS = 30.0
LONGEST_LINE = 1 << 20


class BotProcess:
    """`python -m bot run` as a child.

    Args:
        settings: Environment variables, the only settings that it gets.
        folder: Where it runs; no `.env` lies there.
        told: Called after each line of its log.
    """

    def __init__(
        self,
        settings: Mapping[str, str],
        folder: Path,
        told: Callable[[], None] = lambda: None,
    ) -> None:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self._environment = {**kept, "PYTHONPATH": str(ROOT), **settings}
        self._folder = folder
        self._told = told
        self.lines: list[str] = []

    async def start(self) -> None:
        """Start it; `ready` is somebody else's to wait for."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            env=self._environment,
            cwd=self._folder,
            stderr=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
        )
        self._reading = asyncio.create_task(self._read())

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

    async def _read(self) -> None:
        log = self._process.stderr
        if log is None:
            raise RuntimeError("the bot was started without a log")
        async for line in log:
            self.lines.append(line.decode(errors="replace").rstrip("\n"))
            self._told()
        self._told()
