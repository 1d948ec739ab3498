"""Servers that the bot joins and leaves, and what becomes of their rows afterwards."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Final

from bot.clock import Clock
from bot.quotas import periods
from storage import departures, servers
from storage.database import Database, Transaction

log = logging.getLogger(__name__)

DAY_MS: Final = 24 * 3600 * 1000
LATE_MS: Final = DAY_MS
"""For so long an answer to a job that was left unconfirmed may come."""
AT_ONCE: Final = 200
"""Servers that one transaction marks."""


class Departures:
    """Knows in which servers the bot is, and deletes what it stored of others in the end."""

    def __init__(self, *, database: Database, clock: Clock, keep_days: int) -> None:
        """Bind it to what it needs.

        Args:
            database: Where all is stored.
            clock: Says when.
            keep_days: How long the rows of a server stay after the bot was removed.
        """
        self._database = database
        self._clock = clock
        self._keep_ms = keep_days * DAY_MS

    async def arrived(self, server_ids: Iterable[int]) -> None:
        """Take it that the bot is in these servers; what is stored of them stays."""
        known = set(await servers.known(self._database.read))
        new = sorted(set(server_ids) - known)
        for first in range(0, len(new), AT_ONCE):
            await self._mark_present(new[first : first + AT_ONCE])

    async def left(self, server_id: int) -> list[str]:
        """Take it that the bot was removed from a server.

        Returns:
            The ids of the server's jobs that are still to be ended.
        """
        now = self._clock.now()

        async def work(tx: Transaction) -> bool:
            return await servers.mark_removed(tx, server_id, now=now)

        if await self._database.transaction(work):
            log.info("server.left", extra={"server": server_id})
        return await departures.unfinished(self._database.read, server_id)

    async def missing(self, present: Collection[int], is_ours: Callable[[int], bool]) -> list[int]:
        """Servers of which something is stored, and in which the bot is not any more.

        Args:
            present: Those in which it is, with an outage or without.
            is_ours: Says of which servers `present` would tell.
        """
        query = self._database.read
        stored = {*await servers.known(query), *await departures.unlisted(query)}
        return sorted(one for one in stored - set(present) if is_ours(one))

    async def sweep(
        self, is_here: Callable[[int], bool], is_ours: Callable[[int], bool] = lambda _: True
    ) -> None:
        """Delete the rows of servers from which the bot was removed long enough ago.

        What is not finished now is gone on with at the next sweep.

        Args:
            is_here: Says whether the bot is in a server all the same.
            is_ours: Says of which servers `is_here` can tell.
        """
        query, now = self._database.read, self._clock.now()
        old = await servers.removed_before(query, now - self._keep_ms)
        for server_id in filter(is_ours, old):
            if is_here(server_id):
                await self.arrived([server_id])
            elif await departures.is_quiet(query, server_id, late_since=now - LATE_MS):
                await self._try_to_delete(server_id)

    async def _try_to_delete(self, server_id: int) -> None:
        """Delete a server; one that fails keeps no other from it."""
        try:
            await self._delete(server_id)
        except Exception:
            log.exception("server.not_deleted", extra={"server": server_id})

    async def _delete(self, server_id: int) -> None:
        found = await departures.accounts_of(self._database.read, server_id)
        for account_id, user_ids in found.items():

            async def member(
                tx: Transaction, account_id: int = account_id, user_ids: list[int] = user_ids
            ) -> bool:
                await departures.delete_member(tx, server_id, account_id, user_ids)
                return True

            if not await self._if_removed(server_id, member):
                return

        async def some(tx: Transaction) -> bool:
            return await departures.delete_some(tx, server_id)

        while await self._if_removed(server_id, some):
            pass
        month = periods(self._clock.now()).month

        async def rest(tx: Transaction) -> bool:
            return await departures.delete_server(tx, server_id, month_start=month)

        if await self._if_removed(server_id, rest):
            log.info("server.deleted", extra={"server": server_id, "members": len(found)})

    async def _if_removed(
        self, server_id: int, delete: Callable[[Transaction], Awaitable[bool]]
    ) -> bool:
        """Delete something, unless the bot is in the server again; gives what `delete` gives."""

        async def work(tx: Transaction) -> bool:
            return await departures.lock_removed(tx, server_id) and await delete(tx)

        return await self._database.transaction(work)

    async def _mark_present(self, server_ids: Iterable[int]) -> None:
        async def work(tx: Transaction) -> None:
            for server_id in server_ids:
                await servers.lock(tx, server_id)
                await servers.mark_present(tx, server_id)

        await self._database.transaction(work)
