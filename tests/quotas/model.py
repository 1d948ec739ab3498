"""What a member must have, worked out anew from all that was done."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from bot.periods import PeriodRule, period

PERIOD = 0
"""The lot of the allowance; others are grants."""


@dataclass(kw_only=True)
class Spending:
    """One job."""

    number: int
    """Of the period that it was reserved in."""
    drawn: list[tuple[int, int]]
    """Lots and amounts, in that order."""
    paid: int | None
    """None: refunded. While it is open, all that was drawn."""
    open: bool = True

    def of(self, lot: int) -> int:
        """What it uses of a lot: the first drawn pay first."""
        left = self.paid or 0
        for one, amount in self.drawn:
            part = min(amount, left)
            if one == lot:
                return part
            left -= part
        return 0


@dataclass(kw_only=True)
class Given:
    """One grant."""

    id: int
    credits: int
    expires: int | None
    ended: bool = False


@dataclass(kw_only=True)
class Expected:
    """One member of one server."""

    operator: int | None
    rule: PeriodRule = field(default_factory=PeriodRule)
    default: list[int | None] = field(default_factory=list)
    """At most one: what the server gives all."""
    own: list[int | None] = field(default_factory=list)
    roles: dict[int, int | None] = field(default_factory=dict)
    grants: list[Given] = field(default_factory=list)
    jobs: dict[str, Spending] = field(default_factory=dict)
    number: int = 1
    start: int | None = None
    renewed: int = 0

    def allowance(self, held: Collection[int]) -> int | None:
        """The member's own, else the best of their roles, else the default."""
        if self.own:
            return self.own[0]
        found = [self.roles[role] for role in held if role in self.roles]
        if found:
            return None if None in found else max(one for one in found if one is not None)
        return self.default[0] if self.default else self.operator

    def used(self) -> int:
        """What the present period counts."""
        return sum(job.of(PERIOD) for job in self.jobs.values() if job.number == self.number)

    def held(self) -> int:
        jobs = (job for job in self.jobs.values() if job.number == self.number and job.open)
        return sum(job.of(PERIOD) for job in jobs)

    def used_at(self, now: int) -> int:
        """The same at a moment, with the period begun that is due then."""
        is_due = self.start is not None and period(self.rule, now).starts > self.start
        return 0 if is_due else self.used()

    def remaining(self, grant: Given) -> int:
        return grant.credits - sum(job.of(grant.id) for job in self.jobs.values())

    def alive(self, now: int) -> list[Given]:
        """What can be drawn from, the first to expire first."""
        found = [
            grant
            for grant in self.grants
            if not grant.ended and (grant.expires is None or grant.expires > now)
        ]
        return sorted(found, key=lambda one: (one.expires is None, one.expires or 0, one.id))

    def left(self, now: int, held: Collection[int]) -> int | None:
        """What can be spent; None is unlimited."""
        allowance = self.allowance(held)
        granted = sum(map(self.remaining, self.alive(now)))
        return None if allowance is None else max(0, allowance - self.used_at(now)) + granted

    def touch(self, now: int) -> None:
        """Begin the period that is due, and end grants."""
        self.begin_if_due(now)
        for grant in self.grants:
            grant.ended = grant.ended or (grant.expires is not None and grant.expires <= now)

    def begin_if_due(self, now: int) -> None:
        starts = period(self.rule, now).starts
        if self.start is None:
            self.start = starts
        elif starts > self.start:
            self.begin(starts)

    def begin(self, starts: int) -> None:
        self.start, self.number, self.renewed = starts, self.number + 1, self.renewed + 1

    def reserve(self, job_id: str, credits_: int, now: int, held: Collection[int]) -> None:
        """Take it that a reservation was granted."""
        self.touch(now)
        allowance = self.allowance(held)
        free = credits_ if allowance is None else max(0, allowance - self.used())
        drawn = [(PERIOD, min(credits_, free))]
        for grant in self.alive(now):
            rest = credits_ - sum(amount for _, amount in drawn)
            drawn.append((grant.id, min(rest, self.remaining(grant))))
        assert sum(amount for _, amount in drawn) == credits_
        self.jobs[job_id] = Spending(number=self.number, drawn=drawn, paid=credits_)
