"""The prompts and links that jobs' rows still have, and dropping them.

Only a job that has ended, and whose end was shown, can do without them. An unconfirmed one may
still be taken up again for a day, which is why its end must lie before the moment, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage.database import Query, Row, Transaction, text, text_or_none

_OVER = "shown <> 'no' AND state NOT IN ('queued', 'submitting', 'running')"


@dataclass(frozen=True, kw_only=True)
class PromptsRow:
    """What a job's row says in a member's or a provider's words, as JSON."""

    job_id: str
    request: str
    source: str
    results: str | None


async def older_than(query: Query, moment: int, *, most: int) -> list[PromptsRow]:
    """Those of jobs that were asked for, and ended, before a moment; the oldest first."""
    rows = await query(
        "SELECT id, request, source, results FROM jobs WHERE has_prompt = 1 AND created < ?"  # noqa: S608 - our own words
        f" AND finished < ? AND {_OVER} ORDER BY created LIMIT ?",
        moment,
        moment,
        most,
    )
    return [_row(row) for row in rows]


async def of_member(query: Query, user_id: int, *, most: int) -> list[PromptsRow]:
    """Those of a member's jobs that are over."""
    rows = await query(
        "SELECT id, request, source, results FROM jobs WHERE has_prompt = 1 AND user_id = ?"  # noqa: S608 - our own words
        f" AND {_OVER} ORDER BY created LIMIT ?",
        user_id,
        most,
    )
    return [_row(row) for row in rows]


async def drop(tx: Transaction, without: Sequence[PromptsRow]) -> int:
    """Write jobs without their prompts; gives of how many that was done."""
    done = 0
    for row in without:
        changed = await tx.run(
            "UPDATE jobs SET request = ?, source = ?, results = ?, has_prompt = 0"  # noqa: S608 - our own words
            f" WHERE id = ? AND has_prompt = 1 AND {_OVER} RETURNING id",
            row.request,
            row.source,
            row.results,
            row.job_id,
        )
        done += len(changed)
    return done


def _row(row: Row) -> PromptsRow:
    return PromptsRow(
        job_id=text(row, "id"),
        request=text(row, "request"),
        source=text(row, "source"),
        results=text_or_none(row, "results"),
    )
