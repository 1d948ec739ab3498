"""What moderators changed: who, what, before, after, why and when. Append-only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage.database import Query, Row, Transaction, integer, text, text_or_none


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change."""

    id: int
    """The interaction in which it was made."""
    server_id: int
    at: int
    """Milliseconds."""
    actor_id: int
    what: str
    """A short name, such as "quota.role"."""
    subject_id: int = 0
    """The member or role that it is about; 0: the server."""
    before: str | None = None
    after: str | None = None
    reason: str | None = None


async def insert(tx: Transaction, change: Change) -> bool:
    """Write a change; False where this interaction made one already."""
    rows = await tx.run(
        "INSERT INTO changes"
        " (id, server_id, at, actor_id, what, subject_id, before, after, reason)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING id",
        change.id,
        change.server_id,
        change.at,
        change.actor_id,
        change.what,
        change.subject_id,
        change.before,
        change.after,
        change.reason,
    )
    return bool(rows)


async def of_server(query: Query, server_id: int, *, before: int, most: int) -> list[Change]:
    """A server's changes up to a moment, newest first."""
    rows = await query(
        "SELECT * FROM changes WHERE server_id = ? AND at <= ? ORDER BY at DESC, id DESC LIMIT ?",
        server_id,
        before,
        most,
    )
    return [_change(row) for row in rows]


async def about(
    query: Query, server_id: int, subject_ids: Sequence[int], *, before: int, most: int
) -> list[Change]:
    """The changes about members or roles up to a moment, newest first."""
    marks = ", ".join("?" for _ in subject_ids)
    rows = await query(
        f"SELECT * FROM changes WHERE server_id = ? AND subject_id IN ({marks})"  # noqa: S608 - only marks
        " AND at <= ? ORDER BY at DESC, id DESC LIMIT ?",
        server_id,
        *subject_ids,
        before,
        most,
    )
    return [_change(row) for row in rows]


def _change(row: Row) -> Change:
    return Change(
        id=integer(row, "id"),
        server_id=integer(row, "server_id"),
        at=integer(row, "at"),
        actor_id=integer(row, "actor_id"),
        what=text(row, "what"),
        subject_id=integer(row, "subject_id"),
        before=text_or_none(row, "before"),
        after=text_or_none(row, "after"),
        reason=text_or_none(row, "reason"),
    )
