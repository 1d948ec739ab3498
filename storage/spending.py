"""Who spent how much on which backend in a server, added up from jobs and their calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from storage.database import Query, Row, integer, text


@dataclass(frozen=True, kw_only=True)
class SpentRow:
    """What one member spent on one backend."""

    user_id: int
    """Negative of one who was erased."""
    backend: str
    jobs: int
    """Those that succeeded, or were charged though they failed."""
    pictures: int
    credits: int
    """What was charged, without what was given back."""
    micros: int
    """What the calls cost in millionths of a US dollar; the list price where nobody knows."""


# No JSON functions are shared by the engines. Each result names its media type once, and within
# a text of JSON no quotation mark stands without a backslash before it.
_MEDIA_TYPE: Final = '"media_type":'
_PICTURES: Final = (
    f"(LENGTH(job.results) - LENGTH(REPLACE(job.results, '{_MEDIA_TYPE}', '')))"
    f" / {len(_MEDIA_TYPE)}"
)
# A job is its last call's: one before that was not accepted, or ended unbilled.
_BACKEND: Final = (
    "COALESCE((SELECT call.backend FROM calls call WHERE call.job_id = job.id"
    " ORDER BY call.number DESC LIMIT 1), job.backend)"
)
_CHARGED: Final = "CASE job.shown WHEN 'undeliverable' THEN 0 ELSE COALESCE(job.settled, 0) END"
# The reservation is the price of one picture times their number.
_COST: Final = (
    "CASE call.outcome WHEN 'unknown'"
    " THEN COALESCE(job.micros_each * (job.reserved / NULLIF(job.credits_each, 0)), 0)"
    " ELSE COALESCE(call.cost_micros, 0) END"
)
_WHEN: Final = "job.server_id = ? AND job.created >= ? AND job.created < ?"

_SPENT: Final = (
    "SELECT user_id, backend, CAST(SUM(jobs) AS BIGINT) AS jobs,"  # noqa: S608 - our own names
    " CAST(SUM(pictures) AS BIGINT) AS pictures, CAST(SUM(credits) AS BIGINT) AS credits,"
    " CAST(SUM(micros) AS BIGINT) AS micros FROM ("
    f"SELECT job.user_id, {_BACKEND} AS backend, 1 AS jobs,"
    f" COALESCE({_PICTURES}, 0) AS pictures, {_CHARGED} AS credits, 0 AS micros"
    f" FROM jobs job WHERE {_WHEN} AND (job.state = 'succeeded' OR job.settled > 0)"
    f" UNION ALL SELECT job.user_id, call.backend, 0, 0, 0, {_COST}"
    f" FROM jobs job JOIN calls call ON call.job_id = job.id WHERE {_WHEN}"
    " AND (call.outcome = 'unknown' OR call.cost_micros > 0)"
    ") spent GROUP BY user_id, backend ORDER BY user_id, backend"
)


async def spent(query: Query, server_id: int, *, since: int, until: int) -> list[SpentRow]:
    """One row for each member and backend, of the jobs made from one moment to before another.

    Times are milliseconds. Cost without a picture, of a job that failed though it was billed, is
    a row too.
    """
    rows = await query(
        _SPENT,
        server_id,
        since,
        until,
        server_id,
        since,
        until,
    )
    return [_spent(row) for row in rows]


def _spent(row: Row) -> SpentRow:
    return SpentRow(
        user_id=integer(row, "user_id"),
        backend=text(row, "backend"),
        jobs=integer(row, "jobs"),
        pictures=integer(row, "pictures"),
        credits=integer(row, "credits"),
        micros=integer(row, "micros"),
    )
