"""The append-only ledger, and its fold."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from storage.database import Database, Transaction, integer
from storage.states import EntryKind


@dataclass(frozen=True, kw_only=True)
class Fold:
    """What a member's ledger adds up to for one period."""

    used: int
    held: int


async def record(
    tx: Transaction,
    kind: EntryKind,
    *,
    at: int,
    server_id: int,
    user_id: int,
    job_id: str | None,
    period: int,
    amount: int,
) -> None:
    """Append one entry with one line.

    Args:
        tx: A transaction that holds the account's lock.
        kind: At most one of each kind for a job, and one of settle and refund.
        at: Milliseconds.
        server_id: Whose.
        user_id: Whose.
        job_id: The job that it is about, if any.
        period: The lot that it draws on.
        amount: Credits by which it changes what is used of that lot.
    """
    entry_id = secrets.token_hex(12)
    await tx.run(
        "INSERT INTO ledger (id, at, server_id, user_id, job_id, kind) VALUES (?, ?, ?, ?, ?, ?)",
        entry_id,
        at,
        server_id,
        user_id,
        job_id,
        kind,
    )
    await tx.run(
        "INSERT INTO ledger_lines (entry_id, lot_kind, lot, amount) VALUES (?, 'period', ?, ?)",
        entry_id,
        period,
        amount,
    )


async def fold(database: Database, server_id: int, user_id: int, period: int) -> Fold:
    """Add up a member's ledger for one period: what the account must equal."""
    used = await database.read(
        "SELECT CAST(COALESCE(SUM(line.amount), 0) AS BIGINT) AS total"
        " FROM ledger entry JOIN ledger_lines line ON line.entry_id = entry.id"
        " WHERE entry.server_id = ? AND entry.user_id = ?"
        " AND line.lot_kind = 'period' AND line.lot = ?",
        server_id,
        user_id,
        period,
    )
    held = await database.read(
        "SELECT CAST(COALESCE(SUM(line.amount), 0) AS BIGINT) AS total"
        " FROM ledger entry JOIN ledger_lines line ON line.entry_id = entry.id"
        " WHERE entry.server_id = ? AND entry.user_id = ? AND entry.kind = 'reserve'"
        " AND line.lot_kind = 'period' AND line.lot = ? AND NOT EXISTS ("
        "SELECT 1 FROM ledger closing WHERE closing.job_id = entry.job_id"
        " AND closing.kind IN ('settle', 'refund'))",
        server_id,
        user_id,
        period,
    )
    return Fold(used=integer(used[0], "total"), held=integer(held[0], "total"))
