"""All that decides what a member may spend, read at once: one question instead of five."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import Query, Row, integer, integer_or_none, text, text_or_none
from storage.grants import Grant, in_order
from storage.quota_rules import QuotaRule, RuleKind
from storage.servers import UNSET
from storage.suspensions import Suspension

# What each column holds depends on the part: see `read`.
_SQL = """
SELECT 'server' AS part, settings AS body, CAST(id AS BIGINT) AS a, CAST(NULL AS BIGINT) AS b,
    CAST(NULL AS BIGINT) AS c, CAST(NULL AS BIGINT) AS d, CAST(NULL AS BIGINT) AS e,
    CAST(NULL AS BIGINT) AS f
    FROM servers WHERE id = ?
UNION ALL SELECT 'quota', kind, subject_id, credits, NULL, NULL, NULL, NULL
    FROM quota_rules WHERE server_id = ? AND (kind IN ('default', 'role') OR subject_id = ?)
UNION ALL SELECT 'grant', NULL, id, credits, remaining, held, given, expires
    FROM grants WHERE server_id = ? AND user_id = ? AND ended IS NULL
UNION ALL SELECT 'suspension', reason, until, NULL, NULL, NULL, NULL, NULL
    FROM suspensions WHERE server_id = ? AND user_id = ? AND (until IS NULL OR until > ?)
UNION ALL SELECT CASE WHEN replaced IS NULL THEN 'leaving' ELSE 'erased' END,
    NULL, alias, NULL, NULL, NULL, NULL, NULL FROM erasures WHERE alias = ?
"""


@dataclass(frozen=True, kw_only=True)
class StandingRows:
    """What was found."""

    settings: str
    """The server's, as JSON."""
    rules: tuple[QuotaRule, ...]
    """Those that may be about the member."""
    grants: tuple[Grant, ...]
    """Those that have not ended, in the order in which they are drawn from."""
    suspension: Suspension | None
    erased: bool
    """Whether the alias stands for somebody."""
    leaving: bool
    """Whether whom it would stand for asked to be erased, and was not yet."""


async def read(
    query: Query, server_id: int, account_id: int, *, alias: int, now: int
) -> StandingRows:
    """Read what decides about an account.

    Args:
        query: Inside a transaction, after the account's lock; or outside, for a look.
        server_id: Where.
        account_id: Whose.
        alias: The one that would stand for the member.
        now: Milliseconds; a suspension that ended before is none.
    """
    rows = await query(
        _SQL,
        *(server_id, server_id, account_id, server_id, account_id),
        *(server_id, account_id, now, alias),
    )
    by_part: dict[str, list[Row]] = {}
    for row in rows:
        by_part.setdefault(text(row, "part"), []).append(row)
    settings = [text(row, "body") for row in by_part.get("server", [])]
    suspensions = [_suspension(row) for row in by_part.get("suspension", [])]
    return StandingRows(
        settings=settings[0] if settings else UNSET,
        rules=tuple(_rule(row) for row in by_part.get("quota", [])),
        grants=in_order(_grant(row, server_id, account_id) for row in by_part.get("grant", [])),
        suspension=suspensions[0] if suspensions else None,
        erased="erased" in by_part,
        leaving="leaving" in by_part,
    )


def _rule(row: Row) -> QuotaRule:
    return QuotaRule(
        kind=RuleKind(text(row, "body")),
        subject_id=integer(row, "a"),
        credits=integer_or_none(row, "b"),
    )


def _grant(row: Row, server_id: int, account_id: int) -> Grant:
    return Grant(
        id=integer(row, "a"),
        server_id=server_id,
        user_id=account_id,
        credits=integer(row, "b"),
        remaining=integer(row, "c"),
        held=integer(row, "d"),
        given=integer(row, "e"),
        expires=integer_or_none(row, "f"),
        ended=None,
    )


def _suspension(row: Row) -> Suspension:
    return Suspension(until=integer_or_none(row, "a"), reason=text_or_none(row, "body"))
