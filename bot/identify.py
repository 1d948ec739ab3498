"""Taking turns to IDENTIFY at Discord's gateway, among all shards of all processes.

Discord takes one IDENTIFY in 5 s from all shards whose ids are the same modulo max_concurrency,
1000 in a day from a bot, and answers one that comes too early with an invalid session.

Source: Discord's documentation, events/gateway ("Rate Limiting", "max_concurrency"), read 2026-11.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.clock import Clock
from storage import identify_turns
from storage.database import Database, StorageError, Transaction

log = logging.getLogger(__name__)

GAP_SECONDS = 5.0
MARGIN_SECONDS = 0.25
"""On top of the gap: two processes' words do not travel equally fast."""
RETRY_SECONDS = 1.0


class Turns:
    """The turns of this process's shards."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        gap: float = GAP_SECONDS,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Bind it to what it needs.

        Args:
            database: That all processes share.
            clock: Tells the time where the database does not.
            gap: Seconds between two of one bucket; 0 where a stand-in of Discord wants none.
            pause: Waits so many seconds.
        """
        self.concurrency = 1
        """How many buckets there are: max_concurrency, as Discord said last."""
        self._database = database
        self._clock = clock
        self._gap = int((gap + MARGIN_SECONDS) * 1000) if gap else 0
        self._pause = pause
        self._taken: dict[int, int] = {}

    async def wait_for_starts(self, shards: int, *, left: int, reset_after: int) -> None:
        """Wait for the next day where this one has not enough starts left.

        Discord resets the token of who starts more often, as a bot does that dies at each start.

        Args:
            shards: How many are to be connected.
            left: How many sessions Discord still lets begin.
            reset_after: Milliseconds until there are all of a day's again.
        """
        if left < shards:
            seconds = reset_after / 1000
            log.error("gateway.no_starts_left", extra={"left": left, "seconds": round(seconds)})
            await self._pause(seconds)

    async def wait(self, shard_id: int) -> None:
        """Wait until a shard may IDENTIFY, and hold the turn while it connects."""
        self._taken[shard_id] = await self._take(shard_id)

    async def go(self, shard_id: int) -> None:
        """Let a connected shard IDENTIFY now; waits where it holds no turn, or lost it."""
        due = self._taken.pop(shard_id, None)
        if due is None or not await self._renew(shard_id, due):
            await self._take(shard_id)

    async def _take(self, shard_id: int) -> int:
        """Wait for a turn; gives when the bucket is due again."""
        while True:
            try:
                due, wait = await self._try_to_take(shard_id % self.concurrency)
            except StorageError:
                # Without the database nobody can say whose turn it is, and nothing else works.
                log.exception("gateway.no_turn")
                due, wait = None, RETRY_SECONDS
            if due is not None:
                return due
            log.info("gateway.waiting", extra={"shard": shard_id, "seconds": round(wait, 1)})
            await self._pause(wait)

    async def _try_to_take(self, bucket: int) -> tuple[int | None, float]:
        """When a bucket that was taken is due again, or None and the seconds to wait for it."""
        now = await self._now()

        async def work(tx: Transaction) -> int | None:
            return await identify_turns.take(tx, bucket, now=now, gap=self._gap)

        due = await self._database.transaction(work)
        if due is not None:
            return due, 0.0
        due = await identify_turns.due(self._database.read, bucket)
        return None, max(0, min(self._gap, due - now)) / 1000

    async def _renew(self, shard_id: int, due: int) -> bool:
        bucket = shard_id % self.concurrency
        try:
            now = await self._now()

            async def work(tx: Transaction) -> bool:
                return await identify_turns.renew(tx, bucket, due, now=now, gap=self._gap)

            return await self._database.transaction(work)
        except StorageError:
            log.exception("gateway.no_turn")
            return False

    async def _now(self) -> int:
        return await self._database.server_time() or self._clock.now()
