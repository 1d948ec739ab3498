"""A few worker processes, and the turns of those who ask."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Final, Self

from bot.images.faults import Fault, Unreadable
from bot.images.process import Answer, Answers, WorkerDied, WorkerProcess
from bot.images.task import Refusal, Task

MEMORY_BYTES: Final = 1 << 30
"""For one task, above what the worker starts with; the worst legal picture takes 0.7 GB."""
_TASKS_PER_PROCESS: Final = 500
_ATTEMPTS: Final = 2

_log = logging.getLogger(__name__)


class Pool:
    """Has tasks carried out in the order of asking, and never in this process.

    As many are in hand at once as there are workers.
    """

    def __init__(
        self, *, workers: int = 1, deadline: float = 10.0, memory: int = MEMORY_BYTES
    ) -> None:
        """Prepare; processes start when first needed, or with `warm`.

        Args:
            workers: Processes; 1, or 2 on a larger machine.
            deadline: Seconds that one picture may take once its turn has come.
            memory: Bytes that one task may take.
        """
        self._deadline = deadline
        self._workers = [
            WorkerProcess(memory=memory, tasks=_TASKS_PER_PROCESS) for _ in range(workers)
        ]
        self._idle = list(self._workers)
        self._turns = asyncio.Semaphore(workers)  # first come, first served; a queue is not
        self._renewing: asyncio.Task[None] | None = None
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

    async def run(self, task: Task, answers: Answers[Answer], *, pictures: int = 1) -> Answer:
        """Have a task carried out when its turn has come.

        Args:
            task: What to do.
            answers: How to read the answer.
            pictures: How many it reads; each has the deadline's time.

        Raises:
            Unreadable: One of them cannot be used; says why.
        """
        async with self._worker() as worker:
            try:
                answer = await self._ask(worker, task, answers, self._deadline * pictures)
            finally:
                if not worker.runs:
                    self._renewing = asyncio.create_task(self._renew())
        if isinstance(answer, Refusal):
            raise Unreadable(answer.reason, answer.detail, fact=answer.fact)
        return answer

    async def _warm_one(self) -> None:
        async with self._worker() as worker:
            if not self._closed:
                await worker.start()

    async def _renew(self) -> None:
        """Start the next process in the place of one that ended, before somebody waits for it."""
        with suppress(WorkerDied):  # Whoever asks next tries again, and is told.
            await self._warm_one()

    @asynccontextmanager
    async def _worker(self) -> AsyncGenerator[WorkerProcess]:
        async with self._turns:
            worker = self._idle.pop()
            try:
                yield worker
            finally:
                self._idle.append(worker)

    async def _ask(
        self, worker: WorkerProcess, task: Task, answers: Answers[Answer], deadline: float
    ) -> Answer | Refusal:
        for _ in range(_ATTEMPTS):
            if self._closed:
                return Refusal(reason=Fault.FAILED, detail="closed")
            try:
                return await worker.ask(task, answers, deadline=deadline)
            except TimeoutError:
                return Refusal(reason=Fault.TOO_SLOW, detail=f"{deadline} s")
            except WorkerDied as error:
                _log.warning("picture worker died: %s", error)
        return Refusal(reason=Fault.FAILED, detail="the worker died")
