"""Servers as their moderators set them: one row each, once anything was set or remembered."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import Query, Row, Transaction, integer, integer_or_none, text

UNSET = "{}"


@dataclass(frozen=True, kw_only=True)
class ServerRow:
    """One server as it is stored; times are milliseconds."""

    id: int
    settings: str
    """JSON; see `bot.servers.settings`."""
    set_up: int | None
    welcomed: int | None
    removed: int | None


async def get(query: Query, server_id: int) -> ServerRow | None:
    """The server; None where nothing was ever set or remembered of it."""
    rows = await query("SELECT * FROM servers WHERE id = ?", server_id)
    return _row(rows[0]) if rows else None


async def lock(tx: Transaction, server_id: int) -> ServerRow:
    """Lock the server's row until the transaction ends, making it where there is none."""
    rows = await tx.run(
        "INSERT INTO servers (id, settings) VALUES (?, ?)"
        " ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING *",
        server_id,
        UNSET,
    )
    return _row(rows[0])


async def put(tx: Transaction, server_id: int, settings: str) -> None:
    """Write what is set; to be called after `lock`."""
    await tx.run("UPDATE servers SET settings = ? WHERE id = ?", settings, server_id)


async def mark_set_up(tx: Transaction, server_id: int, *, now: int) -> bool:
    """Remember that the server was set up; False where it was before."""
    return await _mark(tx, server_id, "set_up", now)


async def mark_welcomed(tx: Transaction, server_id: int, *, now: int) -> bool:
    """Remember that the server was welcomed; False where it was before."""
    return await _mark(tx, server_id, "welcomed", now)


async def mark_removed(tx: Transaction, server_id: int, *, now: int) -> bool:
    """Remember that the bot was removed from the server; False where it was known before.

    Invited again, it is welcomed again.
    """
    await lock(tx, server_id)
    await tx.run("UPDATE servers SET welcomed = NULL WHERE id = ?", server_id)
    return await _mark(tx, server_id, "removed", now)


async def mark_present(tx: Transaction, server_id: int) -> None:
    """Remember that the bot is in the server after all."""
    await tx.run("UPDATE servers SET removed = NULL WHERE id = ?", server_id)


async def removed_before(query: Query, moment: int) -> list[int]:
    """Ids of the servers from which the bot was removed before a moment, and not invited since."""
    rows = await query(
        "SELECT id FROM servers WHERE removed IS NOT NULL AND removed < ? ORDER BY removed", moment
    )
    return [integer(row, "id") for row in rows]


async def known(query: Query) -> list[int]:
    """Ids of the servers in which the bot is, as far as is stored."""
    rows = await query("SELECT id FROM servers WHERE removed IS NULL")
    return [integer(row, "id") for row in rows]


async def _mark(tx: Transaction, server_id: int, column: str, now: int) -> bool:
    await lock(tx, server_id)
    rows = await tx.run(
        f"UPDATE servers SET {column} = ? WHERE id = ? AND {column} IS NULL RETURNING id",  # noqa: S608 - our own names
        now,
        server_id,
    )
    return bool(rows)


def _row(row: Row) -> ServerRow:
    return ServerRow(
        id=integer(row, "id"),
        settings=text(row, "settings"),
        set_up=integer_or_none(row, "set_up"),
        welcomed=integer_or_none(row, "welcomed"),
        removed=integer_or_none(row, "removed"),
    )
