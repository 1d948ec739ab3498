"""A bot as a child process: started, asked for its figures, looked at from outside, stopped."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sandbox.process import KEPT, ROOT

LONGEST_LINE = 1 << 24
STOP_SECONDS = 30.0
LOOK_SECONDS = 0.1
KIB, MIB = 1 << 10, 1 << 20


@dataclass(kw_only=True)
class Seen:
    """The most memory that was seen; bytes."""

    main: int = 0
    """Resident, of the bot's own process."""
    together: int = 0
    """Of it and its workers; what they share counts once (PSS)."""


class Child:
    """One bot; use it with `async with`.

    Args:
        kind: What `benchmarks.inside` shall run.
        settings: Environment variables, the only settings that it gets.
        folder: Where it runs, and writes its log.
    """

    def __init__(self, kind: str, settings: Mapping[str, str], folder: Path) -> None:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self._kind = kind
        self._environment = {**kept, "PYTHONPATH": str(ROOT), **settings}
        self._folder = folder
        self._looking: threading.Event | None = None
        self.started = 0.0
        """When it was started, by `time.perf_counter`."""

    async def __aenter__(self) -> Self:
        self.started = time.perf_counter()
        with (self._folder / f"{self._kind}.log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "benchmarks.inside", self._kind),
                env=self._environment,
                cwd=self._folder,
                stdin=PIPE,
                stdout=PIPE,
                stderr=log,
                limit=LONGEST_LINE,
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop_looking()
        if self._process.returncode is None:
            self._process.terminate()
        async with asyncio.timeout(STOP_SECONDS):
            await self._process.wait()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    async def reset(self, *, watch: bool = False) -> None:
        """Let its probes begin anew, and watch its event loop besides."""
        await self._ask("watch" if watch else "reset")

    async def read(self) -> dict[str, Any]:
        """What its probes saw since: see `benchmarks.probe.Probe.report`."""
        return await self._ask("read")

    async def _ask(self, what: str) -> dict[str, Any]:
        asked, told = self._process.stdin, self._process.stdout
        if asked is None or told is None:
            raise RuntimeError("the bot was started without pipes")
        asked.write(f"{what}\n".encode())
        line = await told.readline()
        if not line:
            raise RuntimeError(f"the bot ended; see {self._folder / self._kind}.log")
        return json.loads(line)

    def resident(self) -> int:
        """Bytes of its own process in memory."""
        return _bytes(self.pid, "Rss")

    def look(self) -> Seen:
        """Look at its memory from now on, in a thread, until `stop_looking`."""
        seen, over = Seen(), threading.Event()
        self._looking = over

        def look() -> None:
            while not over.wait(LOOK_SECONDS):
                seen.main = max(seen.main, self.resident())
                family = (self.pid, *_children(self.pid))
                seen.together = max(seen.together, sum(_bytes(pid, "Pss") for pid in family))

        threading.Thread(target=look, daemon=True).start()
        return seen

    def stop_looking(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.set()
            self._looking = None


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(word) for task in tasks for word in (task / "children").read_text().split()]
    except OSError:
        return []


def _bytes(pid: int, name: str) -> int:
    """Bytes of a process in memory: Rss, or Pss where its part of what it shares counts."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # It ended meanwhile.
    return next(int(line.split()[1]) * KIB for line in lines if line.startswith(f"{name}:"))
