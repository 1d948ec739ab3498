"""A member's account: what is used and held of the present period.

Every transaction about money locks the account first, so that all it reads afterwards is
settled. Each function here runs inside such a transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import Query, Row, Transaction, integer
from storage.ledger import Line, record
from storage.states import EntryKind, LotKind

UNBEGUN = -1
"""The start of the period of an account that was opened just now."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """One member of one server."""

    server_id: int
    user_id: int
    period: int
    """Only rises; names the lot of the present allowance."""
    period_start: int
    used: int
    """Credits spent or held in the present period."""
    held: int
    """The part of `used` that is only reserved."""
    running: int
    """Unfinished jobs."""
    last_start: int


async def lock(tx: Transaction, server_id: int, user_id: int) -> Account:
    """Lock the account until the transaction ends, opening it where there is none.

    A new one has not begun any period yet: see `begin`.
    """
    rows = await tx.run(
        "INSERT INTO accounts"
        " (server_id, user_id, period, period_start, used, held, running, last_start)"
        " VALUES (?, ?, 1, ?, 0, 0, 0, 0)"
        " ON CONFLICT (server_id, user_id) DO UPDATE SET user_id = excluded.user_id"
        " RETURNING *",
        server_id,
        user_id,
        UNBEGUN,
    )
    return _account(rows[0])


async def begin(tx: Transaction, account: Account, *, period_start: int, now: int) -> Account:
    """Begin a new period where one is due; gives the account as it is then.

    A period begins only if its start is later than the stored one's: a clock that goes
    back begins nothing.
    """
    if account.period_start >= period_start:
        return account
    if account.period_start == UNBEGUN:
        rows = await tx.run(
            "UPDATE accounts SET period_start = ? WHERE server_id = ? AND user_id = ? RETURNING *",
            period_start,
            account.server_id,
            account.user_id,
        )
        return _account(rows[0])
    return await renew(tx, account, period_start=period_start, now=now)


async def renew(tx: Transaction, account: Account, *, period_start: int, now: int) -> Account:
    """Begin the next period: nothing of it is used yet."""
    rows = await tx.run(
        "UPDATE accounts SET period = period + 1, period_start = ?, used = 0, held = 0"
        " WHERE server_id = ? AND user_id = ? RETURNING *",
        period_start,
        account.server_id,
        account.user_id,
    )
    renewed = _account(rows[0])
    await record(
        tx,
        EntryKind.RENEW,
        at=now,
        server_id=account.server_id,
        user_id=account.user_id,
        job_id=None,
        lines=[Line(lot_kind=LotKind.PERIOD, lot=renewed.period, amount=0)],
    )
    return renewed


async def get(query: Query, server_id: int, user_id: int) -> Account | None:
    """The account as it stands, perhaps of an ended period; None if there is none yet."""
    rows = await query(
        "SELECT * FROM accounts WHERE server_id = ? AND user_id = ?", server_id, user_id
    )
    return _account(rows[0]) if rows else None


def renewed(account: Account | None, server_id: int, user_id: int) -> Account:
    """An account as it would be with the next period begun, written nowhere."""
    return Account(
        server_id=server_id,
        user_id=user_id,
        period=1 if account is None else account.period + 1,
        period_start=UNBEGUN,
        used=0,
        held=0,
        running=0 if account is None else account.running,
        last_start=0 if account is None else account.last_start,
    )


async def reserve(
    tx: Transaction, account: Account, credits_: int, *, allowance: int | None, now: int
) -> bool:
    """Hold credits of the period and count one more running job; False where that is too much.

    An allowance of None is unlimited. Nothing can be held of one that is used up, or was passed
    before it was lowered.
    """
    rows = await tx.run(
        "UPDATE accounts SET used = used + ?, held = held + ?, running = running + 1,"
        " last_start = ? WHERE server_id = ? AND user_id = ?"
        " AND (CAST(? AS BIGINT) IS NULL OR CAST(? AS BIGINT) = 0"
        " OR used + ? <= CAST(? AS BIGINT)) RETURNING used",
        credits_,
        credits_,
        now,
        account.server_id,
        account.user_id,
        allowance,
        credits_,
        credits_,
        allowance,
    )
    return bool(rows)


async def close(
    tx: Transaction, account: Account, *, period: int, held: int, returned: int
) -> None:
    """End a hold on a period, of which some credits return; count one running job less.

    What returns to an ended period is gone, as had the job never run.
    """
    same = account.period == period
    await tx.run(
        "UPDATE accounts SET used = used - ?, held = held - ?, running = running - 1"
        " WHERE server_id = ? AND user_id = ? RETURNING used",
        returned if same else 0,
        held if same else 0,
        account.server_id,
        account.user_id,
    )


async def give_back(tx: Transaction, account: Account, *, period: int, settled: int) -> None:
    """Undo a settled charge, where its period still runs."""
    if account.period != period:
        return
    await tx.run(
        "UPDATE accounts SET used = used - ? WHERE server_id = ? AND user_id = ? RETURNING used",
        settled,
        account.server_id,
        account.user_id,
    )


async def refund_flagged(tx: Transaction, account: Account, *, day: int, limit: int | None) -> bool:
    """Count one refund of flagged pictures; False, with none counted, where the day had its fill.

    Args:
        tx: A transaction that holds the account's lock.
        account: Whose.
        day: When the day began, in milliseconds. One that is earlier than the last counted
            one is that one: a clock that goes back gives nobody a new day.
        limit: Refunds of one day; None is unlimited.
    """
    rows = await tx.run(
        "UPDATE accounts SET flagged_refunds ="
        " CASE WHEN flagged_day < ? THEN 1 ELSE flagged_refunds + 1 END,"
        " flagged_day = CASE WHEN flagged_day < ? THEN ? ELSE flagged_day END"
        " WHERE server_id = ? AND user_id = ? AND (CAST(? AS BIGINT) IS NULL"
        " OR CASE WHEN flagged_day < ? THEN 0 ELSE flagged_refunds END < CAST(? AS BIGINT))"
        " RETURNING flagged_refunds",
        day,
        day,
        day,
        account.server_id,
        account.user_id,
        limit,
        day,
        limit,
    )
    return bool(rows)


def _account(row: Row) -> Account:
    return Account(
        server_id=integer(row, "server_id"),
        user_id=integer(row, "user_id"),
        period=integer(row, "period"),
        period_start=integer(row, "period_start"),
        used=integer(row, "used"),
        held=integer(row, "held"),
        running=integer(row, "running"),
        last_start=integer(row, "last_start"),
    )
