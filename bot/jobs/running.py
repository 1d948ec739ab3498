"""The running step: follow accepted work to its end, or as far as it gets in time."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass

from bot.backends.base import Finished, Output, Running
from bot.backends.errors import Reason, Rejected, Unconfirmed
from bot.jobs import elsewhere
from bot.jobs.failing import fail, note
from bot.jobs.finishing import Made, finish
from bot.jobs.presenter import NotStopped
from bot.jobs.record import Failure
from bot.jobs.results import Collector
from bot.jobs.run import Run
from storage import calls
from storage.calls import CallRow
from storage.states import JobState

log = logging.getLogger(__name__)

LAST_LOOK = 60.0
"""Work is followed so long at least, however late it was taken up again."""


async def step(run: Run) -> None:
    """Bring accepted work to its end."""
    call = await calls.latest(run.context.database, run.job.id)
    if call is None or call.ticket is None:
        raise RuntimeError("a running job has no ticket")
    following = _Following(run, call, call.ticket, Collector(run))
    try:
        await following.to_its_end()
    finally:
        await following.collector.close()


@dataclass
class _Following:
    run: Run
    call: CallRow
    ticket: str
    collector: Collector
    on_hand: tuple[Output, ...] = ()
    """The pictures that are there, while others are still being made."""

    async def to_its_end(self) -> None:
        try:
            finished = await self._follow()
        except Rejected as error:
            await self._failed(error)
        except Unconfirmed as error:
            await note(self.run, error)
            await self._lost()
        else:
            if finished is not None:
                made = Made(outputs=finished.outputs, cost=finished.cost)
                await finish(self.run, self.call, made, self.collector)

    async def _follow(self) -> Finished | None:
        """Follow until the work is finished; None where the job was ended instead."""
        run = self.run
        began = self.call.accepted or self.call.intended
        # A clock that was put back makes it no younger than new.
        age = max(0.0, (run.context.clock.now() - began) / 1000)
        watching = asyncio.create_task(self._watch(age))
        left = max(LAST_LOOK, run.entry.deadline_seconds - age)
        deadline = asyncio.get_running_loop().time() + left
        try:
            while not watching.done():
                if await self._wait(watching, deadline):
                    continue
                stopped = run.entry.cancels and await run.backend.cancel(self.ticket)
                if stopped:
                    await self._stopped()
                    return None
                if not run.wake.is_set() and not watching.done():
                    await self._lost()
                    return None
                # The provider would not stop: the result will be shown and charged.
                run.wake.clear()
                run.news.hear(NotStopped())
                await run.reload()
            return await watching
        finally:
            watching.cancel()
            await asyncio.wait({watching})

    async def _watch(self, age: float) -> Finished:
        run = self.run
        reports = run.backend.watch(self.ticket, age=age, nudge=run.nudge)
        async with aclosing(reports):
            async for progress in reports:
                if isinstance(progress, Finished):
                    return progress
                if isinstance(progress, Running):
                    self.on_hand = progress.outputs
                    self.collector.read_ahead(progress.outputs)
                # That more pictures are there is no news for the card.
                run.news.hear(Running() if isinstance(progress, Running) else progress)
        raise Unconfirmed(Reason.UPSTREAM, "the provider stopped reporting")

    async def _wait(self, watching: asyncio.Task[Finished], deadline: float) -> bool:
        """Wait for the result; False when asked to cancel, or when the time is up."""
        left = deadline - asyncio.get_running_loop().time()
        waking = asyncio.create_task(self.run.wake.wait())
        try:
            await asyncio.wait(
                {watching, waking}, timeout=max(0.0, left), return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            waking.cancel()
        return watching.done()

    # How it ends

    async def _failed(self, error: Rejected) -> None:
        await note(self.run, error)
        if self.on_hand:
            await self._settle(doubtful=self._missing if error.billed else 0)
        elif not await elsewhere.go(self.run, self.call, error):
            await fail(self.run, self.call, error)

    async def _stopped(self) -> None:
        """End the job after the provider said that it stopped: what it had not made is free."""
        if self.on_hand:
            await self._settle(doubtful=0)
        elif self.run.wake.is_set():
            await self.run.end(JobState.CANCELLED, Failure.CANCELLED, call=self.call, cost_micros=0)
        else:
            await self.run.end(JobState.FAILED, Failure.DEADLINE, call=self.call, cost_micros=0)

    async def _lost(self) -> None:
        """End the job without knowing what will become of the work."""
        if self.on_hand:
            await self._settle(doubtful=self._missing)
        else:
            await self.run.give_up(self.call)

    async def _settle(self, *, doubtful: int) -> None:
        made = Made(outputs=self.on_hand, doubtful=doubtful)
        await finish(self.run, self.call, made, self.collector)

    @property
    def _missing(self) -> int:
        return self.run.job.request.count - len(self.on_hand)
