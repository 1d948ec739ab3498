"""The transactions in which a job's money moves: reserve, and the ways it is closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.backends.entry import Entry
from bot.budget import warn
from bot.jobs.record import Job
from bot.jobs.standing import Standing, lock
from bot.people import MovedError, People
from bot.quotas import Denial, Limits, Price, periods, price
from storage import accounts, budgets, calls, grants, jobs, ledger, slots
from storage.accounts import Account
from storage.budgets import Scope
from storage.calls import CallRow
from storage.database import Transaction, Value
from storage.jobs import JobRow, NewJob
from storage.ledger import Line
from storage.states import CallOutcome, EntryKind, JobState, LotKind, Shown


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


@dataclass(frozen=True, kw_only=True)
class Flagged:
    """Pictures that were flagged for their content, and that the provider bills all the same."""

    credits: int
    """What the member pays for them when the refunds of the day are used up."""
    refunds: int | None
    """How many there are in a day; None is unlimited."""
    changes: Mapping[str, Value]
    """What the job's row says instead when they are charged."""


@dataclass(frozen=True, kw_only=True)
class Bill:
    """How a job is closed."""

    credits: int
    """What the member pays, never above the reservation."""
    spent_credits: int
    """What counts against the server's month: more than `credits` where the provider bills
    what the member does not pay."""
    spent_micros: int
    """What the operator pays, or may have to."""
    flagged: Flagged | None = None
    """What the member pays besides, unless that is refunded."""


NOTHING = Bill(credits=0, spent_credits=0, spent_micros=0)

DOUBLE_CLICK_MS = 2000
CLOCKS_APART_MS = 5000
"""By which the clocks of two processes may differ."""


def price_at(job: Job, entry: Entry | None) -> Price:
    """What a job pays at a backend: as it was reserved, or less at another one.

    Args:
        job: It reserved the price of the backend that was asked.
        entry: The one that does it; None where it is not known any more.
    """
    row, count = job.row, job.request.count
    reserved = Price(credits_each=row.credits_each, micros_each=row.micros_each, count=count)
    if entry is None or entry.name == row.backend:
        return reserved
    theirs = price(entry.price_at(job.request.speed), count)
    return Price(
        credits_each=min(reserved.credits_each, theirs.credits_each),
        micros_each=min(reserved.micros_each, theirs.micros_each),
        count=count,
    )


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


async def close(
    tx: Transaction,
    job: Job,
    state: JobState,
    bill: Bill,
    *,
    call: CallRow | None,
    outcome: CallOutcome,
    cost_micros: int | None = None,
    now: int,
    **changes: Value,
) -> JobRow:
    """End a job: its state, its ledger entry, its account, its call and the budgets.

    A gift moves no money: its job was refunded, and its cost counted, before. A job that failed
    is settled only for flagged pictures beyond the refunds of the member's day.

    Raises:
        storage.jobs.LostError: Someone was first.
    """
    row = job.row
    account = await accounts.lock(tx, row.server_id, row.account_id)
    flagged = await _charged(tx, account, row, bill, now)
    if flagged is not None:
        bill = replace(bill, credits=min(row.reserved, bill.credits + flagged.credits))
        changes = {**changes, **flagged.changes}
    pays = flagged is not None or state is JobState.SUCCEEDED
    settled = bill.credits if pays and not row.gift else None
    ended = await jobs.advance(
        tx, row.id, state, fence=row.fence, finished=now, settled=settled, **changes
    )
    if call is not None:
        await calls.end(tx, call, outcome, now=now, cost_micros=cost_micros)
        await slots.give_back(tx, call.provider, 0 if row.gift else call.slots)
    if row.gift:
        return ended
    await _release(tx, account, row, settled, now)
    await _correct(tx, job, bill)
    return ended


async def _release(
    tx: Transaction, account: Account, row: JobRow, settled: int | None, now: int
) -> None:
    """End the holds of a job: what it cost stays, in the order in which it was drawn."""
    drawn = await ledger.reserved(tx.run, row.id)
    costs = _divide(drawn, settled or 0)
    await ledger.record(
        tx,
        EntryKind.REFUND if settled is None else EntryKind.SETTLE,
        at=now,
        server_id=row.server_id,
        user_id=row.account_id,
        job_id=row.id,
        lines=[
            replace(line, amount=cost - line.amount)
            for line, cost in zip(drawn, costs, strict=True)
        ],
    )
    for line, cost in zip(drawn, costs, strict=True):
        returned = line.amount - cost
        if line.lot_kind is LotKind.PERIOD:
            await accounts.close(tx, account, period=line.lot, held=line.amount, returned=returned)
        else:
            await grants.close(tx, line.lot, held=line.amount, returned=returned)


def _divide(drawn: Sequence[Line], settled: int) -> list[int]:
    """Divide what a job cost among its lots; the first drawn pay first."""
    costs: list[int] = []
    for line in drawn:
        cost = min(line.amount, settled)
        costs.append(cost)
        settled -= cost
    return costs


async def _charged(
    tx: Transaction, account: Account, row: JobRow, bill: Bill, now: int
) -> Flagged | None:
    """Use up one refund of the member's day; what is charged where there was none left."""
    if bill.flagged is None or row.gift:
        return None
    day, limit = periods(now).day, bill.flagged.refunds
    refunded = await accounts.refund_flagged(tx, account, day=day, limit=limit)
    return None if refunded else bill.flagged


async def _correct(tx: Transaction, job: Job, bill: Bill) -> None:
    row = job.row
    reserved_micros = row.micros_each * job.request.count
    await budgets.change(
        tx,
        Scope.OPERATOR_DAY,
        0,
        starts=row.day_start,
        amount=bill.spent_micros - reserved_micros,
    )
    await budgets.change(
        tx,
        Scope.SERVER_MONTH,
        row.server_id,
        starts=row.month_start,
        amount=bill.spent_credits - row.reserved,
    )
    await budgets.change(
        tx,
        Scope.SERVER_BUDGET,
        row.server_id,
        starts=row.budget_start,
        amount=bill.spent_credits - row.reserved,
    )


async def give_back(tx: Transaction, job: Job, *, now: int) -> JobRow:
    """Return what a job was charged whose pictures could never be shown.

    The budgets keep it: the provider is paid all the same.

    Raises:
        storage.jobs.LostError: It was shown, or given back, by someone else.
    """
    row = job.row
    account = await accounts.lock(tx, row.server_id, row.account_id)
    marked = await jobs.mark_shown(tx, row.id, Shown.UNDELIVERABLE, fence=row.fence)
    if not row.settled:
        return marked
    charged = await ledger.charged(tx.run, row.id)
    await ledger.record(
        tx,
        EntryKind.RETURN,
        at=now,
        server_id=row.server_id,
        user_id=row.account_id,
        job_id=row.id,
        lines=[replace(line, amount=-line.amount) for line in charged],
    )
    for line in charged:
        if line.lot_kind is LotKind.PERIOD:
            await accounts.give_back(tx, account, period=line.lot, settled=line.amount)
        else:
            await grants.close(tx, line.lot, held=0, returned=line.amount)
    return marked
