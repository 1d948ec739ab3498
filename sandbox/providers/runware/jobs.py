"""An accepted task: what of it is finished, what has failed, and what is still to come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Container, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sandbox.providers.runware.errors import TaskError
from sandbox.providers.runware.parameters import Inference
from sandbox.providers.triggers import Trigger, Triggers


@dataclass(frozen=True, kw_only=True)
class Breakage:
    """How the work of an accepted task fails."""

    error: TaskError
    pictures: Container[int] | None = None
    """The numbers of the pictures that fail (from 0); None fails all, before any work."""


@dataclass(kw_only=True)
class Job:
    """One accepted imageInference.

    Attributes:
        breakage: How it is going to fail, if it is.
        finished: The finished pictures by number (from 0), as they were finished.
        failed: What the pictures of these numbers failed of.
        done: Set when nothing more will come.
        polls: How often it was asked for.
    """

    task: Inference
    triggers: Triggers
    breakage: Breakage | None = None
    finished: dict[int, dict[str, Any]] = field(default_factory=dict)
    failed: dict[int, TaskError] = field(default_factory=dict)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    polls: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def numbers(self) -> range:
        """The numbers of its pictures."""
        return range(self.task.number_results)

    @property
    def items(self) -> list[dict[str, Any]]:
        """The finished pictures."""
        return list(self.finished.values())

    @property
    def errors(self) -> list[TaskError]:
        """What it failed of, in whole or in part; each error once."""
        return list(dict.fromkeys(self.failed.values()))

    @property
    def missing(self) -> list[int]:
        """The pictures that are still to come."""
        return [n for n in self.numbers if n not in self.finished and n not in self.failed]

    @property
    def doomed(self) -> dict[int, TaskError]:
        """What the pictures of these numbers are going to fail of."""
        if self.breakage is None:
            return {}
        wanted = self.breakage.pictures
        failing = (n for n in self.numbers if wanted is None or n in wanted)
        return dict.fromkeys(failing, self.breakage.error)

    def flags(self, number: int) -> bool:
        """Say whether the picture of this number is flagged; nothing is without the check."""
        return self.task.safety.check_content and any(
            self.triggers.flagged(number, by=by) for by in (Trigger.NSFW, Trigger.UNSAFE)
        )

    def finish(self, number: int, item: dict[str, Any]) -> None:
        """Add a finished picture."""
        self.finished[number] = item
        self._tell()

    def fail(self, error: TaskError, numbers: Iterable[int]) -> None:
        """Say that these pictures will not come."""
        self.failed |= dict.fromkeys(numbers, error)

    def end(self) -> None:
        """Say that nothing more will come."""
        self.done.set()
        self._tell()

    async def arrivals(self) -> AsyncIterator[dict[str, Any]]:
        """Give each picture as it is finished, until nothing more will come."""
        told, ended = 0, False
        while not ended:
            # Taken before the list is read, so that no news is missed while this waits.
            news, ended = self._news, self.done.is_set()
            fresh = self.items[told:]
            told += len(fresh)
            for item in fresh:
                yield item
            if not ended:
                await news.wait()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class Arrivals:
    """When the pictures of a job arrive, as a test sets it for all jobs.

    Attributes:
        shuffled: Finish and list the pictures in no particular order, as Runware may.
    """

    def __init__(self) -> None:
        self.shuffled = False
        self._limit: int | None = None
        self._changed = asyncio.Event()

    def allow(self, count: int | None) -> None:
        """Let so many pictures of each job arrive or fail, and the rest wait; None lets all."""
        self._limit = count
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, place: int) -> None:
        """Wait until the picture at this place (from 0) of a job's order may arrive."""
        while self._limit is not None and place >= self._limit:
            await self._changed.wait()

    def order(self, job: Job) -> list[int]:
        """Return the order in which a job's pictures are finished."""
        return self.mixed(list(job.numbers), job.task.task_uuid)

    def mixed(self, listed: list[Any], seed: str) -> list[Any]:
        """Return a list in the order of this seed, if the order is shuffled."""
        if self.shuffled:
            Random(seed).shuffle(listed)
        return listed
