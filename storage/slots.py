"""How many pictures are in flight at a provider that limits them."""

from __future__ import annotations

from storage.database import Transaction


async def take(tx: Transaction, provider: str, pictures: int, *, limit: int) -> bool:
    """Take places for a call; False, with none taken, where they are not free."""
    await tx.run(
        "INSERT INTO slots (provider, used) VALUES (?, 0) ON CONFLICT (provider) DO NOTHING",
        provider,
    )
    rows = await tx.run(
        "UPDATE slots SET used = used + ? WHERE provider = ? AND used + ? <= ? RETURNING used",
        pictures,
        provider,
        pictures,
        limit,
    )
    return bool(rows)


async def give_back(tx: Transaction, provider: str, pictures: int) -> None:
    """Free the places of a call that ended."""
    if pictures:
        await tx.run(
            "UPDATE slots SET used = used - ? WHERE provider = ?",
            pictures,
            provider,
        )
