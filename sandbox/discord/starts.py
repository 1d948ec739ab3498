"""How often bots may start sessions: in a day, and one after the other.

Source: Discord's documentation, events/gateway ("Session Start Limit Object", "Rate Limiting" and
"Sharding"), read 2026-11: 1000 in a day, and `max_concurrency` in 5 s, counted apart for each
`shard_id % max_concurrency`. What comes too early is answered with an invalid session (op 9). Who
begins more than are left of the day loses all sessions, and the token is reset.
"""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Start:
    """One IDENTIFY that was right in all but, maybe, its time."""

    shard: int
    bucket: int
    at: float
    """Seconds of the monotonic clock."""
    early: bool


class Starts:
    """All that were asked for."""

    def __init__(self) -> None:
        self.gap = 0.0
        """Seconds; Discord's is 5. With 0 a bot that a test starts again is let in at once."""
        self.max_concurrency = 1
        self.per_day = 1000
        self.day_ends = time.monotonic() + 86_400.0
        """When there are `per_day` again; seconds of the monotonic clock."""
        self.all: list[Start] = []

    @property
    def admitted(self) -> int:
        """How many were not too early."""
        return sum(not start.early for start in self.all)

    @property
    def remaining(self) -> int:
        """How many are left of the day."""
        over = time.monotonic() >= self.day_ends
        of_today = sum(not one.early and (one.at >= self.day_ends) is over for one in self.all)
        return max(self.per_day - of_today, 0)

    @property
    def reset_after(self) -> int:
        """Milliseconds until the day ends."""
        return max(int((self.day_ends - time.monotonic()) * 1000), 0)

    def admit(self, shard: int) -> bool:
        """Take an IDENTIFY; False where it comes too early after the last one of its bucket."""
        now, bucket = time.monotonic(), shard % self.max_concurrency
        last = max(
            (one.at for one in self.all if one.bucket == bucket and not one.early),
            default=now - self.gap,
        )
        early = now - last < self.gap
        self.all.append(Start(shard=shard, bucket=bucket, at=now, early=early))
        return not early
