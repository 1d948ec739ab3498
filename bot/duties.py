"""Work that one of several processes does for all: at a pace, or in an order, that is one alone.

Who does it is one fact in the database, good for a few seconds and renewed by the looks of who
has it. Where the database admits one process, everything is its own and nothing is written.
"""

from __future__ import annotations

import secrets

from bot.clock import Clock
from storage import facts
from storage.database import Database, Transaction

LEASE_MS = 15_000
"""After so long without a look another process does the work."""
LOOK_MS = 5000
"""Between two looks of those who do not."""


class Duty:
    """One such work, as one process sees it.

    Who was stopped for longer than the lease may still end the step that it was at: what one
    step does must be safe to be done by two at once.
    """

    def __init__(self, *, database: Database, clock: Clock, name: str) -> None:
        """Say which.

        Args:
            database: That all processes share.
            clock: Tells the time.
            name: Of the work, the same in all processes.
        """
        self._database = database
        self._clock = clock
        self._fact = f"duty:{name}"
        self._me = secrets.token_hex(8)
        self._taken: int | None = None
        self._looked: int | None = None

    async def mine(self) -> bool:
        """Say whether this process does the work now; to be asked before each step."""
        if self._database.exclusive:
            return True
        now = self._clock.now()
        if _within(now, self._taken, LEASE_MS // 3):
            return True
        if _within(now, self._looked, LOOK_MS):
            return False
        taken = await self._take(now)
        self._taken, self._looked = (now, None) if taken else (None, now)
        return taken

    async def _take(self, now: int) -> bool:
        """Take the work, or keep it; False where another process has it."""
        before = await facts.get(self._database, self._fact)
        holder, until = _read(before)
        # What lies further ahead was written by a clock that went back since.
        if holder != self._me and now < until <= now + LEASE_MS:
            return False

        async def work(tx: Transaction) -> bool:
            return await facts.swap(tx, self._fact, before, f"{self._me} {now + LEASE_MS}")

        return await self._database.transaction(work)


def _within(now: int, since: int | None, span: int) -> bool:
    """Whether less than a span went by; not where the clock was put back."""
    return since is not None and 0 <= now - since < span


def _read(fact: str | None) -> tuple[str, int]:
    holder, _, until = (fact or " 0").partition(" ")
    return holder, int(until)
