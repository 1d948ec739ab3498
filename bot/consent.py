"""Whose pictures may be remixed by others."""

from __future__ import annotations

from collections.abc import Iterable

from bot.clock import Clock
from bot.people import People
from bot.servers import Remixable, Server
from storage import consents
from storage.consents import EVERYWHERE, Consent
from storage.database import Database, Transaction


class Consents:
    """What members said, and what follows where they said nothing."""

    def __init__(self, *, database: Database, clock: Clock, people: People) -> None:
        self._database = database
        self._clock = clock
        self._people = people

    async def refused(self, server: Server, asker_id: int, owner_ids: Iterable[int | None]) -> bool:
        """Say whether one of those whose picture it is does not let others remix it.

        Args:
            server: Where.
            asker_id: Who wants to; one's own pictures one may always remix.
            owner_ids: Whose picture it is, as far as that is known.
        """
        for owner_id in set(owner_ids) - {None, asker_id}:
            if owner_id is not None and not await self._lets(server, owner_id):
                return True
        return False

    async def said(self, user_id: int, server_id: int) -> Consent | None:
        """What a member said for a server or for everywhere; None where nothing."""
        query = self._database.read
        return await consents.of(query, await self._people.account(query, user_id), server_id)

    async def said_where(
        self, user_id: int, server_id: int
    ) -> tuple[Consent | None, Consent | None]:
        """What a member said for a server, and what for everywhere; None where nothing."""
        query = self._database.read
        every = await consents.all_of(query, await self._people.account(query, user_id))
        return every.get(server_id), every.get(EVERYWHERE)

    async def say(self, user_id: int, server_id: int | None, choice: Consent | None) -> None:
        """Remember what a member says; None forgets it.

        Args:
            user_id: Who.
            server_id: Where it counts; None: everywhere where nothing else was said.
            choice: What.
        """
        where, now = server_id or EVERYWHERE, self._clock.now()

        async def work(tx: Transaction) -> None:
            account_id = await self._people.settled(tx, user_id)
            if choice is None:
                await consents.remove(tx, account_id, where)
            else:
                await consents.put(tx, account_id, where, choice, now=now)

        await self._database.transaction(work)

    async def _lets(self, server: Server, owner_id: int) -> bool:
        said = await self.said(owner_id, server.id)
        if said is None:
            return server.settings.remixable is Remixable.ALL
        return said is Consent.ALLOW
