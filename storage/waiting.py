"""The jobs that wait for places at a provider.

A row counts only while its job is queued and its process says that it still waits, so that
neither a job that ended nor a process that died keeps anyone waiting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.database import Query, Row, Transaction, integer, text

STALE_MS = 15_000
"""A row that was not seen for so long is ignored; its process died, or is out of order."""


@dataclass(frozen=True, kw_only=True)
class WaitingRow:
    """One job that waits."""

    job_id: str
    provider: str
    user_id: int
    places: int
    since: int
    """When its member asked; milliseconds."""
    passed: int = 0
    """Places that were given to others who had asked later, while it was its member's first."""
    served: int = 0
    """When its member was last given places there while it waited; 0: never."""


async def line(query: Query, provider: str, *, now: int) -> list[WaitingRow]:
    """All that wait at a provider, in the order in which they were asked for."""
    rows = await query(
        "SELECT waiting.* FROM waiting JOIN jobs ON jobs.id = waiting.job_id"
        " WHERE waiting.provider = ? AND waiting.seen >= ?"
        " AND jobs.state = 'queued' AND jobs.cancel = 0 ORDER BY waiting.since, waiting.job_id",
        provider,
        now - STALE_MS,
    )
    return [_row(row) for row in rows]


async def in_flight(query: Query, provider: str) -> Mapping[int, int]:
    """How many places each member's open calls take at a provider, by the member's id.

    A call of a job that was given up may still be accepted late: it takes none any more.
    """
    # Added up here: to group them, SQLite would rather walk through all jobs there ever were.
    rows = await query(
        "SELECT jobs.user_id, calls.slots FROM calls JOIN jobs ON jobs.id = calls.job_id"
        " WHERE calls.outcome IN ('intended', 'accepted') AND calls.provider = ?"
        " AND jobs.gift = 0 AND jobs.state IN ('submitting', 'running')",
        provider,
    )
    places: dict[int, int] = {}
    for row in rows:
        user_id = integer(row, "user_id")
        places[user_id] = places.get(user_id, 0) + integer(row, "slots")
    return places


async def join(tx: Transaction, row: WaitingRow, *, now: int) -> None:
    """Let a job wait, or go on waiting."""
    await tx.run(
        "INSERT INTO waiting (job_id, provider, user_id, places, since, passed, seen)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job_id) DO UPDATE"
        " SET provider = excluded.provider, places = excluded.places, seen = excluded.seen",
        row.job_id,
        row.provider,
        row.user_id,
        row.places,
        row.since,
        row.passed,
        now,
    )


async def leave(tx: Transaction, job_id: str) -> None:
    """Let a job wait no more."""
    await tx.run("DELETE FROM waiting WHERE job_id = ?", job_id)


async def sweep(tx: Transaction, *, now: int) -> None:
    """Remove the rows that nobody keeps any more."""
    await tx.run("DELETE FROM waiting WHERE seen < ?", now - STALE_MS)


async def keep(tx: Transaction, job_ids: Sequence[str], *, now: int) -> None:
    """Say that jobs still wait."""
    marks = ", ".join("?" for _ in job_ids)
    await tx.run(
        f"UPDATE waiting SET seen = ? WHERE job_id IN ({marks})",  # noqa: S608 - only marks
        now,
        *job_ids,
    )


async def count_passed(tx: Transaction, job_ids: Sequence[str], places: int) -> None:
    """Count that so many places went past these jobs."""
    marks = ", ".join("?" for _ in job_ids)
    await tx.run(
        f"UPDATE waiting SET passed = passed + ? WHERE job_id IN ({marks})",  # noqa: S608 - only marks
        places,
        *job_ids,
    )


async def note_served(tx: Transaction, provider: str, user_id: int, *, now: int) -> None:
    """Remember, on what else a member waits for at a provider, that they were given places."""
    await tx.run(
        "UPDATE waiting SET served = ? WHERE provider = ? AND user_id = ?", now, provider, user_id
    )


def _row(row: Row) -> WaitingRow:
    return WaitingRow(
        job_id=text(row, "job_id"),
        provider=text(row, "provider"),
        user_id=integer(row, "user_id"),
        places=integer(row, "places"),
        since=integer(row, "since"),
        passed=integer(row, "passed"),
        served=integer(row, "served"),
    )
