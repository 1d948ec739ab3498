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
    hint: str | None
    """The provider's id of the work as a webhook told it: nothing that can be relied on."""


HINT_MS = 48 * 3600 * 1000
"""What is told of a call that is older is of no use any more."""


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


async def of_job(database: Database, job_id: str) -> list[CallRow]:
    """All calls of a job, oldest first."""
    rows = await database.read("SELECT * FROM calls WHERE job_id = ? ORDER BY number", job_id)
    return [call_row(row) for row in rows]


async def has_secret(database: Database, secret: str, provider: str) -> bool:
    """Whether a call of ours, open or not, has this secret at a provider."""
    rows = await database.read(
        "SELECT 1 AS found FROM calls WHERE secret = ? AND provider = ? LIMIT 1", secret, provider
    )
    return bool(rows)


async def note_hint(
    tx: Transaction, secret: str, provider: str, request_id: str, *, now: int
) -> str | None:
    """Note what a webhook told of a call whose answer may have been lost.

    Nothing else is changed by it, and being told twice is the same as once.

    Args:
        tx: A transaction.
        secret: The call's, from the address that was reported to.
        provider: Whose webhook it was.
        request_id: The provider's id of the work.
        now: Milliseconds.

    Returns:
        The job's id, or None where nobody waits for such a call.
    """
    rows = await tx.run(
        "UPDATE calls SET hint = ? WHERE secret = ? AND provider = ? AND intended > ?"
        " AND outcome IN ('intended', 'accepted', 'unknown') RETURNING job_id",
        request_id,
        secret,
        provider,
        now - HINT_MS,
    )
    return text(rows[0], "job_id") if rows else None


async def hinted(database: Database, owner: str, *, late_since: int) -> dict[str, str]:
    """The hints to calls of jobs that a process owns, by job.

    That is: of unfinished jobs the open calls, and of those that became unconfirmed after
    `late_since` (milliseconds) the calls that may still be heard of.
    """
    # Two queries, since with OR between them neither index would serve.
    hints = "SELECT calls.job_id, calls.hint FROM jobs JOIN calls ON calls.job_id = jobs.id"
    rows = await database.read(
        f"{hints} WHERE (jobs.state IN ('queued', 'submitting', 'running') OR jobs.shown = 'no')"
        " AND jobs.owner = ?"
        " AND calls.outcome IN ('intended', 'accepted') AND calls.hint IS NOT NULL"
        f" UNION {hints} WHERE jobs.state = 'unconfirmed' AND jobs.finished > ? AND jobs.owner = ?"
        " AND calls.outcome IN ('accepted', 'unknown') AND calls.hint IS NOT NULL",
        owner,
        late_since,
        owner,
    )
    return {text(row, "job_id"): text(row, "hint") for row in rows}


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
        hint=text_or_none(row, "hint"),
    )
