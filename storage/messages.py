"""The messages that show the further parts of a job's pictures; part 0 is the card."""

from __future__ import annotations

from storage.database import Database, Transaction, integer


async def add(tx: Transaction, job_id: str, part: int, message_id: int) -> None:
    """Remember the message that shows a further part of a job's pictures."""
    await tx.run(
        "INSERT INTO messages (job_id, part, message_id) VALUES (?, ?, ?)"
        " ON CONFLICT (job_id, part) DO NOTHING",
        job_id,
        part,
        message_id,
    )


async def by_part(database: Database, job_id: str) -> dict[int, int]:
    """The messages of a job's further parts, by part."""
    rows = await database.read(
        "SELECT part, message_id FROM messages WHERE job_id = ? ORDER BY part", job_id
    )
    return {integer(row, "part"): integer(row, "message_id") for row in rows}
