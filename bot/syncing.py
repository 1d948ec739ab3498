"""Telling Discord which commands there are: done by one process, and only where they changed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable

from bot.clock import Clock
from storage import facts
from storage.database import Database, Transaction

log = logging.getLogger(__name__)

SYNCED = "commands_synced"
"""The fact with the hash of what Discord was told last."""
SYNCING = "commands_syncing"
"""The fact that says until when somebody is at it; milliseconds."""
CLAIM_MS = 60_000
"""A process that has not finished by then is taken for dead. Discord answers within seconds."""
LOOK_SECONDS = 5.0
"""Between two looks whether another process has finished."""


def digest(application_id: int | None, payload: object) -> str:
    """The hash of what Discord is told."""
    text = json.dumps([application_id, payload], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class Syncing:
    """Has Discord told once, however many processes start at the same time."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        sync: Callable[[], Awaitable[object]],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Bind it to what it needs.

        Args:
            database: Where it stands what Discord was told.
            clock: Tells the time.
            sync: Tells Discord.
            pause: Waits so many seconds.
        """
        self._database = database
        self._clock = clock
        self._sync = sync
        self._pause = pause

    async def once(self, wanted: str) -> bool:
        """Tell Discord, unless it knows; False where another process is at it.

        Raises:
            Exception: Whatever `sync` raises; another try may begin at once.
        """
        if await facts.get(self._database, SYNCED) == wanted:
            return True
        claim = await self._claim()
        if claim is None:
            return False
        try:
            # Whoever held the claim before may have finished since it was looked at.
            if await facts.get(self._database, SYNCED) != wanted:
                await self._sync()
                await self._note(wanted)
                log.info("commands.synced")
        finally:
            await self._release(claim)
        return True

    async def follow(self, wanted: str) -> None:
        """Wait until another process has told Discord, and do it if that one dies at it."""
        done = False
        while not done:
            await self._pause(LOOK_SECONDS)
            try:
                done = await self.once(wanted)
            except Exception:
                log.exception("commands.fault")

    async def _claim(self) -> str | None:
        now = self._clock.now()
        before = await facts.get(self._database, SYNCING)
        # What lies further ahead was written by a clock that went back since.
        is_taken = before is not None and now < int(before) <= now + CLAIM_MS
        if is_taken and not self._database.exclusive:
            return None
        claim = str(now + CLAIM_MS)

        async def work(tx: Transaction) -> bool:
            return await facts.swap(tx, SYNCING, before, claim)

        return claim if await self._database.transaction(work) else None

    async def _note(self, wanted: str) -> None:
        async def work(tx: Transaction) -> None:
            await facts.put(tx, SYNCED, wanted)

        await self._database.transaction(work)

    async def _release(self, claim: str) -> None:
        async def work(tx: Transaction) -> bool:
            return await facts.swap(tx, SYNCING, claim, "0")

        await self._database.transaction(work)
