"""The paid calls of jobs, one row each."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import (
    Database,
    Row,
    Transaction,
    integer,
    integer_or_none,
    text,
    text_or_none,
)
from storage.states import CallOutcome


@dataclass(frozen=True, kw_only=True)
class CallRow:
    """One paid call as it is stored."""

    job_id: str
    number: int
    backend: str
    key: str
    """Our id of it, UUID v4."""
    secret: str
    provider: str
    slots: int
    """Places in flight that it takes at its provider."""
    outcome: CallOutcome
    ticket: str | None
    cost_micros: int | None
    intended: int
    accepted: int | None


async def intend(
    tx: Transaction,
    job_id: str,
    *,
    backend: str,
    key: str,
    secret: str,
    provider: str,
    slots: int,
    now: int,
) -> CallRow:
    """Write down that a paid call is about to be sent."""
    rows = await tx.run(
        "INSERT INTO calls (job_id, number, backend, key, secret, provider, slots, outcome,"
        " intended) SELECT CAST(? AS TEXT), COALESCE(MAX(number), 0) + 1, CAST(? AS TEXT),"
        " CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), 'intended',"
        " CAST(? AS BIGINT) FROM calls WHERE job_id = ? RETURNING *",
        job_id,
        backend,
        key,
        secret,
        provider,
        slots,
        now,
        job_id,
    )
    return call_row(rows[0])


async def accept(tx: Transaction, call: CallRow, ticket: str, *, now: int) -> None:
    """Store the ticket. A ticket is never refused: it may be all that is left of a payment."""
    await tx.run(
        "UPDATE calls SET ticket = ?, accepted = ?, outcome = CASE"
        " WHEN outcome IN ('intended', 'unknown') THEN 'accepted' ELSE outcome END"
        " WHERE job_id = ? AND number = ?",
        ticket,
        now,
        call.job_id,
        call.number,
    )


async def end(
    tx: Transaction,
    call: CallRow,
    outcome: CallOutcome,
    *,
    now: int,
    cost_micros: int | None = None,
) -> None:
    """Close a call; the ticket stays only where a late answer may still be asked for."""
    await tx.run(
        "UPDATE calls SET outcome = ?, ended = ?, cost_micros = COALESCE(?, cost_micros),"
        " ticket = CASE WHEN CAST(? AS TEXT) = 'unknown' THEN ticket ELSE NULL END"
        " WHERE job_id = ? AND number = ?",
        outcome,
        now,
        cost_micros,
        outcome,
        call.job_id,
        call.number,
    )


async def latest(database: Database, job_id: str) -> CallRow | None:
    """The job's last call, open or not."""
    rows = await database.read(
        "SELECT * FROM calls WHERE job_id = ? ORDER BY number DESC LIMIT 1", job_id
    )
    return call_row(rows[0]) if rows else None


def call_row(row: Row) -> CallRow:
    """A row of the table as a value."""
    return CallRow(
        job_id=text(row, "job_id"),
        number=integer(row, "number"),
        backend=text(row, "backend"),
        key=text(row, "key"),
        secret=text(row, "secret"),
        provider=text(row, "provider"),
        slots=integer(row, "slots"),
        outcome=CallOutcome(text(row, "outcome")),
        ticket=text_or_none(row, "ticket"),
        cost_micros=integer_or_none(row, "cost_micros"),
        intended=integer(row, "intended"),
        accepted=integer_or_none(row, "accepted"),
    )
