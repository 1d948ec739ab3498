"""Servers' rules for prompts, and what they hit."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from storage.database import Query, Row, Transaction, integer, text


@dataclass(frozen=True, kw_only=True)
class PromptRuleRow:
    """One rule as it is stored; see `bot.rules.rule`."""

    id: int
    """The interaction in which it was added."""
    server_id: int
    kind: str
    rule: str
    action: str


@dataclass(frozen=True, kw_only=True)
class HitRow:
    """One prompt that a rule hit."""

    server_id: int
    user_id: int
    at: int
    """Milliseconds."""
    rule: str
    action: str
    prompt: str | None
    """None once it was dropped."""


async def of_server(query: Query, server_id: int) -> list[PromptRuleRow]:
    """A server's rules, oldest first."""
    rows = await query("SELECT * FROM prompt_rules WHERE server_id = ? ORDER BY id", server_id)
    return [_rule(row) for row in rows]


async def add(tx: Transaction, rule: PromptRuleRow) -> bool:
    """Add a rule; False where the server has the same one already."""
    rows = await tx.run(
        "INSERT INTO prompt_rules (id, server_id, kind, rule, action) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING RETURNING id",
        rule.id,
        rule.server_id,
        rule.kind,
        rule.rule,
        rule.action,
    )
    return bool(rows)


async def remove(tx: Transaction, server_id: int, rule_id: int) -> PromptRuleRow | None:
    """Remove a rule and give it; None where the server has none of that id."""
    rows = await tx.run(
        "DELETE FROM prompt_rules WHERE server_id = ? AND id = ? RETURNING *", server_id, rule_id
    )
    return _rule(rows[0]) if rows else None


async def record_hit(tx: Transaction, hit: HitRow) -> None:
    """Remember a prompt that a rule hit."""
    await tx.run(
        "INSERT INTO rule_hits (id, server_id, user_id, at, rule, action, prompt)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        secrets.token_hex(8),
        hit.server_id,
        hit.user_id,
        hit.at,
        hit.rule,
        hit.action,
        hit.prompt,
    )


async def hits_by_rule(query: Query, server_id: int, *, since: int) -> dict[str, int]:
    """How often each rule of a server was hit since a moment, by the rule's text."""
    rows = await query(
        "SELECT rule, COUNT(*) AS hits FROM rule_hits WHERE server_id = ? AND at >= ?"
        " GROUP BY rule",
        server_id,
        since,
    )
    return {text(row, "rule"): integer(row, "hits") for row in rows}


async def forget_hits(tx: Transaction, *, before: int) -> None:
    """Forget hits that are older than a moment."""
    await tx.run("DELETE FROM rule_hits WHERE at < ?", before)


async def drop_prompts(tx: Transaction, *, before: int) -> None:
    """Drop the prompts of hits that are older than a moment."""
    await tx.run("UPDATE rule_hits SET prompt = NULL WHERE prompt IS NOT NULL AND at < ?", before)


def _rule(row: Row) -> PromptRuleRow:
    return PromptRuleRow(
        id=integer(row, "id"),
        server_id=integer(row, "server_id"),
        kind=text(row, "kind"),
        rule=text(row, "rule"),
        action=text(row, "action"),
    )
