"""The durable record of jobs: insert, guarded changes of state, and what to carry on.

Every change of state is guarded by the states it may come from and by the fence, which
rises when another process takes the job over. A change without a row means that someone
was first.
"""

from __future__ import annotations

from collections.abc import Sequence

from storage.database import (
    Database,
    Transaction,
    Value,
    text,
)
from storage.job_rows import JobRow, NewJob, job_row
from storage.states import UNFINISHED, JobState, Shown, before

WORK_LEFT = "state IN ('queued', 'submitting', 'running') OR shown = 'no'"
"""Of which jobs a process has still to take care; it is the condition of an index."""


class LostError(Exception):
    """The job was changed by someone else first: read it again and go on from there."""


async def insert(tx: Transaction, job: NewJob) -> JobRow | None:
    """Write a new job as queued; None where its id or its interaction already made one."""
    rows = await tx.run(
        "INSERT INTO jobs (id, interaction_id, server_id, channel_id, user_id, account_id,"
        " state, fence, owner, pressed, parent_id, backend, request, source, token, token_ends,"
        " upload_limit, credits_each, micros_each, reserved, period, month_start, day_start,"
        " budget_start, created, shows_flagged, attempts, due, cancel, shown, gift)"
        " VALUES (?, ?, ?, ?, ?, ?, 'queued', 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
        " ?, ?, 0, 0, 0, 'no', 0) ON CONFLICT DO NOTHING RETURNING *",
        job.id,
        job.interaction_id,
        job.server_id,
        job.channel_id,
        job.user_id,
        job.account_id,
        job.owner,
        job.pressed,
        job.parent_id,
        job.backend,
        job.request,
        job.source,
        job.token,
        job.token_ends,
        job.upload_limit,
        job.credits_each,
        job.micros_each,
        job.reserved,
        job.period,
        job.month_start,
        job.day_start,
        job.budget_start,
        job.created,
        int(job.shows_flagged),
    )
    return job_row(rows[0]) if rows else None


async def pressed_since(
    tx: Transaction, server_id: int, user_id: int, pressed: str, *, since: int, until: int
) -> str | None:
    """The id of a job that this member's press of the same button made between two moments."""
    # A clock that went back leaves jobs of a far future; those are no second click.
    rows = await tx.run(
        "SELECT id FROM jobs WHERE server_id = ? AND user_id = ? AND created > ?"
        " AND created <= ? AND pressed = ? LIMIT 1",
        server_id,
        user_id,
        since,
        until,
        pressed,
    )
    return text(rows[0], "id") if rows else None


async def get(database: Database, job_id: str) -> JobRow | None:
    """The job, or None."""
    rows = await database.read("SELECT * FROM jobs WHERE id = ?", job_id)
    return job_row(rows[0]) if rows else None


async def advance(
    tx: Transaction, job_id: str, state: JobState, *, fence: int, **changes: Value
) -> JobRow:
    """Move a job into `state`, from where its edges lead there, with other columns.

    Raises:
        LostError: It is in another state, or belongs to someone else now.
    """
    origins = before(state)
    columns = "".join(f", {name} = ?" for name in _checked(changes))
    marks = ", ".join("?" for _ in origins)
    rows = await tx.run(
        f"UPDATE jobs SET state = ?{columns} WHERE id = ? AND fence = ?"  # noqa: S608 - names are checked
        f" AND state IN ({marks}) RETURNING *",
        state,
        *changes.values(),
        job_id,
        fence,
        *origins,
    )
    if not rows:
        raise LostError(f"job {job_id} could not become {state}")
    return job_row(rows[0])


async def change(tx: Transaction, job_id: str, *, fence: int, **changes: Value) -> JobRow:
    """Change other columns of a job without touching its state.

    Raises:
        LostError: It belongs to someone else now.
    """
    columns = ", ".join(f"{name} = ?" for name in _checked(changes))
    rows = await tx.run(
        f"UPDATE jobs SET {columns} WHERE id = ? AND fence = ? RETURNING *",  # noqa: S608 - names are checked
        *changes.values(),
        job_id,
        fence,
    )
    if not rows:
        raise LostError(f"job {job_id} belongs to another process")
    return job_row(rows[0])


async def mark_shown(tx: Transaction, job_id: str, shown: Shown, *, fence: int) -> JobRow:
    """Record, once, that a job's end reached Discord or never will; its token is erased.

    Where a new message took the place of the waiting card, it is the card from now on.

    Raises:
        LostError: Someone recorded it first, or owns the job now.
    """
    rows = await tx.run(
        "UPDATE jobs SET shown = ?, token = NULL, message_id = COALESCE((SELECT"
        " messages.message_id FROM messages WHERE messages.job_id = jobs.id"
        " AND messages.part = 0), message_id)"
        " WHERE id = ? AND fence = ? AND shown = 'no' RETURNING *",
        shown,
        job_id,
        fence,
    )
    if not rows:
        raise LostError(f"job {job_id} was already shown")
    return job_row(rows[0])


async def request_cancel(
    tx: Transaction, job_id: str, states: Sequence[JobState] = UNFINISHED
) -> JobRow | None:
    """Set the flag that the job's next step honours; None where it is in none of `states`."""
    marks = ", ".join("?" for _ in states)
    rows = await tx.run(
        f"UPDATE jobs SET cancel = 1 WHERE id = ? AND state IN ({marks}) RETURNING *",  # noqa: S608 - only marks
        job_id,
        *states,
    )
    return job_row(rows[0]) if rows else None


async def take_over(tx: Transaction, owner: str, *, dead_since: int, late_since: int) -> int:
    """Take over what is left by processes whose heartbeat is older than `dead_since`.

    That is: jobs with work left, and unconfirmed ones that ended after `late_since`.

    Returns:
        How many were taken.
    """
    # Two statements, since with OR between them neither index would serve.
    take = (
        "UPDATE jobs SET owner = ?, fence = fence + 1"
        " WHERE owner <> ? AND NOT EXISTS (SELECT 1 FROM processes"
        " WHERE processes.id = jobs.owner AND processes.heartbeat > ?)"
    )
    unfinished = await tx.run(
        f"{take} AND (state IN ('queued', 'submitting', 'running') OR shown = 'no') RETURNING id",
        owner,
        owner,
        dead_since,
    )
    unconfirmed = await tx.run(
        f"{take} AND state = 'unconfirmed' AND finished > ? RETURNING id",
        owner,
        owner,
        dead_since,
        late_since,
    )
    return len(unfinished) + len(unconfirmed)


async def with_work_left(database: Database, owner: str) -> list[str]:
    """Ids of the owner's jobs that are unfinished, or not yet shown, oldest first."""
    rows = await database.read(
        f"SELECT id FROM jobs WHERE ({WORK_LEFT}) AND owner = ?"  # noqa: S608 - our own condition
        " ORDER BY created",
        owner,
    )
    return [text(row, "id") for row in rows]


async def to_cancel(database: Database, owner: str) -> list[str]:
    """Ids of the owner's unfinished jobs that were asked to cancel."""
    rows = await database.read(
        f"SELECT id FROM jobs WHERE ({WORK_LEFT}) AND owner = ?"  # noqa: S608 - our own condition
        " AND cancel = 1 AND state IN ('queued', 'submitting', 'running')",
        owner,
    )
    return [text(row, "id") for row in rows]


async def unconfirmed_since(database: Database, owner: str, since: int) -> list[str]:
    """Ids of the owner's unconfirmed jobs that ended after `since`: a late answer is still taken.

    Not those of members who were erased since, whose ids are negative: theirs is shown no more.
    """
    rows = await database.read(
        "SELECT id FROM jobs WHERE state = 'unconfirmed' AND finished > ? AND owner = ?"
        " AND user_id > 0",
        since,
        owner,
    )
    return [text(row, "id") for row in rows]


async def erase_tokens(tx: Transaction, *, now: int) -> int:
    """Erase the interaction tokens that have died; returns how many."""
    rows = await tx.run(
        "UPDATE jobs SET token = NULL WHERE token IS NOT NULL AND token_ends <= ? RETURNING id",
        now,
    )
    return len(rows)


async def recent(database: Database, server_id: int, user_id: int, *, limit: int) -> list[JobRow]:
    """A member's last jobs in one server, newest first."""
    rows = await database.read(
        "SELECT * FROM jobs WHERE server_id = ? AND user_id = ? ORDER BY created DESC LIMIT ?",
        server_id,
        user_id,
        limit,
    )
    return [job_row(row) for row in rows]


CHANGEABLE = frozenset(
    {
        "attempts",
        "due",
        "finished",
        "gift",
        "message_id",
        "reason",
        "results",
        "settled",
        "shown",
        "token",
    }
)


def _checked(changes: dict[str, Value]) -> dict[str, Value]:
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise ValueError(f"not columns that a job changes: {sorted(unknown)}")
    return changes
