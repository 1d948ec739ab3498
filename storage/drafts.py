"""Requests that wait for their member to start them, and may change until then."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import Database, Row, Transaction, integer, text, text_or_none


@dataclass(frozen=True, kw_only=True)
class DraftRow:
    """One request that was not started; `request`, `source` and `choices` are JSON."""

    id: str
    user_id: int
    request: str
    source: str
    parent_id: str | None
    created: int
    choices: str | None = None
    """None where there is nothing to choose among."""


async def insert(tx: Transaction, draft: DraftRow) -> None:
    """Keep a draft."""
    await tx.run(
        "INSERT INTO drafts (id, user_id, request, source, parent_id, created, choices)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        draft.id,
        draft.user_id,
        draft.request,
        draft.source,
        draft.parent_id,
        draft.created,
        draft.choices,
    )


async def get(database: Database, draft_id: str) -> DraftRow | None:
    """The draft, or None where it was swept or never was."""
    rows = await database.read("SELECT * FROM drafts WHERE id = ?", draft_id)
    return _read(rows[0]) if rows else None


async def lock(tx: Transaction, draft_id: str) -> DraftRow | None:
    """The draft, kept from all other transactions until this one ends; None where it is gone."""
    # An update that changes nothing locks the row on every engine.
    rows = await tx.run("UPDATE drafts SET created = created WHERE id = ? RETURNING *", draft_id)
    return _read(rows[0]) if rows else None


async def change(tx: Transaction, draft_id: str, *, request: str, source: str) -> None:
    """Write what a draft asks for now; to be called after `lock`."""
    await tx.run(
        "UPDATE drafts SET request = ?, source = ? WHERE id = ?", request, source, draft_id
    )


async def sweep(tx: Transaction, *, older_than: int) -> None:
    """Drop the drafts that nobody started."""
    await tx.run("DELETE FROM drafts WHERE created < ?", older_than)


def _read(row: Row) -> DraftRow:
    return DraftRow(
        id=text(row, "id"),
        user_id=integer(row, "user_id"),
        request=text(row, "request"),
        source=text(row, "source"),
        parent_id=text_or_none(row, "parent_id"),
        created=integer(row, "created"),
        choices=text_or_none(row, "choices"),
    )
