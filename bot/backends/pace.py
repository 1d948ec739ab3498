"""How long things may take, and how often is asked: one value, handed in, so tests are quick."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Time-outs and gaps, all in seconds."""

    connect: float = 5
    read: float = 30
    """Between two pieces of an answer; a trickle is bounded by the deadlines below."""
    write: float = 30
    pool: float = 5

    answer: float = 30
    """A small question, from its first byte to the last of the answer."""
    transfer: float = 45
    """A picture sent to storage or read from a link."""
    submit: float = 60
    """A paid call whose provider answers before the work is done."""
    synchronous_read: float = 130
    """A paid call that is answered when the work is done; Ideogram advises 120 and more."""
    synchronous: float = 135
    """A stop waits for it, and has 150 s for everything: see docs/operating.md."""

    gap_shortest: float = 0.5
    gap_share: float = 0.05
    """Of the time already waited: after a minute, every 3 s."""
    gap_longest: float = 5
    first_look: float = 0.4
    """When a polled provider is first asked, as a part of the backend's usual seconds."""

    stream_idle: float = 15
    """After this long without news a status stream is left; fal's own client does the same."""
    unknown_grace: float = 30
    """A provider may need this long to know, everywhere, a call that it has accepted."""
    patience: int = 5
    """So many unreadable answers about finished work are bad luck; one more is the answer."""
    cancel: float = 3
    """How long a cancelled work is watched for a word that it was stopped."""

    retry: float = 5
    """Until an unavailable provider is tried again, where it does not say."""
    retry_longest: float = 120

    def gap(self, waited: float) -> float:
        """Give the pause before the next question, after `waited` seconds in all."""
        return min(max(self.gap_shortest, waited * self.gap_share), self.gap_longest)
