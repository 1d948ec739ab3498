"""The ledger as moderators read it: one line an entry, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from storage.database import Query, Row, integer, integer_or_none, text, text_or_none
from storage.states import EntryKind


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of the ledger."""

    at: int
    """Milliseconds."""
    user_id: int
    """Whose; negative of one who was erased."""
    kind: EntryKind
    amount: int
    """Credits by which it raised what is used of all its lots together."""
    backend: str | None
    """The one that was asked, where the entry is about a job."""
    settled: int | None
    """What that job cost by now."""


# Entries of one transaction have one time: a period begins and grants expire before it is drawn
# on. What moderators gave or took back stands among their changes, with who and why.
_COLUMNS: Final = (
    "SELECT entry.at, COALESCE(job.user_id, entry.user_id) AS user_id, entry.kind, job.backend,"
    " job.settled, CAST(COALESCE((SELECT SUM(line.amount) FROM ledger_lines line"
    " WHERE line.entry_id = entry.id), 0) AS BIGINT) AS amount"
    " FROM ledger entry LEFT JOIN jobs job ON job.id = entry.job_id"
)
_ORDER: Final = (
    " AND entry.at <= ? AND entry.kind NOT IN ('grant', 'revoke') ORDER BY entry.at DESC,"
    " CASE entry.kind WHEN 'renew' THEN 0 WHEN 'expire' THEN 1 WHEN 'reserve' THEN 2 ELSE 3 END"
    " DESC, entry.id DESC LIMIT ?"
)


async def of_server(query: Query, server_id: int, *, before: int, most: int) -> list[Entry]:
    """A server's entries up to a moment, newest first, without grants and revokes."""
    sql = f"{_COLUMNS} WHERE entry.server_id = ?{_ORDER}"
    return [_entry(row) for row in await query(sql, server_id, before, most)]


async def of_member(
    query: Query, server_id: int, account_id: int, *, before: int, most: int
) -> list[Entry]:
    """The entries of a member's account up to a moment, newest first; as `of_server`."""
    sql = f"{_COLUMNS} WHERE entry.server_id = ? AND entry.user_id = ?{_ORDER}"
    return [_entry(row) for row in await query(sql, server_id, account_id, before, most)]


def _entry(row: Row) -> Entry:
    return Entry(
        at=integer(row, "at"),
        user_id=integer(row, "user_id"),
        kind=EntryKind(text(row, "kind")),
        amount=integer(row, "amount"),
        backend=text_or_none(row, "backend"),
        settled=integer_or_none(row, "settled"),
    )
