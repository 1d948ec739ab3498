"""The clock of the sandbox: real time that a test can move forward."""

from __future__ import annotations

import time


class SandboxClock:
    """Real time plus what tests have added: links and tokens die by it.

    It never sleeps: what waits, waits in real time.
    """

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> float:
        """Return the seconds since the epoch, as the stand-ins see them."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the time forward.

        Args:
            seconds: How far; time never goes back.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError("the sandbox's time only moves forward")
        self._offset += seconds
