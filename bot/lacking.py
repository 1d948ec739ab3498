"""Telling a server's log channel which permissions the bot lacks in a channel, once a day."""

from __future__ import annotations

from collections.abc import Sequence

from bot import logbook
from bot.clock import Clock
from bot.servers import Server
from storage import facts
from storage.database import Database, Transaction

DAY_MS = 24 * 3600 * 1000


async def tell(
    database: Database, clock: Clock, server: Server, channel_id: int, lacking: Sequence[str]
) -> None:
    """Tell the log channel, unless it was told of the same today.

    Args:
        database: Where it stands what was told.
        clock: Says which day it is, in UTC.
        server: Nothing is told where it has no log channel.
        channel_id: Where the bot lacks permissions.
        lacking: Their names.
    """
    if server.settings.log_channel is None:
        return
    name, now = fact_name(server.id, channel_id, lacking), clock.now()
    before, today = await facts.get(database, name), str(now // DAY_MS)
    if before == today:
        return
    post = logbook.Post(
        title="Permissions are missing",
        lines=(
            f"In <#{channel_id}> the bot lacks: {', '.join(lacking)}.",
            "A member wanted to use it there. Give it that, or set other channels by `/settings`.",
        ),
    )

    async def work(tx: Transaction) -> None:
        if await facts.swap(tx, name, before, today):
            await logbook.write(tx, server.settings, server.id, post, now=now)

    await database.transaction(work)


def fact_name(server_id: int, channel_id: int, lacking: Sequence[str]) -> str:
    """Under which name it is remembered; `storage.departures` deletes those of a server."""
    return f"lacks:{server_id}:{channel_id}:{','.join(lacking)}"
