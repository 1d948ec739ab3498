"""Who may not use the bot in a server."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import Query, Row, Transaction, integer_or_none, text_or_none


@dataclass(frozen=True, kw_only=True)
class Suspension:
    """One member's suspension."""

    until: int | None
    """Milliseconds; None: until somebody restores the member."""
    reason: str | None


async def get(query: Query, server_id: int, user_id: int, *, now: int) -> Suspension | None:
    """The suspension that is in force; None where there is none."""
    rows = await query(
        "SELECT until, reason FROM suspensions WHERE server_id = ? AND user_id = ?"
        " AND (until IS NULL OR until > ?)",
        server_id,
        user_id,
        now,
    )
    return _suspension(rows[0]) if rows else None


async def put(tx: Transaction, server_id: int, user_id: int, suspension: Suspension) -> None:
    """Suspend a member, or suspend them otherwise than before."""
    await tx.run(
        "INSERT INTO suspensions (server_id, user_id, until, reason) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (server_id, user_id) DO UPDATE"
        " SET until = excluded.until, reason = excluded.reason",
        server_id,
        user_id,
        suspension.until,
        suspension.reason,
    )


async def remove(tx: Transaction, server_id: int, user_id: int) -> None:
    """End a suspension, if there is one."""
    await tx.run("DELETE FROM suspensions WHERE server_id = ? AND user_id = ?", server_id, user_id)


def _suspension(row: Row) -> Suspension:
    return Suspension(until=integer_or_none(row, "until"), reason=text_or_none(row, "reason"))
