"""The time, as everything that stores or compares it takes it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time; handed in wherever it matters, so that tests can move it."""

    def now(self) -> int:
        """Give the time in whole milliseconds since 1970-01-01 UTC."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> int:
        """Give the time in whole milliseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1_000_000
