"""Which members reported which cards."""

from __future__ import annotations

from storage.database import Transaction, integer


async def add(tx: Transaction, job_id: str, user_id: int, *, now: int) -> bool:
    """Remember a report; False where the member reported the card before."""
    rows = await tx.run(
        "INSERT INTO card_reports (job_id, user_id, at) VALUES (?, ?, ?)"
        " ON CONFLICT (job_id, user_id) DO NOTHING RETURNING job_id",
        job_id,
        user_id,
        now,
    )
    return bool(rows)


async def count_since(tx: Transaction, user_id: int, since: int) -> int:
    """How many cards a member reported after a moment, in all servers."""
    rows = await tx.run(
        "SELECT COUNT(*) AS n FROM card_reports WHERE user_id = ? AND at > ?", user_id, since
    )
    return integer(rows[0], "n")
