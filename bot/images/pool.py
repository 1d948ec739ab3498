"""`Images`: the pictures of all jobs, a few at a time, in worker processes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bot.images.anatomy import MAX_SIDE
from bot.images.faults import Fault, Unreadable
from bot.images.process import WorkerDied, WorkerProcess
from bot.images.task import Normalised, Refusal, Task

MEMORY_BYTES: Final = 1 << 30
"""For one picture, above what the worker starts with; the worst legal one takes 0.7 GB."""
SOURCE_SIDE: Final = 2048
"""Pixels; the longest side that Ideogram's models draw is 1,536 (Runware's list of sizes, 2026)."""
_TASKS_PER_PROCESS: Final = 100
_ATTEMPTS: Final = 2
_GRACE_SECONDS: Final = 5

_log = logging.getLogger(__name__)


class Images:
    """Reads pictures by path, in the order of asking, and never in this process.

    As many are in memory at once as there are workers.
    """

    def __init__(
        self, *, workers: int = 1, deadline: float = 10.0, memory: int = MEMORY_BYTES
    ) -> None:
        """Prepare; processes start when first needed, or with `warm`.

        Args:
            workers: Processes; 1, or 2 on a larger machine.
            deadline: Seconds that one picture may take once its turn has come.
            memory: Bytes that one picture may take.
        """
        self._deadline = deadline
        self._workers = [
            WorkerProcess(memory=memory, tasks=_TASKS_PER_PROCESS) for _ in range(workers)
        ]
        self._idle = list(self._workers)
        self._turns = asyncio.Semaphore(workers)  # first come, first served; a queue is not
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed = True
        for worker in self._workers:
            worker.kill()
        for _ in self._workers:
            await self._turns.acquire()
        for worker in self._workers:
            await worker.stop()
            self._turns.release()  # for those who still ask, to be refused

    async def warm(self) -> None:
        """Start the workers now, so that the first pictures need not wait for them.

        Raises:
            WorkerDied: One cannot be started: a fault of the installation.
        """
        await asyncio.gather(*(self._warm_one() for _ in self._workers))

    async def normalise(
        self, raw: Path, to: Path, *, max_bytes: int, max_side: int = SOURCE_SIDE
    ) -> Normalised:
        """Make a source of what a member sent: upright, sRGB, stripped, shrunk where needed.

        What already fits is decoded to prove it and written stripped but not re-encoded.

        Args:
            raw: The file as it came.
            to: Where the picture is written; after an error it may hold a part of it.
            max_bytes: Of the file that is written.
            max_side: Pixels of its longer side.

        Raises:
            Unreadable: It cannot be used; says why.
        """
        return await self._run(raw, to, max_bytes=max_bytes, max_side=max_side)

    async def check(self, raw: Path, to: Path, *, max_bytes: int) -> Normalised:
        """Prove that a result is a picture, strip it, and fit it under `max_bytes`.

        Like `normalise`, but its size in pixels is kept as long as the bytes allow.

        Raises:
            Unreadable: It cannot be used; says why.
        """
        return await self._run(raw, to, max_bytes=max_bytes, max_side=MAX_SIDE)

    async def _run(self, raw: Path, to: Path, *, max_bytes: int, max_side: int) -> Normalised:
        task = Task(
            raw=str(raw),
            to=str(to),
            max_bytes=max_bytes,
            max_side=max_side,
            seconds=int(self._deadline) + _GRACE_SECONDS,
        )
        async with self._worker() as worker:
            answer = await self._ask(worker, task)
        if isinstance(answer, Refusal):
            raise Unreadable(answer.reason, answer.detail)
        return answer

    async def _warm_one(self) -> None:
        async with self._worker() as worker:
            await worker.start()

    @asynccontextmanager
    async def _worker(self) -> AsyncGenerator[WorkerProcess]:
        async with self._turns:
            worker = self._idle.pop()
            try:
                yield worker
            finally:
                self._idle.append(worker)

    async def _ask(self, worker: WorkerProcess, task: Task) -> Normalised | Refusal:
        for _ in range(_ATTEMPTS):
            if self._closed:
                return Refusal(reason=Fault.FAILED, detail="closed")
            try:
                return await worker.ask(task, deadline=self._deadline)
            except TimeoutError:
                return Refusal(reason=Fault.TOO_SLOW, detail=f"{self._deadline} s")
            except WorkerDied as error:
                _log.warning("picture worker died: %s", error)
        return Refusal(reason=Fault.FAILED, detail="the worker died")
