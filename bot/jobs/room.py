"""Waiting for places at a provider: decided in the database, and looked at once for all.

Which job may enter is decided inside the transaction that writes the intent of its call, so
it is exact however many processes there are. The jobs of one process are woken by one look
of that process, not each by one of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.backends.base import ProviderName
from bot.jobs.line import passed_by, turn
from bot.jobs.places import Places
from storage import slots, waiting
from storage.database import Transaction
from storage.job_rows import JobRow
from storage.waiting import STALE_MS, WaitingRow

if TYPE_CHECKING:
    from bot.jobs.context import Context

log = logging.getLogger(__name__)

AGAIN_SECONDS = 60.0
"""A job that waits tries so often by itself, whatever it is told."""


async def enter(
    tx: Transaction,
    job: JobRow,
    provider: ProviderName,
    places: Places,
    *,
    pictures: int,
    now: int,
) -> int | None:
    """Take places for a job's call, or let it wait for them.

    Args:
        tx: A transaction that holds the job's row.
        job: Queued.
        provider: Where the call goes.
        places: What there is.
        pictures: How many the call is for.
        now: Milliseconds.

    Returns:
        The places that were taken; None where the job waits now.
    """
    # Everything below is read under this lock: at one provider one job enters at a time.
    used = await slots.lock(tx, provider)
    line = await waiting.line(tx.run, provider, now=now)
    new = WaitingRow(
        job_id=job.id,
        provider=provider,
        user_id=job.user_id,
        places=places.taken_by(pictures),
        since=job.created,
    )
    mine = next((replace(row, places=new.places) for row in line if row.job_id == job.id), new)
    others = [row for row in line if row.job_id != job.id]
    everyone = sorted((*others, mine), key=lambda row: (row.since, row.job_id))
    held: Mapping[int, int] = await waiting.in_flight(tx.run, provider) if others else {}
    chosen = turn(everyone, held, used=used, limit=places.limit)
    if mine not in chosen or not await slots.take(tx, provider, mine.places, limit=places.limit):
        await waiting.join(tx, mine, now=now)
        return None
    await waiting.leave(tx, job.id)
    passed = passed_by(mine, everyone, chosen)
    if passed:
        await waiting.count_passed(tx, [row.job_id for row in passed], mine.places)
    if any(row.user_id == job.user_id for row in others):
        await waiting.note_served(tx, provider, job.user_id, now=now)
    return mine.places


@dataclass(kw_only=True)
class _Waiting:
    provider: ProviderName
    may_enter: asyncio.Event = field(default_factory=asyncio.Event)


class Room:
    """The jobs of this process that wait for places, each woken when its turn may have come."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._news = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._kept = 0

    def tell(self) -> None:
        """Say that places became free."""
        self._news.set()

    async def wait(
        self, context: Context, job_id: str, provider: ProviderName, wake: asyncio.Event
    ) -> None:
        """Wait until the job should try to enter again, or was woken.

        Args:
            context: The engine's.
            job_id: A job that waits in the database.
            provider: Where it waits for places.
            wake: The job's own.
        """
        mine = self._waiting[job_id] = _Waiting(provider=provider)
        self._news.set()
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_on(context), name="room")
        told = [asyncio.create_task(mine.may_enter.wait()), asyncio.create_task(wake.wait())]
        try:
            await asyncio.wait(told, timeout=AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in told:
                task.cancel()
            del self._waiting[job_id]
            if not self._waiting:
                self._looking.cancel()
                self._looking = None

    async def leave(self, context: Context, job_id: str) -> None:
        """Let a job that ended wait no more; those behind it move up."""

        async def work(tx: Transaction) -> None:
            await waiting.leave(tx, job_id)

        await context.database.transaction(work)
        self.tell()

    async def _look_on(self, context: Context) -> None:
        while True:
            self._news.clear()
            try:
                await self._look(context)
            except Exception:
                log.exception("room.fault")
            try:
                # Other processes cannot tell us of the places that they free.
                async with asyncio.timeout(context.tempo.room):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _look(self, context: Context) -> None:
        now = context.clock.now()
        if abs(now - self._kept) >= STALE_MS // 3:
            await self._keep(context, list(self._waiting), now)
            self._kept = now
        for provider in {one.provider for one in self._waiting.values()}:
            line, chosen = await _line(context, provider, now)
            may_enter, there = _ids(chosen), _ids(line)
            for job_id, one in self._waiting.items():
                # One whose row was lost while its process slept joins again.
                if one.provider is provider and (job_id in may_enter or job_id not in there):
                    one.may_enter.set()

    async def _keep(self, context: Context, job_ids: Sequence[str], now: int) -> None:
        async def work(tx: Transaction) -> None:
            await waiting.keep(tx, job_ids, now=now)

        await context.database.transaction(work)


async def _line(
    context: Context, provider: ProviderName, now: int
) -> tuple[list[WaitingRow], list[WaitingRow]]:
    """Who waits at a provider, and whose turn it is as far as can be seen from outside."""
    places = context.places[provider]
    line = await waiting.line(context.database.read, provider, now=now)
    if places is None:
        return line, line
    held = await waiting.in_flight(context.database.read, provider)
    used = await slots.used(context.database, provider)
    return line, turn(line, held, used=used, limit=places.limit)


def _ids(rows: Sequence[WaitingRow]) -> set[str]:
    return {row.job_id for row in rows}
