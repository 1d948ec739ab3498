"""A moderator's desk over real books, and what its changes leave behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.logbook import POST, Post
from bot.moderation import By, Moderation
from bot.servers import UNSET, write
from storage import changes, log_posts, servers
from storage.changes import Change
from storage.database import Database, Transaction, Value, text
from tests.ledger.books import PEOPLE, Now

T = TypeVar("T")
Work = Callable[[Moderation, By], Awaitable[object]]

SERVER, MODERATOR, MEMBER, ROLE, LOG = 1, 9, 5, 7, 77
NOW = 1_800_000_000_000
TABLES = (
    *("servers", "quota_rules", "grants", "suspensions", "changes", "log_posts", "prompt_rules"),
    *("accounts", "ledger", "ledger_lines", "budgets"),
)


@dataclass(kw_only=True)
class Desk:
    """One database, in which one server has a log channel."""

    database: Database
    interaction: int = 0

    async def open_log(self) -> None:
        """Set the log channel, without a trace."""

        async def work(tx: Transaction) -> None:
            await servers.lock(tx, SERVER)
            await servers.put(tx, SERVER, write(replace(UNSET, log_channel=LOG)))

        await self.database.transaction(work)

    def next(self) -> By:
        """The moderator, in a new interaction."""
        self.interaction += 1
        return By(interaction_id=self.interaction, server_id=SERVER, user_id=MODERATOR)

    def at(self, now: int = NOW) -> Moderation:
        """What moderators can do at a moment."""
        return Moderation(database=self.database, clock=Now(now), people=PEOPLE)

    async def do(self, work: Work, *, now: int | None = None) -> None:
        """Make a change in an interaction of its own, each a moment after the one before."""
        by = self.next()
        await work(self.at(NOW + by.interaction_id if now is None else now), by)

    async def trail(self) -> list[Change]:
        """All changes, the oldest first."""
        read = self.database.read
        found = await changes.of_server(read, SERVER, before=NOW + 10**12, most=1000)
        return found[::-1]

    async def posts(self) -> list[Post]:
        """What the log channel will be told, the oldest first."""
        found = await log_posts.due(self.database, now=NOW + 10**12, most=1000)
        found = sorted(found, key=lambda post: post.created)
        assert {post.channel_id for post in found} <= {LOG}
        return [POST.validate_json(post.body) for post in found]

    async def everything(self) -> dict[str, list[tuple[Value, ...]]]:
        """All rows that a change may touch."""
        return {
            table: [
                tuple(dict(row).values())
                for row in await self.database.read(f"SELECT * FROM {table}")  # noqa: S608 - our own names
            ]
            for table in TABLES
        }

    async def column(self, sql: str, *values: Value) -> list[Value]:
        """The first column of what a query finds."""
        rows = await self.database.read(sql, *values)
        return [next(iter(dict(row).values())) for row in rows]

    async def settings(self) -> str:
        """The server's settings as they are stored."""
        rows = await self.database.read("SELECT settings FROM servers WHERE id = ?", SERVER)
        return text(rows[0], "settings")
