"""The bot's end of one worker: a process that is started, asked, killed and replaced."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.images.faults import Fault
from bot.images.task import READY, Refusal, Task, to_line

_START_SECONDS: Final = 30.0
_PASSED_ON: Final = ("PATH", "LD_LIBRARY_PATH")
_GRACE_SECONDS: Final = 5

Answer = TypeVar("Answer")
Answers = TypeAdapter[Answer | Refusal]
"""Reads one kind of answer, or a refusal; any other answer is nonsense."""


class WorkerDied(Exception):
    """The process ended, or could not be started, or spoke nonsense."""


class WorkerProcess:
    """One worker at a time, started when first needed and again after it died.

    Not for two tasks at once: the caller sees to that.
    """

    def __init__(self, *, memory: int, tasks: int) -> None:
        self._memory = memory
        self._tasks = tasks
        self._left = 0
        self._running: _Running | None = None
        self._killed = False

    @property
    def runs(self) -> bool:
        """Whether there is a process."""
        return self._running is not None

    async def start(self) -> None:
        """Start the process, unless it runs, and wait until it is ready.

        Raises:
            WorkerDied: It could not be started.
        """
        if self._running is not None:
            return
        self._killed = False
        try:
            self._running = await _spawn(self._memory)
            async with asyncio.timeout(_START_SECONDS):
                ready = await self._running.read()
        except OSError as error:  # TimeoutError is one
            await self.stop()
            raise WorkerDied(f"not started: {error}") from error
        except BaseException:
            await self.stop()
            raise
        if ready != READY:
            await self.stop()
            raise WorkerDied("not ready")
        self._left = self._tasks

    async def ask(
        self, task: Task, answers: Answers[Answer], *, deadline: float
    ) -> Answer | Refusal:
        """Have one task carried out.

        However this ends but with an answer, the process is gone when it does: it writes no
        more.

        Args:
            task: What to do.
            answers: How to read the answer.
            deadline: Seconds, not counting those that a start takes.

        Raises:
            TimeoutError: It took longer.
            WorkerDied: It ended before it answered, or could not be started.
        """
        await self.start()
        try:
            async with asyncio.timeout(deadline):
                # Should this process be killed, the worker ends itself soon after.
                line = to_line(task, seconds=int(deadline) + _GRACE_SECONDS)
                answer = answers.validate_json(await self._exchange(line))
        except ValidationError as error:
            await self.stop()
            raise WorkerDied("nonsense") from error
        except BaseException:
            await self.stop()
            raise
        self._left -= 1
        failed = isinstance(answer, Refusal) and answer.reason is Fault.FAILED
        if failed or not self._left:
            await self.stop()
        return answer

    def kill(self) -> None:
        """End the process now; whoever waits for its answer gets `WorkerDied`."""
        # Once: a second signal to a dead process would reap it behind asyncio's back.
        if self._running is not None and not self._killed:
            self._killed = True
            with suppress(ProcessLookupError):
                self._running.process.kill()

    async def stop(self) -> None:
        """Kill the process and wait until it is gone."""
        self.kill()
        running, self._running = self._running, None
        if running is not None:
            await running.process.communicate()

    async def _exchange(self, line: bytes) -> bytes:
        if self._running is None:
            raise WorkerDied("not running")
        try:
            self._running.tasks.write(line)
            await self._running.tasks.drain()
            return await self._running.read()
        except ConnectionError as error:
            raise WorkerDied(type(error).__name__) from error


@dataclass(frozen=True, kw_only=True)
class _Running:
    process: Process
    tasks: asyncio.StreamWriter
    answers: asyncio.StreamReader

    async def read(self) -> bytes:
        try:
            line = await self.answers.readline()
        except ValueError as error:  # longer than any answer
            raise WorkerDied("endless answer") from error
        if not line.endswith(b"\n"):
            raise WorkerDied("ended")
        return line


async def _spawn(memory: int) -> _Running:
    # Not multiprocessing: that imports the program's main module, and so the whole bot with
    # its secrets, into the worker, and cannot end one picture without its pool.
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "bot.images.worker", str(memory)),
        stdin=PIPE,
        stdout=PIPE,
        env=environment,
    )
    if process.stdin is None or process.stdout is None:
        raise WorkerDied("no pipes")
    return _Running(process=process, tasks=process.stdin, answers=process.stdout)
