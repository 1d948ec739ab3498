"""The bot's database as an auditor reads it: without the bot's own code."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

UNFINISHED = "('queued', 'submitting', 'running')"

_TABLES = (
    *("accounts", "budgets", "calls", "drafts", "jobs", "ledger", "ledger_lines"),
    *("messages", "slots", "grants", "servers", "quota_rules", "changes", "log_posts"),
)
_QUIET = f"SELECT COUNT(*) AS n FROM jobs WHERE state IN {UNFINISHED} OR shown = 'no'"  # noqa: S608

# What each query finds is wrong; none may find anything once the bot is quiet. They are of the
# subset of SQL that SQLite and PostgreSQL share.
_FAULTS = {
    "an account is not the fold of its ledger": """
        SELECT account.server_id, account.user_id, account.used FROM accounts account
        WHERE account.used <> (
            SELECT COALESCE(SUM(line.amount), 0) FROM ledger entry
            JOIN ledger_lines line ON line.entry_id = entry.id
            WHERE entry.server_id = account.server_id AND entry.user_id = account.user_id
            AND line.lot_kind = 'period' AND line.lot = account.period
        )
        """,
    "something is still held or counted as running": """
        SELECT * FROM accounts WHERE held <> 0 OR running <> 0
        """,
    "something of a grant is still held": "SELECT * FROM grants WHERE held <> 0",
    "a grant is not what its ledger leaves of it": """
        SELECT given.id, given.remaining FROM grants given WHERE given.remaining <> (
            SELECT -COALESCE(SUM(line.amount), 0) FROM ledger entry
            JOIN ledger_lines line ON line.entry_id = entry.id
            WHERE entry.server_id = given.server_id AND entry.user_id = given.user_id
            AND line.lot_kind = 'grant' AND line.lot = given.id
        )
        """,
    "a job was not reserved once, and closed once": """
        SELECT job.id, job.state, COUNT(entry.kind) AS entries FROM jobs job
        LEFT JOIN ledger entry ON entry.job_id = job.id
        GROUP BY job.id
        HAVING SUM(CASE WHEN entry.kind = 'reserve' THEN 1 ELSE 0 END) <> 1
        OR SUM(CASE WHEN entry.kind IN ('settle', 'refund') THEN 1 ELSE 0 END) <> 1
        OR COUNT(*) <> CASE WHEN job.shown = 'undeliverable' AND COALESCE(job.settled, 0) > 0
            THEN 3 ELSE 2 END
        """,
    "a job was settled that did not succeed, or the other way round": """
        SELECT job.id, job.state, entry.kind FROM jobs job JOIN ledger entry
        ON entry.job_id = job.id AND entry.kind IN ('settle', 'refund')
        WHERE (job.state = 'succeeded' AND job.gift = 0
            OR job.state = 'failed' AND job.reason = 'unsafe_charged') <> (entry.kind = 'settle')
        OR (job.settled IS NOT NULL) <> (entry.kind = 'settle')
        """,
    "a job's ledger does not come to what it was charged": """
        SELECT job.id, job.settled, SUM(line.amount) AS total FROM jobs job
        JOIN ledger entry ON entry.job_id = job.id
        JOIN ledger_lines line ON line.entry_id = entry.id GROUP BY job.id
        HAVING SUM(line.amount) <> CASE job.shown WHEN 'undeliverable' THEN 0
        ELSE COALESCE(job.settled, 0) END
        """,
    "a call is open, or does not fit the end of its job": """
        SELECT job.state, call.* FROM calls call JOIN jobs job ON job.id = call.job_id
        WHERE call.outcome IN ('intended', 'accepted')
        OR (call.outcome = 'done') <> (job.state = 'succeeded' AND call.number = (
            SELECT MAX(number) FROM calls other WHERE other.job_id = job.id))
        OR (call.outcome = 'unknown' AND job.state <> 'unconfirmed')
        """,
    "places at a provider are taken": "SELECT * FROM slots WHERE used <> 0",
    "a token is kept though nothing is left to show": """
        SELECT id, state, shown FROM jobs WHERE token IS NOT NULL
        """,
    "a ticket is kept though its call ended": """
        SELECT * FROM calls WHERE ticket IS NOT NULL AND outcome <> 'unknown'
        """,
    # A job's pictures are what it reserved in units of one; a free one is of no budget's concern.
    "the operator's day does not come to what the calls cost": """
        SELECT budget.starts, budget.used FROM budgets budget
        WHERE budget.scope = 'operator_day' AND budget.used <> (
            SELECT COALESCE(SUM(CASE
                WHEN call.outcome <> 'unknown' THEN COALESCE(call.cost_micros, 0)
                WHEN job.credits_each = 0 THEN 0
                ELSE job.micros_each * (job.reserved / job.credits_each) END), 0)
            FROM calls call JOIN jobs job ON job.id = call.job_id
            WHERE job.day_start = budget.starts
        )
        """,
}


class Books:
    """One SQLite file, read only, also while the bot writes to it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Answer a query, `?` for each value; nothing, as long as there is no database.

        A row gives its columns by name, and is a sequence of them.
        """
        if not self.path.exists():
            return []
        uri = f"file:{self.path}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()

    def one(self, query: str, *values: Any) -> Any:
        """Answer a query of one value; None where it finds nothing."""
        rows = self.rows(query, *values)
        return rows[0][0] if rows else None

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all tables that a remix may touch."""
        return {
            table: [tuple(row) for row in self.rows(f"SELECT * FROM {table}")]  # noqa: S608 - our own names
            for table in _TABLES
        }

    def quiet(self) -> bool:
        """Say whether no job has work left."""
        return not self.one(_QUIET)

    def faults(self) -> Iterator[str]:
        """Name what is wrong; only for a quiet bot."""
        for name, query in _FAULTS.items():
            for row in self.rows(query):
                yield f"{name}: {dict(row)}"

    def billed_micros(self) -> int:
        """Millionths of a dollar that the calls are known to have cost."""
        return int(self.one("SELECT COALESCE(SUM(cost_micros), 0) AS n FROM calls") or 0)

    def guessed(self) -> int:
        """How many calls were booked at the most that they may cost, because nobody says more."""
        query = "SELECT COUNT(*) AS n FROM calls WHERE backend = 'ideogram-auto'"
        return self.one(query) or 0

    def unknown(self) -> int:
        """How many calls nobody knows the end of."""
        return self.one("SELECT COUNT(*) AS n FROM calls WHERE outcome = 'unknown'") or 0
