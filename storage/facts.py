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


async def swap(tx: Transaction, name: str, before: str | None, after: str) -> bool:
    """Set a fact that is still as it was read; False where another process was first.

    Args:
        tx: A transaction.
        name: The fact's.
        before: What was read; None where there was none.
        after: The new value.
    """
    if before is None:
        rows = await tx.run(
            "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
            " RETURNING name",
            name,
            after,
        )
    else:
        rows = await tx.run(
            "UPDATE facts SET value = ? WHERE name = ? AND value = ? RETURNING name",
            after,
            name,
            before,
        )
    return bool(rows)


async def remove(tx: Transaction, name: str, value: str) -> None:
    """Forget a fact if it has this value."""
    await tx.run("DELETE FROM facts WHERE name = ? AND value = ?", name, value)
