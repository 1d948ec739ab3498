"""The bytes of jobs in flight, where several processes share them."""

from __future__ import annotations

from storage.database import Query, Transaction, text
from storage.jobs import WORK_LEFT


async def put(tx: Transaction, job_id: str, name: str, content: bytes) -> None:
    """Keep a file of a job; not of one that another process brought to its end meanwhile."""
    # Locks the job: whoever ends it and clears its files comes before or after.
    open_ = await tx.run(
        f"UPDATE jobs SET fence = fence WHERE id = ? AND ({WORK_LEFT}) RETURNING id",  # noqa: S608 - our own condition
        job_id,
    )
    if not open_:
        return
    await tx.run(
        "INSERT INTO spool_files (job_id, name, content) VALUES (?, ?, ?)"
        " ON CONFLICT (job_id, name) DO UPDATE SET content = excluded.content",
        job_id,
        name,
        content,
    )


async def names(query: Query, job_id: str) -> list[str]:
    """What the files of a job are called."""
    rows = await query("SELECT name FROM spool_files WHERE job_id = ? ORDER BY name", job_id)
    return [text(row, "name") for row in rows]


async def get(query: Query, job_id: str, name: str) -> bytes | None:
    """A file's content; None where there is none of that name."""
    rows = await query(
        "SELECT content FROM spool_files WHERE job_id = ? AND name = ?", job_id, name
    )
    content = rows[0]["content"] if rows else None
    return content if isinstance(content, bytes) else None


async def clear(tx: Transaction, job_id: str) -> None:
    """Remove all files of a job."""
    await tx.run("DELETE FROM spool_files WHERE job_id = ?", job_id)


async def sweep(tx: Transaction) -> None:
    """Remove the files of jobs that have no work left, whoever owned them."""
    await tx.run(
        "DELETE FROM spool_files WHERE NOT EXISTS (SELECT 1 FROM jobs"  # noqa: S608 - our own condition
        f" WHERE jobs.id = spool_files.job_id AND ({WORK_LEFT}))"
    )
