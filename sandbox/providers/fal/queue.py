"""fal's queue: what waits, what runs, and how a work ends."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.providers.fal.errors import Failure, WorkError
from sandbox.providers.fal.model import FalModels
from sandbox.providers.fal.webhook import webhook_message
from sandbox.providers.fal.work import Work
from sandbox.providers.pictures import Pictures


class FalQueue(FalModels):
    """The part of the stand-in that carries works through the queue.

    Attributes:
        works: All accepted works by their request id.
        queue_gate: While it is cleared, nothing leaves the queue.
    """

    def __init__(
        self,
        *,
        key: str,
        clock: SandboxClock | None,
        pictures: Pictures | None,
        concurrency: int,
    ) -> None:
        super().__init__(key=key, clock=clock, pictures=pictures)
        self.works: dict[str, Work] = {}
        self.queue_gate = asyncio.Event()
        self.queue_gate.set()
        self._slots = asyncio.Semaphore(concurrency)
        self._waiting: set[str] = set()

    def enqueue(self, work: Work) -> None:
        """Let a work wait for its turn."""
        ahead = self.queue_length if work.triggers.queue is None else work.triggers.queue
        work.position = ahead + len(self._waiting)
        self._waiting.add(work.id)
        self._begin(work)

    def run_now(self, work: Work) -> None:
        """Start a work without the queue.

        Raises:
            WorkError: The account runs as much as it may.
        """
        if self._slots.locked():
            raise WorkError.of_request(429, "concurrency_limit", "Too many concurrent requests")
        self._begin(work)

    def stop(self, work: Work) -> None:
        """End a work at once, unbilled."""
        if work.task is not None:
            work.task.cancel()
        self._waiting.discard(work.id)
        work.cancel()

    def _begin(self, work: Work) -> None:
        self.works[work.id] = work
        # A task of its own: a client that hangs up does not stop the work, nor its price.
        work.task = self.spawn(self._carry_out(work))

    async def _carry_out(self, work: Work) -> None:
        try:
            async with asyncio.timeout(work.wishes.start_within):
                await self._wait(work)
        except TimeoutError:
            late = {"X-Fal-Request-Timeout-Type": "user"}
            error = WorkError.of_request(504, "request_timeout", "Request timed out", **late)
            self._end(work, error.failure)
            return
        finally:
            self._waiting.discard(work.id)
        try:
            work.start()
            with self.working():
                output = await self.run(work)
            self._end(work, output)
        except WorkError as error:
            self._end(work, error.failure)
        except Exception:
            self._end(work, WorkError.of_model("internal_server_error", []).failure)
            raise
        finally:
            self._slots.release()

    async def _wait(self, work: Work) -> None:
        while work.position > 0:
            await asyncio.sleep(self.queue_step)
            work.move(work.position - 1)
        await self.queue_gate.wait()
        await self._slots.acquire()

    def _end(self, work: Work, result: dict[str, Any] | Failure) -> None:
        if isinstance(result, Failure):
            work.fail(result)
        else:
            work.succeed(result)
        if work.wishes.webhook is not None:
            self.spawn(self.deliver(work.wishes.webhook, *webhook_message(work, self.clock.now())))
