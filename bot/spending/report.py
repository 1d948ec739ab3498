"""What was spent in a server in a span of time, as the report shows it."""

from __future__ import annotations

from bot.spending.rows import Spent
from bot.spending.spans import Span
from storage import spending
from storage.database import Query


async def read(query: Query, server_id: int, span: Span) -> list[Spent]:
    """Read who spent how much on which backend, of the jobs made in the span."""
    rows = await spending.spent(query, server_id, since=span.starts, until=span.ends)
    return [
        Spent(
            user_id=row.user_id,
            backend=row.backend,
            jobs=row.jobs,
            pictures=row.pictures,
            credits=row.credits,
            micros=row.micros,
        )
        for row in rows
    ]
