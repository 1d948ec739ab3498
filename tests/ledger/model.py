"""What accounts and budgets must be, worked out anew from all that was done.

Nothing here is added up step by step as the real thing does it: each figure is a sum over
the jobs, so that a forgotten or doubled step shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from bot.quotas import Denial, Limits, Price, periods

DOUBLE_PRESS_MS = 2000
Member = tuple[int, int]
"""Server and user."""


class Stage(Enum):
    OPEN = auto()
    SETTLED = auto()
    REFUNDED = auto()
    RETURNED = auto()
    """Settled, and given back."""


class Verdict(Enum):
    GRANTED = auto()
    DUPLICATE = auto()


@dataclass(kw_only=True)
class ModelJob:
    id: str
    interaction: int
    member: Member
    pressed: str | None
    price: Price
    created: int
    period: int
    stage: Stage = Stage.OPEN
    settled: int = 0
    spent_credits: int = 0
    spent_micros: int = 0
    slots: int = 0
    """Places in flight that it takes now."""
    forgiven: int | None = None
    """The day on which its flagged pictures were refunded."""

    @property
    def counts(self) -> int:
        """What it uses of its period."""
        match self.stage:
            case Stage.OPEN:
                return self.price.credits
            case Stage.SETTLED:
                return self.settled
            case Stage.REFUNDED | Stage.RETURNED:
                return 0


@dataclass(kw_only=True)
class ModelAccount:
    period: int
    start: int


@dataclass
class Model:
    """All members of all servers, and the operator."""

    jobs: dict[str, ModelJob] = field(default_factory=dict)
    accounts: dict[Member, ModelAccount] = field(default_factory=dict)

    def judge(self, job: ModelJob, limits: Limits) -> Verdict | Denial:
        """Say what must come of a reservation."""
        if any(other.interaction == job.interaction for other in self.jobs.values()):
            return Verdict.DUPLICATE
        if job.pressed is not None and any(self._presses_like(job)):
            return Verdict.DUPLICATE
        if _passes(limits.daily_credits, self.used_at(job.member, job.created), job.price.credits):
            return Denial.ALLOWANCE
        now = periods(job.created)
        if _passes(limits.daily_spend_micros, self.spend(now.day), job.price.micros):
            return Denial.DAILY_SPEND
        month = self.server_month(job.member[0], now.month)
        if _passes(limits.server_monthly_credits, month, job.price.credits):
            return Denial.SERVER_MONTH
        return Verdict.GRANTED

    def reserve(self, job: ModelJob) -> None:
        """Take it that a reservation was granted."""
        job.period = self.touch(job.member, job.created).period
        self.jobs[job.id] = job

    def forgive(self, job: ModelJob, now: int, limit: int | None) -> bool:
        """Refund a job's flagged pictures, unless that was done as often as a day allows."""
        days = [
            other.forgiven
            for other in self.jobs.values()
            if other.member == job.member and other.forgiven is not None
        ]
        day = max([periods(now).day, *days])
        if limit is not None and days.count(day) >= limit:
            return False
        job.forgiven = day
        return True

    def touch(self, member: Member, now: int) -> ModelAccount:
        """Begin a new period where it is due."""
        day = periods(now).day
        account = self.accounts.setdefault(member, ModelAccount(period=1, start=day))
        if day > account.start:
            account.period += 1
            account.start = day
        return account

    def used_at(self, member: Member, now: int) -> int:
        """What counts against the allowance at a moment."""
        account = self.accounts.get(member)
        if account is None or periods(now).day > account.start:
            return 0
        return self.used(member)

    def used(self, member: Member) -> int:
        return sum(job.counts for job in self._of_present_period(member))

    def held(self, member: Member) -> int:
        jobs = self._of_present_period(member)
        return sum(job.price.credits for job in jobs if job.stage is Stage.OPEN)

    def running(self, member: Member) -> int:
        return sum(job.stage is Stage.OPEN for job in self.jobs.values() if job.member == member)

    def spend(self, day: int) -> int:
        """What the operator's day counts, in millionths of a dollar."""
        return sum(
            job.price.micros if job.stage is Stage.OPEN else job.spent_micros
            for job in self.jobs.values()
            if periods(job.created).day == day
        )

    def server_month(self, server: int, month: int) -> int:
        return sum(
            job.price.credits if job.stage is Stage.OPEN else job.spent_credits
            for job in self.jobs.values()
            if job.member[0] == server and periods(job.created).month == month
        )

    def slots(self) -> int:
        return sum(job.slots for job in self.jobs.values())

    def _presses_like(self, job: ModelJob) -> Iterator[bool]:
        for other in self.jobs.values():
            same = (other.member, other.pressed) == (job.member, job.pressed)
            # A clock that went back leaves jobs of the future, which are no second click.
            yield same and 0 <= job.created - other.created < DOUBLE_PRESS_MS

    def _of_present_period(self, member: Member) -> list[ModelJob]:
        period = self.accounts[member].period
        return [job for job in self.jobs.values() if job.member == member and job.period == period]


def _passes(limit: int | None, used: int, more: int) -> bool:
    return limit is not None and used + more > limit
