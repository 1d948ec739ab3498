"""What a sweep plans, and what came of it all."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass, field

from sandbox.audit.endings import Ending
from sandbox.torture.kills import Kill
from sandbox.torture.kinds import KINDS, Kind, backends

REFUNDS = (Ending.REFUNDED, Ending.FAILED, Ending.UNHEARD)
"""Counted as one; how many of them failed is said as well."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One wave, as it can be run again.

    Attributes:
        seed: Decides what the members do.
        webhook: Whether providers report to the bot.
        kills: The first meets the orders, the others the bot while it recovers.
        turn: Decides which backends are asked; see `kinds.in_turn`.
        engine: Which database the bot has.
    """

    seed: str
    webhook: bool
    turn: int
    kills: tuple[Kill, ...]
    engine: str

    @property
    def again(self) -> str:
        """The command that runs it once more."""
        words = ["python", "-m", "sandbox.torture", "--engine", self.engine]
        words += ["--seed", self.seed, "--turn", str(self.turn)]
        if self.webhook:
            words.append("--webhook")
        for kill in self.kills:
            words += ["--kill", str(kill)]
        return shlex.join(words)


@dataclass(kw_only=True)
class Tally:
    """What came of it all.

    Attributes:
        known: How many points there are.
        met: The ways to ask for a picture that came to a job.
        violations: What was wrong.
    """

    known: int = 0
    met: set[Kind] = field(default_factory=set[Kind])
    waves: int = 0
    by_clock: int = 0
    points: Counter[str] = field(default_factory=Counter)
    ended: Counter[Ending] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """How often the bot was killed."""
        return self.by_clock + self.points.total()

    @property
    def missed(self) -> list[Kind]:
        """What nobody ordered of all that the catalogue has."""
        return sorted(KINDS - self.met)

    def count_kill(self, point: str | None) -> None:
        """Count one death, at a point or by the clock."""
        if point is None:
            self.by_clock += 1
        else:
            self.points[point] += 1

    def __str__(self) -> str:
        ended = self.ended
        return " ".join(
            [
                f"kills={self.kills}",
                f"at-points={self.points.total()}",
                f"by-clock={self.by_clock}",
                f"points={len(self.points)}/{self.known}",
                f"waves={self.waves}",
                f"backends={len(backends(self.met))}/{len(backends(KINDS))}",
                f"jobs={ended.total()}",
                f"shown+charged={ended[Ending.CHARGED]}",
                f"refunded={sum(ended[end] for end in REFUNDS)}",
                f"failed={ended[Ending.FAILED]}",
                f"unconfirmed={ended[Ending.UNCONFIRMED]}",
                f"gifts={ended[Ending.GIFT]}",
                f"given-back={ended[Ending.GIVEN_BACK]}",
                f"violations={len(self.violations)}",
            ]
        )
