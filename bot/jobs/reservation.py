"""The transaction in which a job's price is reserved, and what forbids it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.budget import warn
from bot.jobs.standing import Standing, lock
from bot.people import MovedError, People
from bot.quotas import Denial, Limits, Price, periods
from storage import accounts, budgets, grants, jobs, ledger
from storage.budgets import Scope
from storage.database import Transaction
from storage.job_rows import JobRow, NewJob
from storage.states import EntryKind, LotKind

DOUBLE_CLICK_MS = 2000
CLOCKS_APART_MS = 5000
"""By which the clocks of two processes may differ."""


class DeniedError(Exception):
    """A limit forbids the reservation; nothing was written."""

    def __init__(
        self,
        denial: Denial,
        *,
        left: int | None = None,
        renews: int | None = None,
        limit: int | None = None,
        reason: str | None = None,
        budget_start: int = 0,
    ) -> None:
        """Say which limit.

        Args:
            denial: Which.
            left: Credits that the member has; None where that is not what is lacking.
            renews: When it may be tried again, in milliseconds; None: not by itself.
            limit: The number that was reached, where it is one.
            reason: What a moderator said of it.
            budget_start: The server's month, where its budget is used up.
        """
        super().__init__(denial)
        self.denial = denial
        self.left = left
        self.renews = renews
        self.limit = limit
        self.reason = reason
        self.budget_start = budget_start


class DuplicateError(Exception):
    """The same click made a job already; nothing was written."""


async def reserve(
    tx: Transaction,
    job: NewJob,
    cost: Price,
    limits: Limits,
    *,
    people: People,
    role_ids: Collection[int] = (),
) -> JobRow:
    """Reserve a job's price and write the job as queued, or nothing.

    Args:
        tx: A transaction.
        job: What is to be written; its period and month are filled in here.
        cost: What it costs.
        limits: The operator's.
        people: Says which alias would stand for the member.
        role_ids: The member's roles.

    Raises:
        DuplicateError: The interaction, the draft or a double click made it already.
        DeniedError: A limit forbids it.
        MovedError: The account is the alias's.
    """
    alias = people.alias(job.user_id)
    standing = await lock(
        tx,
        job.server_id,
        job.account_id,
        alias=alias,
        role_ids=role_ids,
        limits=limits,
        now=job.created,
    )
    # Known only after the lock, which an erasure takes too.
    if standing.erased and job.account_id != alias:
        raise MovedError(alias)
    if await _is_second_click(tx, job):
        raise DuplicateError
    account = standing.account
    row = await jobs.insert(
        tx, replace(job, period=account.period, budget_start=standing.month.starts)
    )
    if row is None:
        raise DuplicateError
    _check_pace(standing, job.created)
    await _hold(tx, standing, job, cost)
    await _count(tx, row, cost, limits, standing)
    return row


def _check_pace(standing: Standing, now: int) -> None:
    """Check what a member asked for themselves, what moderators say of them, and their haste."""
    account, settings, suspension = standing.account, standing.settings, standing.suspension
    if standing.leaving:
        raise DeniedError(Denial.LEAVING)
    if suspension is not None:
        raise DeniedError(Denial.SUSPENDED, renews=suspension.until, reason=suspension.reason)
    most = settings.jobs_at_once
    if most is not None and account.running >= most:
        raise DeniedError(Denial.JOBS_AT_ONCE, limit=most)
    again = account.last_start + settings.cooldown * 1000
    # A clock that went back leaves a start in the future, which is no reason to wait for it. But
    # one of a moment ahead was taken by another process, or got the account first.
    if settings.cooldown and account.last_start - CLOCKS_APART_MS <= now < again:
        raise DeniedError(Denial.COOLDOWN, renews=again, limit=settings.cooldown)


async def _hold(tx: Transaction, standing: Standing, job: NewJob, cost: Price) -> None:
    """Hold the price in the member's lots."""
    account, lines = standing.account, standing.lots(cost.credits)
    if lines is None:
        raise DeniedError(Denial.ALLOWANCE, left=standing.left, renews=standing.period.ends)
    own = sum(line.amount for line in lines if line.lot_kind is LotKind.PERIOD)
    held = await accounts.reserve(
        tx, account, own, allowance=standing.allowance.credits, now=job.created
    )
    for line in lines:
        if line.lot_kind is LotKind.GRANT:
            held = held and await grants.draw(tx, line.lot, line.amount)
    if not held:
        raise DeniedError(Denial.ALLOWANCE, left=standing.left, renews=standing.period.ends)
    await ledger.record(
        tx,
        EntryKind.RESERVE,
        at=job.created,
        server_id=job.server_id,
        user_id=job.account_id,
        job_id=job.id,
        lines=lines,
    )


async def _count(
    tx: Transaction, job: JobRow, cost: Price, limits: Limits, standing: Standing
) -> None:
    """Count the price against the limits above the member's; the server's come last."""
    now = periods(job.created)
    if not await budgets.add(
        tx,
        Scope.OPERATOR_DAY,
        0,
        starts=job.day_start,
        amount=cost.micros,
        limit=limits.daily_spend_micros,
    ):
        raise DeniedError(Denial.DAILY_SPEND, renews=now.next_day)
    if not await budgets.add(
        tx,
        Scope.SERVER_MONTH,
        job.server_id,
        starts=job.month_start,
        amount=cost.credits,
        limit=limits.server_monthly_credits,
    ):
        raise DeniedError(Denial.SERVER_MONTH, renews=now.next_month)
    if not await budgets.add(
        tx,
        Scope.SERVER_BUDGET,
        job.server_id,
        starts=job.budget_start,
        amount=cost.credits,
        limit=standing.settings.budget,
    ):
        raise DeniedError(
            Denial.SERVER_BUDGET, renews=standing.month.ends, budget_start=job.budget_start
        )
    await warn(tx, standing.settings, job.server_id, job.budget_start, now=job.created)


async def _is_second_click(tx: Transaction, job: NewJob) -> bool:
    if job.pressed is None:
        return False
    since = job.created - DOUBLE_CLICK_MS
    found = await jobs.pressed_since(
        tx,
        job.server_id,
        job.user_id,
        job.pressed,
        since=since,
        until=job.created + CLOCKS_APART_MS,
    )
    return found is not None
