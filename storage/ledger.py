"""The append-only ledger, and its fold."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from storage.database import Database, Query, Transaction, integer, text
from storage.states import EntryKind, LotKind


@dataclass(frozen=True, kw_only=True)
class Line:
    """What an entry does to one lot."""

    lot_kind: LotKind
    lot: int
    """A period's number, or a grant's id."""
    amount: int
    """Credits by which it raises what is used of the lot; a grant begins with a negative one."""


@dataclass(frozen=True, kw_only=True)
class Fold:
    """What a member's ledger adds up to for one lot."""

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
    lines: Sequence[Line],
) -> None:
    """Append one entry.

    Args:
        tx: A transaction that holds the account's lock.
        kind: At most one of each kind for a job, and one of settle and refund.
        at: Milliseconds.
        server_id: Whose.
        user_id: Whose account.
        job_id: The job that it is about, if any.
        lines: The lots that it changes, in the order in which they are drawn on.
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
    for position, line in enumerate(lines):
        await tx.run(
            "INSERT INTO ledger_lines (entry_id, lot_kind, lot, amount, position)"
            " VALUES (?, ?, ?, ?, ?)",
            entry_id,
            line.lot_kind,
            line.lot,
            line.amount,
            position,
        )


async def reserved(query: Query, job_id: str) -> list[Line]:
    """The lots that a job's reservation drew on, in that order."""
    return await _lines(query, job_id, EntryKind.RESERVE)


async def charged(query: Query, job_id: str) -> list[Line]:
    """What a job that was settled cost each of its lots."""
    drawn = await _lines(query, job_id, EntryKind.RESERVE)
    returned = {
        (line.lot_kind, line.lot): line.amount
        for line in await _lines(query, job_id, EntryKind.SETTLE)
    }
    return [
        Line(
            lot_kind=line.lot_kind,
            lot=line.lot,
            amount=line.amount + returned.get((line.lot_kind, line.lot), 0),
        )
        for line in drawn
    ]


async def fold(
    database: Database,
    server_id: int,
    user_id: int,
    lot: int,
    lot_kind: LotKind = LotKind.PERIOD,
) -> Fold:
    """Add up a member's ledger for one lot: what the account, or the grant, must equal."""
    used = await database.read(
        "SELECT CAST(COALESCE(SUM(line.amount), 0) AS BIGINT) AS total"
        " FROM ledger entry JOIN ledger_lines line ON line.entry_id = entry.id"
        " WHERE entry.server_id = ? AND entry.user_id = ?"
        " AND line.lot_kind = ? AND line.lot = ?",
        server_id,
        user_id,
        lot_kind,
        lot,
    )
    held = await database.read(
        "SELECT CAST(COALESCE(SUM(line.amount), 0) AS BIGINT) AS total"
        " FROM ledger entry JOIN ledger_lines line ON line.entry_id = entry.id"
        " WHERE entry.server_id = ? AND entry.user_id = ? AND entry.kind = 'reserve'"
        " AND line.lot_kind = ? AND line.lot = ? AND NOT EXISTS ("
        "SELECT 1 FROM ledger closing WHERE closing.job_id = entry.job_id"
        " AND closing.kind IN ('settle', 'refund'))",
        server_id,
        user_id,
        lot_kind,
        lot,
    )
    return Fold(used=integer(used[0], "total"), held=integer(held[0], "total"))


async def _lines(query: Query, job_id: str, kind: EntryKind) -> list[Line]:
    rows = await query(
        "SELECT line.lot_kind, line.lot, line.amount FROM ledger entry"
        " JOIN ledger_lines line ON line.entry_id = entry.id"
        " WHERE entry.job_id = ? AND entry.kind = ? ORDER BY line.position",
        job_id,
        kind,
    )
    return [
        Line(
            lot_kind=LotKind(text(row, "lot_kind")),
            lot=integer(row, "lot"),
            amount=integer(row, "amount"),
        )
        for row in rows
    ]
