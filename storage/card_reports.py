"""Which members reported which cards."""

from __future__ import annotations

from storage.database import Transaction


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
