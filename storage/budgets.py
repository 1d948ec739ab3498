"""Limits above the member's: a server's month in credits, the operator's day in money.

Rows are updated under guards, never summed: a sum that is read and then acted on
overspends as soon as two transactions overlap.
"""

from __future__ import annotations

from enum import StrEnum

from storage.database import Query, Transaction, integer


class Scope(StrEnum):
    """What a budget limits."""

    SERVER_MONTH = "server_month"
    """Credits of one server in one month in UTC, which the operator limits."""
    SERVER_BUDGET = "server_budget"
    """Credits of one server in one month in its own time zone, which its moderators limit."""
    OPERATOR_DAY = "operator_day"
    """Millionths of a dollar over everything in one day; its id is 0."""


async def add(
    tx: Transaction, scope: Scope, scope_id: int, *, starts: int, amount: int, limit: int | None
) -> bool:
    """Count `amount`; False, with nothing counted, where that would pass the limit."""
    if await _count(tx, scope, scope_id, starts=starts, amount=amount, limit=limit):
        return True
    # Either that would be too much, or it is the first of this month or day.
    await tx.run(
        "INSERT INTO budgets (scope, scope_id, starts, used) VALUES (?, ?, ?, 0)"
        " ON CONFLICT (scope, scope_id, starts) DO NOTHING",
        scope,
        scope_id,
        starts,
    )
    # Asked again also where it was there: another may have opened it in the meantime.
    return await _count(tx, scope, scope_id, starts=starts, amount=amount, limit=limit)


async def _count(
    tx: Transaction, scope: Scope, scope_id: int, *, starts: int, amount: int, limit: int | None
) -> bool:
    rows = await tx.run(
        "UPDATE budgets SET used = used + ? WHERE scope = ? AND scope_id = ? AND starts = ?"
        " AND (CAST(? AS BIGINT) IS NULL OR used + ? <= CAST(? AS BIGINT)) RETURNING used",
        amount,
        scope,
        scope_id,
        starts,
        limit,
        amount,
        limit,
    )
    return bool(rows)


async def change(tx: Transaction, scope: Scope, scope_id: int, *, starts: int, amount: int) -> None:
    """Correct what was counted by a signed amount; no limit stops a correction."""
    if not amount:
        return  # All remixes of all processes meet in these rows, and most cost what was reserved.
    await tx.run(
        "UPDATE budgets SET used = used + ? WHERE scope = ? AND scope_id = ? AND starts = ?",
        amount,
        scope,
        scope_id,
        starts,
    )


async def mark_told(
    tx: Transaction, scope: Scope, scope_id: int, *, starts: int, percent: int
) -> bool:
    """Remember that somebody is told how much is used; False where they were told before."""
    # There is no row yet where even the first of this month or day was refused.
    rows = await tx.run(
        "INSERT INTO budgets (scope, scope_id, starts, used, told) VALUES (?, ?, ?, 0, ?)"
        " ON CONFLICT (scope, scope_id, starts) DO UPDATE SET told = excluded.told"
        " WHERE budgets.told < excluded.told RETURNING told",
        scope,
        scope_id,
        starts,
        percent,
    )
    return bool(rows)


async def forget_told(tx: Transaction, scope: Scope, scope_id: int) -> None:
    """Let it be told again, because the limit is another."""
    await tx.run("UPDATE budgets SET told = 0 WHERE scope = ? AND scope_id = ?", scope, scope_id)


async def used(query: Query, scope: Scope, scope_id: int, *, starts: int) -> int:
    """What is counted so far, inside a transaction or outside."""
    rows = await query(
        "SELECT used FROM budgets WHERE scope = ? AND scope_id = ? AND starts = ?",
        scope,
        scope_id,
        starts,
    )
    return integer(rows[0], "used") if rows else 0
