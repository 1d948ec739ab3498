"""What must be known of a member and a server before an order is taken: one visit to the books."""

from __future__ import annotations

from dataclasses import dataclass

from bot.people import People
from bot.prompts import rules_of
from bot.rules.rule import Rule
from bot.servers import Server, read_server
from storage import suspensions
from storage.database import Database, Query
from storage.suspensions import Suspension


@dataclass(frozen=True, kw_only=True)
class Counter:
    """What was found."""

    server: Server
    suspension: Suspension | None
    """None where the member may use the bot there."""
    rules: tuple[Rule, ...]
    """The server's, for prompts."""


async def look(
    database: Database, people: People, server_id: int, user_id: int, *, now: int
) -> Counter:
    """Look everything up at once: each visit of its own would wait for its turn."""

    async def work(query: Query) -> Counter:
        server = await read_server(query, server_id)
        account_id = await people.account(query, user_id)
        return Counter(
            server=server,
            suspension=await suspensions.get(query, server_id, account_id, now=now),
            rules=await rules_of(query, server),
        )

    return await database.look(work)
