"""Members who asked to be erased, and the messages that are still to be deleted for them."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import Query, Row, Transaction, integer, integer_or_none, text


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """One erasure; times are milliseconds."""

    id: str
    alias: int
    """The keyed hash that stands for the member afterwards; always negative."""
    user_id: int | None
    """None once the member was replaced."""
    asked: int
    replaced: int | None
    ended: int | None
    deleted: int
    """Messages that were deleted."""
    failed: int
    """Messages that could not be."""


@dataclass(frozen=True, kw_only=True)
class Doomed:
    """One message that is still to be deleted."""

    erasure_id: str
    channel_id: int
    message_id: int
    attempts: int
    """How often it was tried."""


async def is_erased(query: Query, alias: int) -> bool:
    """Say whether a member was replaced by an alias."""
    rows = await query(
        "SELECT id FROM erasures WHERE alias = ? AND replaced IS NOT NULL LIMIT 1", alias
    )
    return bool(rows)


async def latest(query: Query, alias: int) -> Erasure | None:
    """The erasure of a member that is under way, or else the newest."""
    rows = await query(
        "SELECT * FROM erasures WHERE alias = ?"
        " ORDER BY CASE WHEN ended IS NULL THEN 0 ELSE 1 END, asked DESC, id LIMIT 1",
        alias,
    )
    return _erasure(rows[0]) if rows else None


async def open_ones(query: Query) -> list[Erasure]:
    """All that have not ended, in the order in which they were asked for."""
    rows = await query("SELECT * FROM erasures WHERE ended IS NULL ORDER BY asked, id")
    return [_erasure(row) for row in rows]


async def ask(tx: Transaction, erasure_id: str, alias: int, user_id: int, *, now: int) -> bool:
    """Write down that a member asked to be erased; False where that is under way already."""
    rows = await tx.run(
        "INSERT INTO erasures (id, alias, user_id, asked, deleted, failed)"
        " VALUES (?, ?, ?, ?, 0, 0) ON CONFLICT DO NOTHING RETURNING id",
        erasure_id,
        alias,
        user_id,
        now,
    )
    return bool(rows)


async def mark_replaced(tx: Transaction, erasure_id: str, *, now: int) -> bool:
    """Forget who asked, now that the alias stands for them; False where that was done before."""
    rows = await tx.run(
        "UPDATE erasures SET replaced = ?, user_id = NULL"
        " WHERE id = ? AND replaced IS NULL RETURNING id",
        now,
        erasure_id,
    )
    return bool(rows)


async def mark_ended(tx: Transaction, erasure_id: str, *, now: int) -> bool:
    """End an erasure that has no message left; False where it has, or was ended before."""
    rows = await tx.run(
        "UPDATE erasures SET ended = ? WHERE id = ? AND ended IS NULL AND replaced IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM doomed_messages"
        " WHERE doomed_messages.erasure_id = erasures.id) RETURNING id",
        now,
        erasure_id,
    )
    return bool(rows)


async def doom(tx: Transaction, erasure_id: str, user_id: int, *, now: int) -> None:
    """Write down every card and further message of a member's jobs, to be deleted."""
    await tx.run(
        "INSERT INTO doomed_messages (erasure_id, channel_id, message_id, attempts, due)"
        " SELECT CAST(? AS TEXT), channel_id, message_id, 0, CAST(? AS BIGINT) FROM ("
        "SELECT channel_id, message_id FROM jobs WHERE user_id = ? AND message_id IS NOT NULL"
        " UNION SELECT jobs.channel_id, messages.message_id FROM jobs"
        " JOIN messages ON messages.job_id = jobs.id WHERE jobs.user_id = ?) shown WHERE 1 = 1"
        " ON CONFLICT DO NOTHING",
        erasure_id,
        now,
        user_id,
        user_id,
    )


async def hold(tx: Transaction, alias: int) -> None:
    """Keep the erasure of a member that is under way, if any, from going on meanwhile.

    Until the transaction ends they are not replaced; where they just were, it waits for that.
    """
    await tx.run(
        "UPDATE erasures SET alias = alias WHERE alias = ? AND replaced IS NULL RETURNING id",
        alias,
    )


async def left(query: Query, erasure_id: str) -> int:
    """How many messages are still to be deleted."""
    rows = await query("SELECT COUNT(*) AS n FROM doomed_messages WHERE erasure_id = ?", erasure_id)
    return integer(rows[0], "n")


async def next_due(query: Query, *, now: int) -> Doomed | None:
    """The message that is to be deleted next; None where none is due."""
    rows = await query(
        "SELECT * FROM doomed_messages WHERE due <= ? ORDER BY due, message_id LIMIT 1", now
    )
    return _doomed(rows[0]) if rows else None


async def claim(tx: Transaction, doomed: Doomed, *, until: int) -> bool:
    """Take a message to delete it; False where another process did, or it is gone.

    Args:
        tx: A transaction.
        doomed: As it was read.
        until: When somebody may try it again, if it is still there then.
    """
    rows = await tx.run(
        "UPDATE doomed_messages SET attempts = attempts + 1, due = ?"
        " WHERE erasure_id = ? AND message_id = ? AND attempts = ? RETURNING message_id",
        until,
        doomed.erasure_id,
        doomed.message_id,
        doomed.attempts,
    )
    return bool(rows)


async def postpone(tx: Transaction, doomed: Doomed, *, until: int) -> None:
    """Try a message again later."""
    await tx.run(
        "UPDATE doomed_messages SET due = ? WHERE erasure_id = ? AND message_id = ?",
        until,
        doomed.erasure_id,
        doomed.message_id,
    )


async def count(tx: Transaction, doomed: Doomed, *, deleted: bool) -> None:
    """Count a message, once, as deleted or as one that could not be."""
    rows = await tx.run(
        "DELETE FROM doomed_messages WHERE erasure_id = ? AND message_id = ? RETURNING message_id",
        doomed.erasure_id,
        doomed.message_id,
    )
    if rows:
        await tx.run(
            "UPDATE erasures SET deleted = deleted + ?, failed = failed + ? WHERE id = ?",
            int(deleted),
            int(not deleted),
            doomed.erasure_id,
        )


def _erasure(row: Row) -> Erasure:
    return Erasure(
        id=text(row, "id"),
        alias=integer(row, "alias"),
        user_id=integer_or_none(row, "user_id"),
        asked=integer(row, "asked"),
        replaced=integer_or_none(row, "replaced"),
        ended=integer_or_none(row, "ended"),
        deleted=integer(row, "deleted"),
        failed=integer(row, "failed"),
    )


def _doomed(row: Row) -> Doomed:
    return Doomed(
        erasure_id=text(row, "erasure_id"),
        channel_id=integer(row, "channel_id"),
        message_id=integer(row, "message_id"),
        attempts=integer(row, "attempts"),
    )
