"""What must hold whenever no job is under way."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from bot.backends.catalogue import by_name
from bot.jobs.record import read
from storage import ledger
from storage.database import Database, Row, integer, text
from storage.job_rows import job_row
from storage.states import UNFINISHED, JobState


async def check_accounts(database: Database) -> None:
    """Every account equals its fold, and counts the jobs that run."""
    for row in await database.read("SELECT * FROM accounts"):
        member = (integer(row, "server_id"), integer(row, "user_id"))
        fold = await ledger.fold(database, *member, integer(row, "period"))
        assert (row["used"], row["held"]) == (fold.used, fold.held)
        running = await database.read(
            "SELECT COUNT(*) AS n FROM jobs WHERE server_id = ? AND user_id = ? AND gift = 0"
            " AND state IN ('queued', 'submitting', 'running')",
            *member,
        )
        assert row["running"] == integer(running[0], "n")


async def check_calls(database: Database) -> None:
    """Places are taken by open calls alone, and the day counts what calls cost."""
    taken = await database.read("SELECT CAST(COALESCE(SUM(used), 0) AS BIGINT) AS n FROM slots")
    held = await database.read(
        "SELECT CAST(COALESCE(SUM(slots), 0) AS BIGINT) AS n"
        " FROM calls JOIN jobs ON jobs.id = job_id"
        " WHERE outcome IN ('intended', 'accepted') AND gift = 0"
        " AND state IN ('submitting', 'running')"
    )
    assert integer(taken[0], "n") == integer(held[0], "n")
    days = await database.read("SELECT starts, used FROM budgets WHERE scope = 'operator_day'")
    for day in days:
        rows = await database.read("SELECT * FROM jobs WHERE day_start = ?", day["starts"])
        counted = [await _counts(database, row) for row in rows]
        assert sum(counted) == day["used"]


async def _counts(database: Database, row: Row) -> int:
    """What a job counts against the operator's day."""
    calls = await database.read("SELECT * FROM calls WHERE job_id = ? ORDER BY number", row["id"])
    job = read(job_row(row))
    if row["state"] in UNFINISHED or row["gift"]:
        return job.row.micros_each * job.request.count
    if row["state"] == JobState.UNCONFIRMED:
        entry = by_name(text(calls[-1], "backend"), job.request.operation)
        each = min(job.row.micros_each, int(entry.price_at(job.request.speed) * 1_000_000))
        return each * job.request.count
    return sum(integer(call, "cost_micros") for call in calls if call["cost_micros"] is not None)


async def check_leftovers(database: Database, spool: Path) -> None:
    """Of a job that was shown neither files nor a token are left."""
    rows = await database.read("SELECT * FROM jobs")
    left = {text(row, "id") for row in rows if row["state"] in UNFINISHED or row["shown"] == "no"}
    with suppress(FileNotFoundError):
        assert {path.name for path in spool.iterdir()} <= left
    kept = await database.read("SELECT job_id FROM spool_files")
    assert {text(row, "job_id") for row in kept} <= left
    assert all(row["token"] is None for row in rows if row["shown"] != "no")
