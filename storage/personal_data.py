"""All that is stored about a member, as plain rows, for the export that they may ask for.

No row has the member's id or alias, another member's id, a token, a secret or a link. Columns
that end in `_id` are Discord's ids, those that end in `_at` times in milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping

from storage.database import Query, Row, Value, integer, text

Plain = dict[str, Value]

PAGE = 200
"""Jobs or entries that are read at once."""

_SECTIONS = {
    "accounts": "SELECT server_id, period, period_start AS period_began_at, used, held, running,"
    " last_start AS last_start_at, flagged_day AS flagged_day_at, flagged_refunds"
    " FROM accounts WHERE user_id IN (?, ?) ORDER BY server_id",
    "grants": "SELECT server_id, credits, remaining, held, given AS given_at,"
    " expires AS expires_at, ended AS ended_at"
    " FROM grants WHERE user_id IN (?, ?) ORDER BY given",
    "quotas": "SELECT server_id, credits FROM quota_rules"
    " WHERE kind = 'member' AND subject_id IN (?, ?) ORDER BY server_id",
    "suspensions": "SELECT server_id, until AS until_at, reason"
    " FROM suspensions WHERE user_id IN (?, ?) ORDER BY server_id",
    "consents": "SELECT server_id, choice, at AS said_at"
    " FROM consents WHERE user_id IN (?, ?) ORDER BY server_id",
    "rule_hits": "SELECT server_id, at AS hit_at, rule, action, prompt"
    " FROM rule_hits WHERE user_id IN (?, ?) ORDER BY at",
    "reports": "SELECT job_id AS job, at AS reported_at"
    " FROM card_reports WHERE user_id IN (?, ?) ORDER BY at",
    "drafts": "SELECT id AS draft, request, created AS created_at"
    " FROM drafts WHERE user_id IN (?, ?) ORDER BY created",
}


async def section(query: Query, name: str, user_id: int, alias: int) -> list[Plain]:
    """One of the smaller parts, in the order of time or of servers."""
    return [_plain(row) for row in await query(_SECTIONS[name], user_id, alias)]


SECTIONS = tuple(_SECTIONS)


async def changes(query: Query, user_id: int, alias: int) -> list[Plain]:
    """The changes that a member made as a moderator, or that are about them."""
    rows = await query(
        "SELECT server_id, at AS made_at, what,"
        " CASE WHEN actor_id IN (?, ?) THEN 'you' ELSE 'somebody else' END AS by_whom,"
        " CASE WHEN subject_id IN (?, ?) THEN 'you' WHEN subject_id = 0 THEN 'the server'"
        " ELSE 'a role or another member' END AS about,"
        " before, after, reason FROM changes"
        " WHERE actor_id IN (?, ?) OR subject_id IN (?, ?) ORDER BY at",
        *(user_id, alias) * 4,
    )
    return [_plain(row) for row in rows]


async def erasures(query: Query, alias: int) -> list[Plain]:
    """What a member asked to be erased before."""
    rows = await query(
        "SELECT asked AS asked_at, replaced AS replaced_at, ended AS ended_at, deleted, failed"
        " FROM erasures WHERE alias = ? ORDER BY asked",
        alias,
    )
    return [_plain(row) for row in rows]


async def jobs(query: Query, whose: int, after: tuple[int, str]) -> list[Plain]:
    """A page of jobs under one id, oldest first; `request` and `results` are JSON.

    Args:
        query: Reads.
        whose: The member's id, or their alias.
        after: When the last job of the page before was created, and its id.
    """
    rows = await query(
        "SELECT id AS job, server_id, channel_id, message_id, state, backend, request, results,"
        " created AS created_at, finished AS finished_at, reserved, settled, reason, shown, gift,"
        " parent_id AS from_job"
        " FROM jobs WHERE user_id = ? AND created >= ? AND (created > ? OR id > ?)"
        " ORDER BY created, id LIMIT ?",
        whose,
        after[0],
        *after,
        PAGE,
    )
    return [_plain(row) for row in rows]


async def calls(query: Query, job_ids: list[str]) -> dict[str, list[Plain]]:
    """What was asked of providers for some jobs, by job."""
    rows = await query(
        "SELECT job_id AS job, provider, backend, outcome, intended AS sent_at,"  # noqa: S608 - only marks
        " ended AS ended_at, cost_micros AS cost_in_millionths_of_a_dollar"
        f" FROM calls WHERE job_id IN ({_marks(job_ids)}) ORDER BY job_id, number",
        *job_ids,
    )
    return _by(rows, "job")


async def entries(query: Query, server_id: int, whose: int, after: tuple[int, str]) -> list[Plain]:
    """A page of a server's ledger entries under one id, oldest first.

    Args:
        query: Reads.
        server_id: Which server's.
        whose: The member's id, or their alias.
        after: The time of the last entry of the page before, and its id.
    """
    rows = await query(
        "SELECT id AS entry, server_id, at AS entered_at, kind, job_id AS job"
        " FROM ledger WHERE server_id = ? AND user_id = ? AND at >= ? AND (at > ? OR id > ?)"
        " ORDER BY at, id LIMIT ?",
        server_id,
        whose,
        after[0],
        *after,
        PAGE,
    )
    return [_plain(row) for row in rows]


async def lines(query: Query, entry_ids: list[str]) -> dict[str, list[Plain]]:
    """The lines of some ledger entries, by entry."""
    rows = await query(
        "SELECT entry_id AS entry, lot_kind, lot, amount FROM ledger_lines"  # noqa: S608 - only marks
        f" WHERE entry_id IN ({_marks(entry_ids)}) ORDER BY entry_id, position",
        *entry_ids,
    )
    return _by(rows, "entry")


async def servers(query: Query, whose: int) -> list[int]:
    """The servers in which there is an account under an id."""
    rows = await query("SELECT server_id FROM accounts WHERE user_id = ? ORDER BY server_id", whose)
    return [integer(row, "server_id") for row in rows]


def _by(rows: list[Row], name: str) -> dict[str, list[Plain]]:
    found: dict[str, list[Plain]] = {}
    for row in rows:
        plain = _plain(row)
        del plain[name]
        found.setdefault(text(row, name), []).append(plain)
    return found


def _marks(values: list[str]) -> str:
    return ", ".join("?" for _ in values)


def _plain(row: Mapping[str, Value]) -> Plain:
    return dict(row)
