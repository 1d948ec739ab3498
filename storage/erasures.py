"""Members who asked to be erased, and the messages that are still to be deleted for them."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import Query, Row, integer, integer_or_none, text


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """One erasure; times are milliseconds."""

    id: str
    alias: int
    """The keyed hash that stands for the member afterwards; always negative."""
    user_id: int | None
    """None once the member was replaced."""
    asked: int
    replaced: int | None
    ended: int | None
    deleted: int
    """Messages that were deleted."""
    failed: int
    """Messages that could not be."""


async def is_erased(query: Query, alias: int) -> bool:
    """Say whether a member was replaced by an alias."""
    rows = await query(
        "SELECT id FROM erasures WHERE alias = ? AND replaced IS NOT NULL LIMIT 1", alias
    )
    return bool(rows)


async def latest(query: Query, alias: int) -> Erasure | None:
    """The newest erasure of a member, ended or not."""
    rows = await query(
        "SELECT * FROM erasures WHERE alias = ? ORDER BY asked DESC, id LIMIT 1", alias
    )
    return _erasure(rows[0]) if rows else None


def _erasure(row: Row) -> Erasure:
    return Erasure(
        id=text(row, "id"),
        alias=integer(row, "alias"),
        user_id=integer_or_none(row, "user_id"),
        asked=integer(row, "asked"),
        replaced=integer_or_none(row, "replaced"),
        ended=integer_or_none(row, "ended"),
        deleted=integer(row, "deleted"),
        failed=integer(row, "failed"),
    )
