"""Discord's ids: the time in milliseconds since 2015, shifted by 22 bits."""

from __future__ import annotations

import time

DISCORD_EPOCH_MS = 1_420_070_400_000


class Snowflakes:
    """Gives out ids that only grow, in real time.

    Clients compute the age of messages and the end of interaction tokens from the id, with
    their own clock; so ids follow the real time even where a test has moved the sandbox's.
    """

    def __init__(self) -> None:
        self._last = 0
        self._backdated = 0

    def new(self, *, apart: bool = False) -> int:
        """Return the next id.

        Args:
            apart: Differ from the id before in its time too. A guild's shard is computed
                from the time alone, so guilds made at once still spread over shards.
        """
        floor = self._last + (1 << 22 if apart else 1)
        now = (int(time.time() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(floor, now)
        return self._last

    def backdated(self, seconds: float) -> int:
        """Return an id as it was given out so many seconds before now, and to nobody else.

        Raises:
            ValueError: There was no Discord then, or the time is still to come.
        """
        made = int((time.time() - seconds) * 1000) - DISCORD_EPOCH_MS
        if seconds <= 0 or made <= 0:
            raise ValueError(f"no id was given out {seconds:g} seconds ago")
        self._backdated += 1
        return (made << 22) + self._backdated
