"""What is asked of a connection's thread at the same time is done there in one visit, a round.

A visit of its own for each look would cost a crowd of orders a tenth of its time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

W = TypeVar("W")

TOGETHER = 32
"""Works of one round at most, so that none waits long for those beside it."""


@dataclass(kw_only=True, eq=False)
class _Unit(Generic[W]):
    """One work that was asked for."""

    work: W
    outcome: asyncio.Future[Any] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    begun: bool = False


class Rounds(Generic[W]):
    """The rounds of one thread, one after the other."""

    def __init__(
        self, carry_out: Callable[[Sequence[W]], Awaitable[Sequence[Any | Exception]]]
    ) -> None:
        """Take what carries a round out: it gives what each work gave, or its exception."""
        self._carry_out = carry_out
        self._asked: deque[_Unit[W]] = deque()
        self._together: Sequence[_Unit[W]] = ()
        """The units of the round that is under way."""
        self._round: asyncio.Task[None] | None = None

    async def ask(self, work: W, *, must_run: bool = False) -> Any:  # noqa: ANN401 - whatever it gives
        """Have a work done, and give what it gave.

        Args:
            work: What is to be done.
            must_run: Whether it is done even if its caller leaves before its round began.
        """
        unit = _Unit(work=work)
        # Retrieved, so that a caller who left hears no complaint.
        unit.outcome.add_done_callback(_retrieve)
        self._asked.append(unit)
        self._begin()
        try:
            return await asyncio.shield(unit.outcome)
        except asyncio.CancelledError:
            if not must_run and not unit.begun:
                self._asked.remove(unit)
            raise

    def under_way(self) -> set[asyncio.Task[None]]:
        """The round that was called for, if one was; another one may follow it."""
        return {self._round} if self._round is not None else set()

    def _begin(self) -> None:
        if self._round is None and self._asked:
            self._round = asyncio.create_task(self._go())
            # Also where the loop's end cancels it before its first line.
            self._round.add_done_callback(lambda _: self._end())

    async def _go(self) -> None:
        # Taken only here: all who asked in the same turn of the loop are together from the start.
        self._together = [self._asked.popleft() for _ in range(min(TOGETHER, len(self._asked)))]
        for unit in self._together:
            unit.begun = True
        if not self._together:
            return  # They left meanwhile.
        try:
            outcomes = await self._carry_out([unit.work for unit in self._together])
        except Exception as error:  # noqa: BLE001 - handed to each who waits
            outcomes = [error] * len(self._together)
        for unit, outcome in zip(self._together, outcomes, strict=True):
            _tell(unit.outcome, outcome)

    def _end(self) -> None:
        for unit in self._together:
            unit.outcome.cancel()  # Nothing, where it was told.
        self._together = ()
        self._round = None
        self._begin()


def _tell(waiting: asyncio.Future[Any], outcome: object) -> None:
    if waiting.done():
        return
    if isinstance(outcome, Exception):
        waiting.set_exception(outcome)
    else:
        waiting.set_result(outcome)


def _retrieve(outcome: asyncio.Future[Any]) -> None:
    if not outcome.cancelled():
        outcome.exception()
