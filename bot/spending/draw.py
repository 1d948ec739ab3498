"""The bot's end of drawing: one short-lived process a chart, one chart at a time."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bot.spending.bars import bars
from bot.spending.rows import Spent

DEADLINE: Final = 20.0
"""Seconds for one chart once its turn has come; it takes two on a small machine."""
_COMMAND: Final = (sys.executable, "-P", "-m", "bot.spending.chart")
_PASSED_ON: Final = ("PATH", "LD_LIBRARY_PATH")
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_MOST_TOLD: Final = 200


class ChartError(Exception):
    """The chart was not drawn; says why, for the log."""


class Charts:
    """Draws charts, one at a time and never in this process; nothing outlives a call."""

    def __init__(self, *, command: Sequence[str] = _COMMAND, deadline: float = DEADLINE) -> None:
        """Prepare.

        Args:
            command: What draws: it is given `Bars` as JSON and answers with a PNG.
            deadline: Seconds for one chart, not counting the wait for its turn.
        """
        self._command = command
        self._deadline = deadline
        self._turn = asyncio.Lock()  # first come, first served

    async def draw(self, title: str, rows: Sequence[Spent], names: Mapping[int, str]) -> bytes:
        """Draw who spent how much on which backend; a PNG of 1200 x 700 pixels.

        Args:
            title: A line above the chart.
            rows: In any order.
            names: Display names by user id, as members chose them.

        Raises:
            ChartError: It failed, or took too long.
        """
        shown = bars(title, rows, names).to_json()
        async with self._turn:
            # Matplotlib keeps a list of fonts where it is told to, and else in the home folder.
            with TemporaryDirectory(prefix="remix-bot-chart-") as folder:
                return await self._drawn(shown, folder)

    async def _drawn(self, shown: bytes, folder: str) -> bytes:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=_environment(folder)
            )
        except OSError as error:
            raise ChartError(f"not started: {error}") from error
        try:
            async with asyncio.timeout(self._deadline):
                png, told = await process.communicate(shown)
        except TimeoutError:
            raise ChartError(f"not done in {self._deadline:g} s") from None
        finally:
            await _end(process)
        if process.returncode or not png.startswith(_PNG):
            last = told.decode(errors="replace").strip().rpartition("\n")[2]
            raise ChartError(f"ended with {process.returncode}: {last[:_MOST_TOLD]}")
        return png


async def _end(process: Process) -> None:
    """Kill a process that still runs, and wait until it is gone."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


def _environment(folder: str) -> dict[str, str]:
    """What the process may know: where to find its modules, and no secret of the bot."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    # One thread: numpy's are not needed here, and each takes memory.
    return {**environment, "MPLCONFIGDIR": folder, "HOME": folder, "OPENBLAS_NUM_THREADS": "1"}
