"""What a member can learn of what is stored about them, take with them, and have erased."""

from __future__ import annotations

from bot.clock import Clock
from bot.people import People
from bot.privacy.erasing import Erasing
from bot.privacy.export import Export, export
from bot.privacy.retention import Retention
from storage import persons
from storage.database import Database
from storage.persons import Holdings


class Privacy:
    """Answers members of one database."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        people: People,
        keep_days: int,
        link: str | None,
    ) -> None:
        """Say what the operator set.

        Args:
            database: Whose.
            clock: Tells the time.
            people: Knows the aliases.
            keep_days: For how many days prompts are kept; at least 1.
            link: To the operator's own words about privacy.
        """
        self.link = link
        self.erasing = Erasing(database=database, clock=clock, people=people)
        self.retention = Retention(database=database, clock=clock, keep_days=keep_days)
        self._database = database
        self._clock = clock
        self._people = people

    async def holdings(self, user_id: int) -> Holdings:
        """How much is stored about a member."""
        return await persons.holdings(self._database.read, user_id, self._people.alias(user_id))

    async def export(self, user_id: int, *, limit: int) -> Export:
        """All of it as a file of at most so many bytes.

        Raises:
            bot.privacy.export.TooLargeError: It does not fit.
        """
        alias, now = self._people.alias(user_id), self._clock.now()
        return await export(self._database.read, user_id, alias, limit=limit, now=now)
