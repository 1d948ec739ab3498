"""What must hold after every test, whatever the test was about."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.e2e.world import World

_SIGNED = re.compile(r"\b(?:ex|hm|sig)=(?!\*\*\*)")
# What asyncio says is always of a fault; what the operator must mend is none of ours. Of Runware's
# speeds only one has a documented price.
_NOTICES = r"operator\.notice .*cause=(?:\w+\.account|runware-v2\.price) "
_OPERATORS = rf"{_NOTICES}|The bot cannot start"
_FAULT = re.compile(rf"Z (?:ERROR|CRITICAL) (?!.*(?:{_OPERATORS}))|WARNING +asyncio ")
_TYPED = frozenset({"prompt", "negative"})
_SHORTEST = 8
"""Characters; a shorter prompt may stand in a log by chance."""


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
        log = "\n".join(lines)
        if not self.tracebacks:
            assert "Traceback" not in log, log
            assert [line for line in lines if _FAULT.search(line)] == []
        assert _SIGNED.search(log) is None, log
        assert [secret for secret in self._secrets() if secret in log] == [], log

    def _secrets(self) -> Iterator[str]:
        """Everything that no log line may hold."""
        world = self._world
        yield world.discord.token
        yield from (server.key for server in world.providers.servers)
        for shot in world.discord.world.interactions._by_token.values():
            yield shot.token
            yield from (word for word in _words(shot.data) if len(word) >= _SHORTEST)
        yield from (row["secret"] for row in world.books.rows("SELECT secret FROM calls"))


def _words(data: dict[str, Any]) -> Iterator[str]:
    """What a member typed into an interaction's prompts."""
    for option in data.get("options", []):
        if option["name"] in _TYPED and isinstance(option["value"], str):
            yield option["value"]
    for label in data.get("components", []):
        inner = label.get("component", {})
        if inner.get("custom_id") in _TYPED:
            yield inner["value"]


def _files(folder: Path) -> list[str]:
    # Folders may be removed meanwhile, which os.walk passes over.
    return [name for _, _, files in os.walk(folder) for name in files]
