"""How much may be in the making at once at each provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.backends.base import ProviderName


class Counted(StrEnum):
    """What takes a place."""

    PICTURES = "pictures"
    CALLS = "calls"


@dataclass(frozen=True, kw_only=True)
class Places:
    """The places at one provider."""

    limit: int
    """1 or more."""
    counted: Counted

    def taken_by(self, pictures: int) -> int:
        """How many places a call for so many pictures takes.

        Never more than there are: the largest can go when it is alone.
        """
        return min(self.limit, pictures if self.counted is Counted.PICTURES else 1)


PLACES: Mapping[ProviderName, Places | None] = {
    ProviderName.FAL: Places(limit=40, counted=Counted.CALLS),
    ProviderName.RUNWARE: None,
    ProviderName.IDEOGRAM: Places(limit=10, counted=Counted.PICTURES),
}
"""What holds where the operator sets nothing; None is unlimited.

Sources (2026-11): developer.ideogram.ai, "Rate limits": ten in flight, and pictures count, not
requests. docs.fal.ai, "Concurrency limits": a new account runs 2 requests, one with purchases
up to 40, and what is beyond waits there, first come, first served; so this one is only for
fairness. Runware documents no limit.
"""
