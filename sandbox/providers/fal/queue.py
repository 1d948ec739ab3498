"""fal's queue: what waits, what runs, and how a work ends."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.providers.fal.errors import Failure, WorkError
from sandbox.providers.fal.line import Line
from sandbox.providers.fal.model import FalModels
from sandbox.providers.fal.webhook import Webhooks
from sandbox.providers.fal.work import Work
from sandbox.providers.pictures import Pictures


class FalQueue(FalModels):
    """The part of the stand-in that carries works through the queue.

    Attributes:
        works: All accepted works by their request id.
        queue_gate: While it is cleared, nothing leaves the queue.
        webhooks: How it tells of the end of a work.
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
        self.webhooks = Webhooks(self.clock, self.delivery)
        self._line = Line(concurrency)

    @property
    def concurrency(self) -> int:
        """How many works of the account may run at once; a new account has 2."""
        return self._line.most

    @concurrency.setter
    def concurrency(self, most: int) -> None:
        self._line.most = most

    def enqueue(self, work: Work) -> None:
        """Let a work wait for its turn."""
        work.ahead = self.queue_length if work.triggers.queue is None else work.triggers.queue
        self._line.join(work)
        self._begin(work)

    def run_now(self, work: Work) -> None:
        """Start a work without the queue.

        Raises:
            WorkError: The account runs as much as it may.
        """
        if self._line.full:
            raise WorkError.of_request(429, "concurrency_limit", "Too many concurrent requests")
        self._line.join(work)
        self._begin(work)

    def stop(self, work: Work) -> None:
        """End a work at once, unbilled."""
        if work.task is not None:
            work.task.cancel()
        self._line.leave(work)
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
            self._line.leave(work)
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
            self._line.give_back()

    async def _wait(self, work: Work) -> None:
        while work.ahead > 0:
            await asyncio.sleep(self.queue_step)
            self._line.advance(work)
        await self.queue_gate.wait()
        await self._line.turn(work)

    def _end(self, work: Work, result: dict[str, Any] | Failure) -> None:
        if isinstance(result, Failure):
            work.fail(result)
        else:
            work.succeed(result)
        if work.wishes.webhook is not None:
            self.spawn(self.webhooks.tell(self.session, work, work.wishes.webhook))
