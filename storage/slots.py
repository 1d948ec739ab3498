"""How many places are taken at a provider that limits them."""

from __future__ import annotations

from storage.database import Database, Transaction, integer


async def lock(tx: Transaction, provider: str) -> int:
    """Lock the provider's row until the transaction ends, and say how many places are taken."""
    rows = await tx.run(
        "INSERT INTO slots (provider, used) VALUES (?, 0)"
        " ON CONFLICT (provider) DO UPDATE SET used = slots.used RETURNING used",
        provider,
    )
    return integer(rows[0], "used")


async def used(database: Database, provider: str) -> int:
    """How many places are taken."""
    rows = await database.read("SELECT used FROM slots WHERE provider = ?", provider)
    return integer(rows[0], "used") if rows else 0


async def take(tx: Transaction, provider: str, places: int, *, limit: int) -> bool:
    """Take places for a call; False, with none taken, where they are not free."""
    await lock(tx, provider)
    rows = await tx.run(
        "UPDATE slots SET used = used + ? WHERE provider = ? AND used + ? <= ? RETURNING used",
        places,
        provider,
        places,
        limit,
    )
    return bool(rows)


async def give_back(tx: Transaction, provider: str, places: int) -> None:
    """Free the places of a call that ended."""
    if places:
        await tx.run(
            "UPDATE slots SET used = used - ? WHERE provider = ?",
            places,
            provider,
        )
