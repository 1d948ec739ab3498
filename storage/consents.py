"""What members said of whether their pictures may be remixed."""

from __future__ import annotations

from enum import StrEnum

from storage.database import Query, Transaction, integer, text

EVERYWHERE = 0
"""In place of a server's id."""


class Consent(StrEnum):
    """What a member said."""

    ALLOW = "allow"
    REFUSE = "refuse"


async def of(query: Query, user_id: int, server_id: int) -> Consent | None:
    """What a member said for a server, or else for everywhere; None where they said nothing."""
    rows = await query(
        "SELECT server_id, choice FROM consents WHERE user_id = ? AND server_id IN (?, ?)"
        " ORDER BY server_id DESC LIMIT 1",
        user_id,
        server_id,
        EVERYWHERE,
    )
    return Consent(text(rows[0], "choice")) if rows else None


async def all_of(query: Query, user_id: int) -> dict[int, Consent]:
    """All that a member said, by server; 0 is everywhere."""
    rows = await query("SELECT server_id, choice FROM consents WHERE user_id = ?", user_id)
    return {integer(row, "server_id"): Consent(text(row, "choice")) for row in rows}


async def put(tx: Transaction, user_id: int, server_id: int, choice: Consent, *, now: int) -> None:
    """Remember what a member says."""
    await tx.run(
        "INSERT INTO consents (user_id, server_id, choice, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (user_id, server_id) DO UPDATE"
        " SET choice = excluded.choice, at = excluded.at",
        user_id,
        server_id,
        choice,
        now,
    )


async def remove(tx: Transaction, user_id: int, server_id: int) -> None:
    """Forget what a member said for a server, or for everywhere."""
    await tx.run("DELETE FROM consents WHERE user_id = ? AND server_id = ?", user_id, server_id)
