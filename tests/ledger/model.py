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
CLOCKS_APART_MS = 5000
"""A press dated so far ahead was taken by a process whose clock is ahead."""
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
    drawn: list[tuple[int, int]] = field(default_factory=list)
    """Lots and amounts in the order in which they were drawn; lot 0 is its period."""
    erased: bool = False
    """Whether its member was erased since; the books know them all the same."""

    def counts(self, lot: int = 0) -> int:
        """What it uses of a lot now."""
        paid = {Stage.OPEN: self.price.credits, Stage.SETTLED: self.settled}.get(self.stage, 0)
        for one, amount in self.drawn:
            part = min(amount, paid)
            if one == lot:
                return part
            paid -= part
        return 0

    def holds(self, lot: int = 0) -> int:
        """What it only holds of a lot."""
        return self.counts(lot) if self.stage is Stage.OPEN else 0


@dataclass(kw_only=True)
class ModelGrant:
    id: int
    member: Member
    credits: int
    given: int
    expires: int | None
    revoked: int = 0
    lapsed: int = 0
    """What was left when it expired."""
    ended: bool = False


@dataclass(kw_only=True)
class ModelAccount:
    period: int
    start: int


@dataclass
class Model:
    """All members of all servers, and the operator."""

    jobs: dict[str, ModelJob] = field(default_factory=dict)
    accounts: dict[Member, ModelAccount] = field(default_factory=dict)
    grants: dict[int, ModelGrant] = field(default_factory=dict)
    quotas: dict[int, int | None] = field(default_factory=dict)
    """What moderators give everybody in a server."""
    members: dict[Member, int | None] = field(default_factory=dict)
    """What they give a member."""
    leaving: set[int] = field(default_factory=set)
    """Users who asked to be erased, and were not yet."""

    def judge(self, job: ModelJob, limits: Limits) -> Verdict | Denial:
        """Say what must come of a reservation."""
        same = any(other.interaction == job.interaction for other in self.jobs.values())
        if same or (job.pressed is not None and any(self._presses_like(job))):
            return Verdict.DUPLICATE
        if job.member[1] in self.leaving:
            return Denial.LEAVING
        if self.lots(job, limits) is None:
            return Denial.ALLOWANCE
        now = periods(job.created)
        if _passes(limits.daily_spend_micros, self.spend(now.day), job.price.micros):
            return Denial.DAILY_SPEND
        month = self.server_month(job.member[0], now.month)
        if _passes(limits.server_monthly_credits, month, job.price.credits):
            return Denial.SERVER_MONTH
        return Verdict.GRANTED

    def reserve(self, job: ModelJob, limits: Limits) -> None:
        """Take it that a reservation was granted."""
        job.drawn = self.lots(job, limits) or []
        job.period = self.touch(job.member, job.created).period
        self.expire(job.member, job.created)
        self.jobs[job.id] = job

    def allowance(self, member: Member, limits: Limits) -> int | None:
        """What a member has for each period."""
        return self.members.get(member, self.quotas.get(member[0], limits.default_credits))

    def lots(self, job: ModelJob, limits: Limits) -> list[tuple[int, int]] | None:
        """What a reservation draws on; None where there is too little."""
        price, allowance = job.price.credits, self.allowance(job.member, limits)
        used = self.used_at(job.member, job.created)
        free = price if allowance is None else max(0, allowance - used)
        drawn = [(0, min(price, free))]
        for grant in self.open_grants(job.member, job.created):
            part = min(price - sum(amount for _, amount in drawn), self.remaining(grant))
            drawn += [(grant.id, part)] if part else []
        return drawn if sum(amount for _, amount in drawn) == price else None

    def open_grants(self, member: Member, now: int) -> list[ModelGrant]:
        """What can be drawn from, the first to expire first."""
        found = [
            grant
            for grant in self.grants.values()
            if grant.member == member
            and not grant.ended
            and (grant.expires is None or grant.expires > now)
        ]
        return sorted(found, key=lambda g: (g.expires is None, g.expires or 0, g.id))

    def remaining(self, grant: ModelGrant) -> int:
        used = sum(job.counts(grant.id) for job in self.jobs.values())
        return grant.credits - grant.revoked - grant.lapsed - used

    def expire(self, member: Member, now: int) -> None:
        """End the grants whose time is over."""
        for grant in self.grants.values():
            over = grant.expires is not None and grant.expires <= now
            if grant.member == member and over and not grant.ended:
                grant.lapsed, grant.ended = self.remaining(grant), True

    def grant(self, grant: ModelGrant) -> None:
        self.open(grant.member)
        self.grants[grant.id] = grant

    def revoke(self, member: Member, most: int | None, now: int) -> int | None:
        """Take grants back, the last given first; None where there is nothing to take."""
        alive = self.open_grants(member, now)
        total = sum(map(self.remaining, alive))
        wanted = total if most is None else min(most, total)
        if not wanted:
            return None
        self.open(member)
        self.expire(member, now)
        left = wanted
        for grant in sorted(alive, key=lambda g: (-g.given, -g.id)):
            part = min(left, self.remaining(grant))
            grant.revoked += part
            left -= part
        return wanted

    def reset(self, member: Member, now: int) -> None:
        self.touch(member, now).period += 1

    def open(self, member: Member) -> ModelAccount:
        """Have an account, which may not have begun a period yet."""
        return self.accounts.setdefault(member, ModelAccount(period=1, start=-1))

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
        account = self.open(member)
        if day > account.start:
            account.period += account.start >= 0
            account.start = day
        return account

    def used_at(self, member: Member, now: int) -> int:
        """What counts against the allowance at a moment."""
        account = self.accounts.get(member)
        if account is None or periods(now).day > account.start:
            return 0
        return self.used(member)

    def used(self, member: Member) -> int:
        return sum(job.counts() for job in self._of_present_period(member))

    def held(self, member: Member) -> int:
        return sum(job.holds() for job in self._of_present_period(member))

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

    def erase(self, user_id: int) -> None:
        """Take it that a user was erased, which resets nothing."""
        self.leaving.discard(user_id)
        for job in self.jobs.values():
            job.erased = job.erased or job.member[1] == user_id

    def slots(self) -> int:
        return sum(job.slots for job in self.jobs.values())

    def _presses_like(self, job: ModelJob) -> Iterator[bool]:
        for other in self.jobs.values():
            same = (other.member, other.pressed) == (job.member, job.pressed)
            # A clock that went back leaves jobs of a far future, which are no second click.
            soon = -CLOCKS_APART_MS <= job.created - other.created < DOUBLE_PRESS_MS
            yield same and not other.erased and soon

    def _of_present_period(self, member: Member) -> list[ModelJob]:
        period = self.accounts[member].period
        return [job for job in self.jobs.values() if job.member == member and job.period == period]


def _passes(limit: int | None, used: int, more: int) -> bool:
    return limit is not None and used + more > limit
