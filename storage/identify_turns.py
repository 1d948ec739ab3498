"""Whose turn it is to IDENTIFY at Discord's gateway: one row for each bucket of shards.

Nobody stands in a line: whoever finds a bucket due takes it. So a process that dies or gives up
while it waits costs the others nothing.
"""

from __future__ import annotations

from storage.database import Query, Transaction, integer


async def take(tx: Transaction, bucket: int, *, now: int, gap: int) -> int | None:
    """Take a bucket that is due; it is due again a gap later.

    Args:
        tx: A transaction.
        bucket: Which; shard id modulo max_concurrency.
        now: Milliseconds.
        gap: Likewise.

    Returns:
        When it is due again; None where it is not due now.
    """
    # What lies further ahead than two gaps was written by a clock that went back since. Up to
    # two, another process may have asked for the time a little later and got here first.
    rows = await tx.run(
        "INSERT INTO identify_turns (bucket, due) VALUES (?, ?) ON CONFLICT (bucket) DO UPDATE"
        " SET due = excluded.due WHERE identify_turns.due <= ? OR identify_turns.due > ?"
        " RETURNING due",
        bucket,
        now + gap,
        now,
        now + 2 * gap,
    )
    return integer(rows[0], "due") if rows else None


async def renew(tx: Transaction, bucket: int, due: int, *, now: int, gap: int) -> bool:
    """Move a turn that was taken to now; False where somebody took the bucket since.

    Args:
        tx: A transaction.
        bucket: Which.
        due: What `take` gave: nobody else can have written the same.
        now: Milliseconds.
        gap: Likewise.
    """
    rows = await tx.run(
        "UPDATE identify_turns SET due = ? WHERE bucket = ? AND due = ? RETURNING due",
        now + gap,
        bucket,
        due,
    )
    return bool(rows)


async def due(query: Query, bucket: int) -> int:
    """When a bucket is due; 0 where it never was taken. Milliseconds."""
    rows = await query("SELECT due FROM identify_turns WHERE bucket = ?", bucket)
    return integer(rows[0], "due") if rows else 0
