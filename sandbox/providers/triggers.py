"""Words in a prompt that make a stand-in misbehave, for one request at a time.

They work on all three providers, each in its provider's own form, as far as it has one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

_PATTERN = re.compile(r"__([a-z0-9]+)(?::(\d+(?:\.\d+)?))?__")


class Trigger(StrEnum):
    """What can be asked for, written as `__name__` anywhere in the prompt."""

    POLICY = "policy"
    """The prompt is refused for its content."""
    POLICY_IMAGE = "policyimage"
    """The source is refused for its content."""
    DOWN = "down"
    """The model behind the provider is out of order."""
    SLOW = "slow"
    """The work never ends."""
    LOCKED = "locked"
    """The account is closed to this work."""
    BROKE = "broke"
    """The account has no money left."""
    BUSY = "429"
    """The first two requests with this prompt find no room."""
    TIMEOUT = "timeout"
    """The model behind the provider takes too long."""
    NSFW = "nsfw"
    """The safety check flags every picture."""
    UNSAFE = "unsafe"
    """Every picture is withheld."""
    MIXED = "mixed"
    """Every second picture is flagged or withheld, the first is not."""
    GONE = "gone"
    """The links to the results lead nowhere."""
    GARBAGE = "garbage"
    """The results are no pictures."""
    TRUNCATED = "truncated"
    """The files of the results end in their middle."""
    OVERSIZED = "oversized"
    """The files of the results are larger than any picture."""
    MISLABELLED = "mislabelled"
    """The links to the results say that they are web pages."""
    ELSEWHERE = "elsewhere"
    """The links to the results redirect to a private address."""


@dataclass(frozen=True, kw_only=True)
class Triggers:
    """What one prompt asks for."""

    names: frozenset[Trigger] = frozenset()
    latency: float | None = None
    """Seconds of work, from `__latency:2.5__`."""
    queue: int | None = None
    """Works before this one, from `__queue:3__`."""
    partial: int | None = None
    """Pictures that are finished while the others fail, from `__partial:2__`; by itself, one."""

    @classmethod
    def of(cls, prompt: str) -> Self:
        """Read the triggers in a prompt; words that are none are left alone."""
        found = dict(_PATTERN.findall(prompt))
        return cls(
            names=frozenset(trigger for trigger in Trigger if trigger in found),
            latency=float(found["latency"]) if found.get("latency") else None,
            queue=int(float(found["queue"])) if found.get("queue") else None,
            partial=int(float(found["partial"] or 1)) if "partial" in found else None,
        )

    def __contains__(self, trigger: Trigger) -> bool:
        return trigger in self.names

    def flagged(self, number: int, *, by: Trigger) -> bool:
        """Say whether the picture of this number (from 0) is flagged or withheld."""
        return by in self or (Trigger.MIXED in self and number % 2 == 1)
