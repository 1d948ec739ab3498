"""One change under way, and the transaction that all changes share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.clock import Clock
from bot.moderation import audit
from bot.moderation.audit import By, RepeatedError
from bot.people import People
from bot.servers import Server
from bot.servers.settings import server_of
from storage import servers
from storage.changes import Change
from storage.database import Database, Transaction

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One change under way."""

    tx: Transaction
    by: By
    server: Server
    """As it was before."""
    now: int
    people: People

    async def account(self, user_id: int) -> int:
        """Under which id the books know a member, for as long as the change is under way."""
        return await self.people.settled(self.tx, user_id)

    async def record(
        self,
        what: str,
        *,
        subject_id: int = 0,
        before: str | None = None,
        after: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Write the change down; see `storage.changes.Change`."""
        change = Change(
            id=self.by.interaction_id,
            server_id=self.by.server_id,
            at=self.now,
            actor_id=self.by.user_id,
            what=what,
            subject_id=subject_id,
            before=before,
            after=after,
            reason=reason,
        )
        await audit.record(self.tx, self.server.settings, change)


class Changes:
    """Makes changes of servers, each in one transaction that locks the server's row first."""

    def __init__(self, *, database: Database, clock: Clock, people: People) -> None:
        self.database = database
        self._clock = clock
        self._people = people

    async def make(self, by: By, work: Callable[[Scene], Awaitable[T]]) -> T | None:
        """Make a change; None where this interaction made it before.

        Raises:
            bot.moderation.audit.NothingToChangeError: From `work`; nothing was written.
        """
        now = self._clock.now()

        async def run(tx: Transaction) -> T:
            # The change is written under the moderator's name, who may be about to be erased.
            await self._people.settled(tx, by.user_id)
            row = await servers.lock(tx, by.server_id)
            server = server_of(by.server_id, row)
            return await work(Scene(tx=tx, by=by, server=server, now=now, people=self._people))

        try:
            return await self.database.transaction(run)
        except RepeatedError:
            return None
