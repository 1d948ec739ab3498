"""Prompts are kept for a set number of days; then only the cards have them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.clock import Clock
from bot.duties import Duty
from bot.privacy.blank import blank
from storage import prompt_rules, prompts_kept
from storage.database import Database, StorageError, Transaction

log = logging.getLogger(__name__)

BATCH = 100
"""Jobs of one transaction, which takes about 10 ms."""
SWEEP_SECONDS = 3600.0
BETWEEN_SECONDS = 0.05
"""Between two batches, so that members' transactions come through."""
DAY_MS = 24 * 3600 * 1000
HITS_DAYS = 30
"""For so long `/rules list` counts hits; they are kept for no less."""


class Retention:
    """Drops what is too old."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        keep_days: int,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Say for how long prompts are kept.

        Args:
            database: Whose.
            clock: Tells the time.
            keep_days: At least 1, which is as long as a late answer may still be shown.
            pause: Waits so many seconds.
        """
        self.keep_days = keep_days
        self._database = database
        self._clock = clock
        self._pause = pause

    async def run(self, duty: Duty) -> None:
        """Sweep now and every hour, where that is this process's duty, until cancelled."""
        while True:
            try:
                if await duty.mine():
                    await self.sweep()
            except StorageError as error:
                log.error("retention.not_stored", extra={"reason": str(error)})  # noqa: TRY400 - it is said whole
            except Exception:
                log.exception("retention.fault")
            await self._pause(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Drop the prompts and links of jobs that are too old, and hits of rules with theirs."""
        now = self._clock.now()
        before, counted = now - self.keep_days * DAY_MS, now - HITS_DAYS * DAY_MS
        jobs = 0
        while done := await self._drop_some(before):
            jobs += done
            await self._pause(BETWEEN_SECONDS)

        async def work(tx: Transaction) -> None:
            await prompt_rules.drop_prompts(tx, before=before)
            await prompt_rules.forget_hits(tx, before=min(before, counted))

        await self._database.transaction(work)
        if jobs:
            log.info("retention.dropped", extra={"jobs": jobs})

    async def _drop_some(self, before: int) -> int:
        async def work(tx: Transaction) -> int:
            found = await prompts_kept.older_than(tx.run, before, most=BATCH)
            return await prompts_kept.drop(tx, [blank(row) for row in found])

        return await self._database.transaction(work)
