"""Small facts of the whole installation, by name."""

from __future__ import annotations

from storage.database import Database, Transaction, text


async def get(database: Database, name: str) -> str | None:
    """The fact's value, or None."""
    rows = await database.read("SELECT value FROM facts WHERE name = ?", name)
    return text(rows[0], "value") if rows else None


async def put(tx: Transaction, name: str, value: str) -> None:
    """Set a fact."""
    await tx.run(
        "INSERT INTO facts (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
        value,
    )
