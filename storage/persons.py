"""All that is stored under a member's id: counted, and replaced by an alias.

A member who was erased before and came back is under both: what is booked by account (accounts,
ledger, grants, suspensions, consents, quotas of their own) is under the alias all the time, what
happened since (jobs, hits, changes, reports) is under their id until they are erased again.
"""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import Query, Transaction, integer, text

_MOST_SCANNED = 2000
"""Jobs that are looked through by one query."""


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """How much is stored of a member, over all servers."""

    servers: int
    """In which they have an account."""
    jobs: int
    prompts: int
    """Jobs that still have their prompts and links."""
    ledger: int
    grants: int
    quotas: int
    """Amounts that moderators set for this member."""
    suspensions: int
    consents: int
    hits: int
    """Prompts that a rule hit."""
    reports: int
    """Cards that they reported."""
    changes_by: int
    """Moderators' changes that they made."""
    changes_about: int
    drafts: int


_ONES = "IN (?, ?)"
_COUNTS = {
    "servers": "accounts WHERE user_id IN (?, ?)",
    "jobs": "jobs WHERE user_id IN (?, ?)",
    "prompts": "jobs WHERE has_prompt = 1 AND user_id IN (?, ?)",
    "ledger": "ledger WHERE user_id IN (?, ?) AND server_id IN"
    " (SELECT server_id FROM accounts WHERE user_id IN (?, ?))",
    "grants": "grants WHERE user_id IN (?, ?) AND server_id IN"
    " (SELECT server_id FROM accounts WHERE user_id IN (?, ?))",
    "quotas": "quota_rules WHERE kind = 'member' AND subject_id IN (?, ?)",
    "suspensions": "suspensions WHERE user_id IN (?, ?)",
    "consents": "consents WHERE user_id IN (?, ?)",
    "hits": "rule_hits WHERE user_id IN (?, ?)",
    "reports": "card_reports WHERE user_id IN (?, ?)",
    "changes_by": "changes WHERE actor_id IN (?, ?)",
    "changes_about": "changes WHERE subject_id IN (?, ?)",
    "drafts": "drafts WHERE user_id IN (?, ?)",
}


async def holdings(query: Query, user_id: int, alias: int) -> Holdings:
    """Count what is stored of a member, under their id and under their alias."""
    counts: dict[str, int] = {}
    for name, what in _COUNTS.items():
        values = [user_id, alias] * what.count(_ONES)
        rows = await query(f"SELECT COUNT(*) AS n FROM {what}", *values)  # noqa: S608 - our own names
        counts[name] = integer(rows[0], "n")
    return Holdings(**counts)


async def has_work_left(query: Query, user_id: int) -> bool:
    """Say whether one of a member's jobs is unfinished, or its end was not shown."""
    rows = await query(
        "SELECT id FROM jobs WHERE user_id = ?"
        " AND (state IN ('queued', 'submitting', 'running') OR shown = 'no') LIMIT 1",
        user_id,
    )
    return bool(rows)


async def has_prompts(query: Query, user_id: int) -> bool:
    """Say whether one of a member's jobs still has its prompts."""
    rows = await query("SELECT id FROM jobs WHERE user_id = ? AND has_prompt = 1 LIMIT 1", user_id)
    return bool(rows)


async def lock_accounts(tx: Transaction, user_id: int, alias: int) -> None:
    """Put a member's accounts under their alias; to be called before all but the erasure's row.

    A reservation that waits for one of them meets the alias when it goes on.
    """
    # Once there is an alias all accounts are under it. Should a transaction of another process
    # have opened one under the member's id meanwhile, nothing was reserved there yet.
    await tx.run(
        "DELETE FROM accounts WHERE user_id = ? AND used = 0 AND held = 0 AND running = 0"
        " AND EXISTS (SELECT 1 FROM accounts other WHERE other.user_id = ?"
        " AND other.server_id = accounts.server_id)",
        user_id,
        alias,
    )
    await tx.run("UPDATE accounts SET user_id = ? WHERE user_id = ?", alias, user_id)


async def replace(tx: Transaction, user_id: int, alias: int, *, since: int) -> None:
    """Replace a member by their alias everywhere but in accounts; their drafts are dropped.

    Args:
        tx: A transaction that called `lock_accounts`; none of the member's jobs has work left.
        user_id: The member.
        alias: Their alias.
        since: From when on other members' jobs may still name them as author.
    """
    # A coroutine that still holds one of the jobs is left behind by the fence.
    await tx.run(
        "UPDATE jobs SET user_id = ?, account_id = ?, token = NULL, fence = fence + 1"
        " WHERE user_id = ?",
        alias,
        alias,
        user_id,
    )
    of_accounts = "server_id IN (SELECT server_id FROM accounts WHERE user_id = ?)"
    for table in ("ledger", "grants"):
        await tx.run(
            f"UPDATE {table} SET user_id = ? WHERE user_id = ? AND {of_accounts}",  # noqa: S608 - our own names
            alias,
            user_id,
            alias,
        )
    await _replace_keys(tx, user_id, alias)
    await tx.run(
        "UPDATE rule_hits SET user_id = ?, prompt = NULL WHERE user_id = ?", alias, user_id
    )
    await tx.run("UPDATE changes SET actor_id = ? WHERE actor_id = ?", alias, user_id)
    # No role has the id of a member.
    await tx.run("UPDATE changes SET subject_id = ? WHERE subject_id = ?", alias, user_id)
    await tx.run("DELETE FROM drafts WHERE user_id = ?", user_id)
    await _replace_author(tx, user_id, alias, since)


async def _replace_keys(tx: Transaction, user_id: int, alias: int) -> None:
    """Replace a member where the alias may stand already; what is newer wins."""
    keyed = (
        ("suspensions", "user_id", "other.server_id = suspensions.server_id"),
        ("consents", "user_id", "other.server_id = consents.server_id"),
        ("card_reports", "user_id", "other.job_id = card_reports.job_id"),
        (
            *("quota_rules", "subject_id"),
            "other.server_id = quota_rules.server_id AND other.kind = quota_rules.kind",
        ),
    )
    for table, column, same in keyed:
        await tx.run(
            f"DELETE FROM {table} WHERE {column} = ? AND EXISTS"  # noqa: S608 - our own names
            f" (SELECT 1 FROM {table} other WHERE other.{column} = ? AND {same})",
            alias,
            user_id,
        )
        await tx.run(
            f"UPDATE {table} SET {column} = ? WHERE {column} = ?",  # noqa: S608 - our own names
            alias,
            user_id,
        )


# A member's id stands in the JSON of other members' jobs and drafts as the author of a picture.

_AUTHOR = '"author_id":{}{}'
_ENDS = ("}", ",")
"""What may follow, so that no longer id is met."""


async def next_authored(query: Query, user_id: int, after: str) -> tuple[list[str], str] | None:
    """Look through a part of all jobs for those that name a member as author.

    Args:
        query: Reads.
        user_id: The member.
        after: The id of the last job that was looked through; empty at first.

    Returns:
        Their ids, and the last job that was looked through; None where none is left.
    """
    part = await query(
        "SELECT MAX(id) AS last FROM (SELECT id FROM jobs WHERE id > ? ORDER BY id LIMIT ?) part",
        after,
        _MOST_SCANNED,
    )
    if part[0]["last"] is None:
        return None
    last = text(part[0], "last")
    rows = await query(
        "SELECT id FROM jobs WHERE id > ? AND id <= ? AND source LIKE ?",
        after,
        last,
        f"%{_AUTHOR.format(user_id, '')}%",
    )
    return [text(row, "id") for row in rows], last


async def replace_author_of(tx: Transaction, job_id: str, user_id: int, alias: int) -> None:
    """Replace the author that a job names."""
    for before, after in _authors(user_id, alias):
        await tx.run(
            "UPDATE jobs SET source = REPLACE(source, ?, ?) WHERE id = ?", before, after, job_id
        )


async def _replace_author(tx: Transaction, user_id: int, alias: int, since: int) -> None:
    pattern = f"%{_AUTHOR.format(user_id, '')}%"
    for before, after in _authors(user_id, alias):
        await tx.run(
            "UPDATE jobs SET source = REPLACE(source, ?, ?)"
            " WHERE has_prompt = 1 AND created >= ? AND source LIKE ?",
            before,
            after,
            since,
            pattern,
        )
        await tx.run(
            "UPDATE drafts SET source = REPLACE(source, ?, ?), choices = REPLACE(choices, ?, ?)",
            before,
            after,
            before,
            after,
        )


def _authors(user_id: int, alias: int) -> list[tuple[str, str]]:
    return [(_AUTHOR.format(user_id, end), _AUTHOR.format(alias, end)) for end in _ENDS]


# What is still to be posted, and what moderators wrote, names a member by a mention.


async def posts_about(query: Query, mention: str) -> dict[str, str]:
    """The log posts, by id, that mention a member and were not sent yet; JSON."""
    rows = await query("SELECT id, body FROM log_posts WHERE body LIKE ?", f"%{mention}%")
    return {text(row, "id"): text(row, "body") for row in rows}


async def rewrite_post(tx: Transaction, post_id: str, body: str) -> None:
    """Change what a log post will say."""
    await tx.run("UPDATE log_posts SET body = ? WHERE id = ?", body, post_id)


async def replace_mentions(tx: Transaction, mention: str, name: str) -> None:
    """Replace a member's mention in what changes and suspensions of others say."""
    pattern = f"%{mention}%"
    await tx.run(
        "UPDATE suspensions SET reason = REPLACE(reason, ?, ?) WHERE reason LIKE ?",
        mention,
        name,
        pattern,
    )
    await tx.run(
        "UPDATE changes SET before = REPLACE(before, ?, ?), after = REPLACE(after, ?, ?),"
        " reason = REPLACE(reason, ?, ?) WHERE before LIKE ? OR after LIKE ? OR reason LIKE ?",
        *(mention, name) * 3,
        *(pattern,) * 3,
    )
