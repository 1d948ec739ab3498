"""What is still to be posted to servers' log channels: written with what it tells of."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from storage.database import Database, Row, Transaction, integer, text


@dataclass(frozen=True, kw_only=True)
class LogPost:
    """One post; times are milliseconds."""

    id: str
    """16 hex digits."""
    server_id: int
    channel_id: int
    body: str
    """JSON; see `bot.logbook`."""
    created: int
    attempts: int


async def add(tx: Transaction, *, server_id: int, channel_id: int, body: str, now: int) -> str:
    """Write a post that is to be sent; gives its id."""
    post_id = secrets.token_hex(8)
    await tx.run(
        "INSERT INTO log_posts (id, server_id, channel_id, body, created, attempts, due)"
        " VALUES (?, ?, ?, ?, ?, 0, ?)",
        post_id,
        server_id,
        channel_id,
        body,
        now,
        now,
    )
    return post_id


async def due(
    database: Database, *, now: int, most: int, most_each: int | None = None
) -> list[LogPost]:
    """The posts that are to be sent now, oldest first.

    Args:
        database: Where they stand.
        now: Milliseconds.
        most: How many.
        most_each: How many of one channel, so that it keeps no other waiting; None: any number.
    """
    rows = await database.read(
        "SELECT * FROM (SELECT *, ROW_NUMBER() OVER"
        " (PARTITION BY channel_id ORDER BY due, created, id) AS place"
        " FROM log_posts WHERE due <= ?) waiting"
        " WHERE place <= ? ORDER BY due, created, id LIMIT ?",
        now,
        most if most_each is None else most_each,
        most,
    )
    return [_post(row) for row in rows]


async def claim(tx: Transaction, post: LogPost, *, until: int) -> bool:
    """Take a post to send it; False where another process did, or it is gone.

    Args:
        tx: A transaction.
        post: As it was read.
        until: When somebody may try it again, if it is still there then.
    """
    rows = await tx.run(
        "UPDATE log_posts SET attempts = attempts + 1, due = ?"
        " WHERE id = ? AND attempts = ? RETURNING id",
        until,
        post.id,
        post.attempts,
    )
    return bool(rows)


async def remove(tx: Transaction, post_id: str) -> None:
    """Forget a post that was sent, or never can be."""
    await tx.run("DELETE FROM log_posts WHERE id = ?", post_id)


def _post(row: Row) -> LogPost:
    return LogPost(
        id=text(row, "id"),
        server_id=integer(row, "server_id"),
        channel_id=integer(row, "channel_id"),
        body=text(row, "body"),
        created=integer(row, "created"),
        attempts=integer(row, "attempts"),
    )
