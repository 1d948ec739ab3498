"""What moderators give members for each period: by default, by role, by member."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.database import Query, Row, Transaction, integer, integer_or_none, text


class RuleKind(StrEnum):
    """For whom a rule is."""

    DEFAULT = "default"
    ROLE = "role"
    MEMBER = "member"


@dataclass(frozen=True, kw_only=True)
class QuotaRule:
    """One rule of a server."""

    kind: RuleKind
    subject_id: int
    """The role or member; 0 for a default."""
    credits: int | None
    """For each period; None is unlimited."""


async def of_server(query: Query, server_id: int) -> list[QuotaRule]:
    """All rules of a server: the default, then by role and by member."""
    rows = await query(
        "SELECT kind, subject_id, credits FROM quota_rules WHERE server_id = ?"
        " ORDER BY kind, subject_id",
        server_id,
    )
    return [_rule(row) for row in rows]


async def put(tx: Transaction, server_id: int, rule: QuotaRule) -> None:
    """Set a rule."""
    await tx.run(
        "INSERT INTO quota_rules (server_id, kind, subject_id, credits) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (server_id, kind, subject_id) DO UPDATE SET credits = excluded.credits",
        server_id,
        rule.kind,
        rule.subject_id,
        rule.credits,
    )


async def remove(tx: Transaction, server_id: int, kind: RuleKind, subject_id: int) -> None:
    """Remove a rule, if there is one."""
    await tx.run(
        "DELETE FROM quota_rules WHERE server_id = ? AND kind = ? AND subject_id = ?",
        server_id,
        kind,
        subject_id,
    )


def _rule(row: Row) -> QuotaRule:
    return QuotaRule(
        kind=RuleKind(text(row, "kind")),
        subject_id=integer(row, "subject_id"),
        credits=integer_or_none(row, "credits"),
    )
