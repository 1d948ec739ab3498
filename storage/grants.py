"""Credits that moderators gave beyond the allowance.

A grant is a lot of the ledger. What remains of it is always what its ledger lines leave of it,
also after it expired: what returns to it then is there and can be spent no more. Each function
that changes one runs inside a transaction that holds the account's lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage.database import Query, Row, Transaction, integer, integer_or_none


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One grant as it is stored; times are milliseconds."""

    id: int
    """The interaction in which it was given."""
    server_id: int
    user_id: int
    credits: int
    """What was given."""
    remaining: int
    """What is left of it, without what is held."""
    held: int
    given: int
    expires: int | None
    ended: int | None


async def insert(tx: Transaction, grant: Grant) -> bool:
    """Write a new grant; False where this interaction gave it already."""
    rows = await tx.run(
        "INSERT INTO grants (id, server_id, user_id, credits, remaining, held, given, expires)"
        " VALUES (?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING id",
        grant.id,
        grant.server_id,
        grant.user_id,
        grant.credits,
        grant.remaining,
        grant.given,
        grant.expires,
    )
    return bool(rows)


async def open_of(query: Query, server_id: int, user_id: int) -> list[Grant]:
    """A member's grants that have not ended, in the order in which they are drawn from."""
    rows = await query(
        "SELECT * FROM grants WHERE server_id = ? AND user_id = ? AND ended IS NULL",
        server_id,
        user_id,
    )
    return list(in_order(map(_grant, rows)))


def in_order(found: Iterable[Grant]) -> tuple[Grant, ...]:
    """Grants in the order in which they are drawn from: the first to expire first."""
    return tuple(sorted(found, key=_first_to_expire))


async def draw(tx: Transaction, grant_id: int, credits_: int) -> bool:
    """Hold credits of a grant; False where it has not that many, or has ended."""
    rows = await tx.run(
        "UPDATE grants SET remaining = remaining - ?, held = held + ?"
        " WHERE id = ? AND ended IS NULL AND remaining >= ? RETURNING id",
        credits_,
        credits_,
        grant_id,
        credits_,
    )
    return bool(rows)


async def close(tx: Transaction, grant_id: int, *, held: int, returned: int) -> None:
    """End a hold on a grant, of which some credits return."""
    await tx.run(
        "UPDATE grants SET remaining = remaining + ?, held = held - ? WHERE id = ?",
        returned,
        held,
        grant_id,
    )


async def take(tx: Transaction, grant_id: int, credits_: int) -> None:
    """Take unspent credits of a grant away; to be called with no more than remain."""
    await tx.run("UPDATE grants SET remaining = remaining - ? WHERE id = ?", credits_, grant_id)


async def end(tx: Transaction, grants: Sequence[Grant], *, now: int) -> None:
    """End grants that have expired; what remained of them is gone."""
    for grant in grants:
        await tx.run(
            "UPDATE grants SET remaining = remaining - ?, ended = ? WHERE id = ?",
            grant.remaining,
            now,
            grant.id,
        )


def _first_to_expire(grant: Grant) -> tuple[bool, int, int]:
    return grant.expires is None, grant.expires or 0, grant.id


def _grant(row: Row) -> Grant:
    return Grant(
        id=integer(row, "id"),
        server_id=integer(row, "server_id"),
        user_id=integer(row, "user_id"),
        credits=integer(row, "credits"),
        remaining=integer(row, "remaining"),
        held=integer(row, "held"),
        given=integer(row, "given"),
        expires=integer_or_none(row, "expires"),
        ended=integer_or_none(row, "ended"),
    )
