"""What must hold after every test, whatever the test was about."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.audit import log

if TYPE_CHECKING:
    from tests.e2e.world import World


class Audit:
    """Looks at the books, the bills, the spool, Discord's rules and the log."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.tracebacks = False
        """Whether the log may hold some, as it does when a programmer's fault is tried."""
        self._lines = self._violations = 0
        self._charged = Decimal(0)
        self._booked = self._unknown = self._guessed = 0

    def check(self) -> None:
        """Check all that came since the last time; the bot must be quiet."""
        assert list(self._world.books.faults()) == []
        assert _files(self._world.folder / "spool") == []
        self._check_bills()
        violations = self._world.discord.violations
        new, self._violations = violations[self._violations :], len(violations)
        assert new == []
        self._check_log()

    def _check_bills(self) -> None:
        books = self._world.books
        charged, booked = self._world.providers.total, books.billed_micros()
        unknown, guessed = books.unknown(), books.guessed()
        new_charges = int((charged - self._charged) * 1_000_000)
        new_bookings = booked - self._booked
        new_unknown, new_guessed = unknown - self._unknown, guessed - self._guessed
        self._charged, self._booked = charged, booked
        self._unknown, self._guessed = unknown, guessed
        # What nobody knows the end of may or may not have been charged.
        assert new_unknown or new_charges <= new_bookings
        assert new_guessed or new_charges >= new_bookings

    def _check_log(self) -> None:
        lines, self._lines = self._world.lines[self._lines :], len(self._world.lines)
        if not self.tracebacks:
            assert list(log.faults(lines)) == []
        world = self._world
        own = (row["secret"] for row in world.books.rows("SELECT secret FROM calls"))
        assert list(log.secrets(lines, world.discord, world.providers, own)) == [], lines


def _files(folder: Path) -> list[str]:
    # Folders may be removed meanwhile, which os.walk passes over.
    return [name for _, _, files in os.walk(folder) for name in files]
