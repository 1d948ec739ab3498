"""The real bot in a process of its own, pointed at the stand-ins."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
KEPT = ("PATH", "HOME", "LANG", "TMPDIR")
"""What the process gets of this one's environment: no setting may slip in."""


class BotProcess:
    """`remix-bot run` as a child; stopped at the end of `async with`, however that comes.

    Args:
        settings: Environment variables, the only settings that it gets.
        log: The file that its log is added to.
    """

    def __init__(self, settings: Mapping[str, str], log: Path) -> None:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self._environment = {**kept, "PYTHONPATH": str(ROOT), **settings}
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        folder = self._log.parent
        with self._log.open("ab") as log:
            # In a folder of its own, so that a .env of the operator's is not read.
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", env=self._environment, cwd=folder, stderr=log
            )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The child.

        Raises:
            RuntimeError: It was not started.
        """
        if self._process is None:
            raise RuntimeError("the bot was not started")
        return self._process

    @property
    def log(self) -> str:
        """All that it has logged."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    async def stop(self) -> int:
        """Ask it to stop and wait; gives its exit status."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()
