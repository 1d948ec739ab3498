"""Deleting all that is stored of a server from which the bot was removed.

Members are deleted one at a time, each whole in one transaction: an account always equals the
fold of its ledger, also when the bot is invited again in the middle of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from storage.budgets import Scope
from storage.database import Query, Transaction, integer, text
from storage.servers import UNSET

BATCH: Final = 500
"""Rows deleted at once of what can be many."""

_MANY: Final = (
    # Table, and the columns that name a row.
    ("rule_hits", "id"),
    ("changes", "id"),
    ("log_posts", "id"),
    ("prompt_rules", "id"),
    ("suspensions", "user_id"),
    ("consents", "user_id"),
    ("quota_rules", "subject_id"),
)
_OF_JOBS: Final = ("calls", "messages", "waiting", "card_reports")
_JOBS: Final = "SELECT id FROM jobs WHERE server_id = ? AND user_id = ? AND account_id = ?"


async def unfinished(query: Query, server_id: int) -> list[str]:
    """Ids of a server's jobs that have not ended."""
    rows = await query(
        "SELECT id FROM jobs WHERE server_id = ?"
        " AND state IN ('queued', 'submitting', 'running') ORDER BY created",
        server_id,
    )
    return [text(row, "id") for row in rows]


async def is_quiet(query: Query, server_id: int, *, late_since: int) -> bool:
    """Say whether nothing can come of a server's jobs any more.

    Args:
        query: Inside a transaction or outside.
        server_id: The server.
        late_since: To jobs that were left unconfirmed after this, an answer may still come.
    """
    rows = await query(
        "SELECT 1 AS found FROM jobs WHERE server_id = ?"
        " AND (state IN ('queued', 'submitting', 'running') OR shown = 'no'"
        " OR (state = 'unconfirmed' AND finished > ?)) LIMIT 1",
        server_id,
        late_since,
    )
    return not rows


async def unlisted(query: Query) -> list[int]:
    """Ids of servers of which something is stored, but not whether the bot is in them."""
    rows = await query(
        "SELECT DISTINCT server_id FROM accounts WHERE NOT EXISTS"
        " (SELECT 1 FROM servers WHERE servers.id = accounts.server_id)"
    )
    return [integer(row, "server_id") for row in rows]


async def lock_removed(tx: Transaction, server_id: int) -> bool:
    """Lock a server's row; False where the bot is in the server again, or all was deleted."""
    rows = await tx.run(
        "UPDATE servers SET id = id WHERE id = ? AND removed IS NOT NULL RETURNING id", server_id
    )
    return bool(rows)


async def accounts_of(query: Query, server_id: int) -> dict[int, list[int]]:
    """Under which accounts anything is stored of a server's members, and whose jobs these paid."""
    rows = await query(
        "SELECT user_id AS account_id, CAST(NULL AS BIGINT) AS user_id FROM accounts"
        " WHERE server_id = ?"
        " UNION SELECT user_id, CAST(NULL AS BIGINT) FROM grants WHERE server_id = ?"
        " UNION SELECT user_id, CAST(NULL AS BIGINT) FROM ledger WHERE server_id = ?"
        " UNION SELECT account_id, user_id FROM jobs WHERE server_id = ?",
        *([server_id] * 4),
    )
    found: dict[int, list[int]] = {}
    for row in rows:
        users = found.setdefault(integer(row, "account_id"), [])
        if row["user_id"] is not None:
            users.append(integer(row, "user_id"))
    return found


async def delete_member(
    tx: Transaction, server_id: int, account_id: int, user_ids: Sequence[int]
) -> None:
    """Delete an account with its ledger, its grants and the jobs that it paid."""
    for user_id in user_ids:
        for table in _OF_JOBS:
            await tx.run(
                f"DELETE FROM {table} WHERE job_id IN ({_JOBS})",  # noqa: S608 - our own names
                server_id,
                user_id,
                account_id,
            )
    await tx.run(
        "DELETE FROM ledger_lines WHERE entry_id IN"
        " (SELECT id FROM ledger WHERE server_id = ? AND user_id = ?)",
        server_id,
        account_id,
    )
    await tx.run("DELETE FROM ledger WHERE server_id = ? AND user_id = ?", server_id, account_id)
    for user_id in user_ids:
        await tx.run(
            "DELETE FROM jobs WHERE server_id = ? AND user_id = ? AND account_id = ?",
            server_id,
            user_id,
            account_id,
        )
    await tx.run("DELETE FROM grants WHERE server_id = ? AND user_id = ?", server_id, account_id)
    await tx.run("DELETE FROM accounts WHERE server_id = ? AND user_id = ?", server_id, account_id)


async def delete_some(tx: Transaction, server_id: int) -> bool:
    """Delete a batch of what is neither jobs nor money; False where nothing was left."""
    for table, key in _MANY:
        rows = await tx.run(
            f"DELETE FROM {table} WHERE server_id = ? AND {key} IN"  # noqa: S608 - our own names
            f" (SELECT {key} FROM {table} WHERE server_id = ? LIMIT {BATCH}) RETURNING {key}",
            server_id,
            server_id,
        )
        if rows:
            return True
    return False


async def delete_server(tx: Transaction, server_id: int, *, month_start: int) -> bool:
    """Delete what is left: budgets of months that are over, and the server itself.

    What it spent in the operator's present month stays, and the server with it until the next
    one, so that leaving and coming back gives it nothing anew.

    Args:
        tx: A transaction.
        server_id: The server.
        month_start: Where the operator's present month began; milliseconds.

    Returns:
        Whether nothing is left.
    """
    await tx.run("DELETE FROM facts WHERE name LIKE ?", f"lacks:{server_id}:%")
    await tx.run(
        "DELETE FROM budgets WHERE scope_id = ? AND (scope = ? OR (scope = ? AND starts < ?))",
        server_id,
        Scope.SERVER_BUDGET,
        Scope.SERVER_MONTH,
        month_start,
    )
    kept = await tx.run(
        "UPDATE servers SET settings = ?, set_up = NULL, welcomed = NULL WHERE id = ? AND EXISTS"
        " (SELECT 1 FROM budgets WHERE budgets.scope = ? AND budgets.scope_id = servers.id)"
        " RETURNING id",
        UNSET,
        server_id,
        Scope.SERVER_MONTH,
    )
    if not kept:
        await tx.run("DELETE FROM servers WHERE id = ?", server_id)
    return not kept
