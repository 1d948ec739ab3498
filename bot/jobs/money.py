"""The transactions in which a job's money moves: reserve, and the ways it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.backends.entry import Entry
from bot.jobs.record import Job
from bot.quotas import Denial, Limits, Price, periods, price
from storage import accounts, budgets, calls, jobs, ledger, slots
from storage.accounts import Account
from storage.budgets import Scope
from storage.calls import CallRow
from storage.database import Transaction, Value
from storage.jobs import JobRow, NewJob
from storage.states import CallOutcome, EntryKind, JobState, Shown


class DeniedError(Exception):
    """A limit forbids the reservation; nothing was written."""

    def __init__(self, denial: Denial, *, left: int | None, renews: int) -> None:
        super().__init__(denial)
        self.denial = denial
        self.left = left
        self.renews = renews


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


async def reserve(tx: Transaction, job: NewJob, cost: Price, limits: Limits) -> JobRow:
    """Reserve a job's price and write the job as queued, or nothing.

    Raises:
        DuplicateError: The interaction, the draft or a double click made it already.
        DeniedError: A limit forbids it.
    """
    now = periods(job.created)
    account = await accounts.lock(
        tx, job.server_id, job.user_id, period_start=job.day_start, now=job.created
    )
    if await _is_second_click(tx, job):
        raise DuplicateError
    row = await jobs.insert(tx, replace(job, period=account.period))
    if row is None:
        raise DuplicateError
    if not await accounts.reserve(
        tx, account, cost.credits, allowance=limits.daily_credits, now=job.created
    ):
        left = max(0, (limits.daily_credits or 0) - account.used)
        raise DeniedError(Denial.ALLOWANCE, left=left, renews=now.next_day)
    await ledger.record(
        tx,
        EntryKind.RESERVE,
        at=job.created,
        server_id=job.server_id,
        user_id=job.user_id,
        job_id=job.id,
        period=account.period,
        amount=cost.credits,
    )
    await _count(tx, job, cost, limits)
    return row


async def _count(tx: Transaction, job: NewJob, cost: Price, limits: Limits) -> None:
    now = periods(job.created)
    if not await budgets.add(
        tx,
        Scope.OPERATOR_DAY,
        0,
        starts=job.day_start,
        amount=cost.micros,
        limit=limits.daily_spend_micros,
    ):
        raise DeniedError(Denial.DAILY_SPEND, left=None, renews=now.next_day)
    if not await budgets.add(
        tx,
        Scope.SERVER_MONTH,
        job.server_id,
        starts=job.month_start,
        amount=cost.credits,
        limit=limits.server_monthly_credits,
    ):
        raise DeniedError(Denial.SERVER_MONTH, left=None, renews=now.next_month)


async def _is_second_click(tx: Transaction, job: NewJob) -> bool:
    if job.pressed is None:
        return False
    since = job.created - DOUBLE_CLICK_MS
    found = await jobs.pressed_since(
        tx, job.server_id, job.user_id, job.pressed, since=since, now=job.created
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
    account = await accounts.lock(
        tx, row.server_id, row.user_id, period_start=periods(now).day, now=now
    )
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
    await ledger.record(
        tx,
        EntryKind.REFUND if settled is None else EntryKind.SETTLE,
        at=now,
        server_id=row.server_id,
        user_id=row.user_id,
        job_id=row.id,
        period=row.period,
        amount=(settled or 0) - row.reserved,
    )
    await accounts.close(
        tx, account, period=row.period, reserved=row.reserved, settled=settled or 0
    )
    await _correct(tx, job, bill)
    return ended


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


async def give_back(tx: Transaction, job: Job, *, now: int) -> JobRow:
    """Return what a job was charged whose pictures could never be shown.

    The budgets keep it: the provider is paid all the same.

    Raises:
        storage.jobs.LostError: It was shown, or given back, by someone else.
    """
    row = job.row
    account = await accounts.lock(
        tx, row.server_id, row.user_id, period_start=periods(now).day, now=now
    )
    marked = await jobs.mark_shown(tx, row.id, Shown.UNDELIVERABLE, fence=row.fence)
    if not row.settled:
        return marked
    await ledger.record(
        tx,
        EntryKind.RETURN,
        at=now,
        server_id=row.server_id,
        user_id=row.user_id,
        job_id=row.id,
        period=row.period,
        amount=-row.settled,
    )
    await accounts.give_back(tx, account, period=row.period, settled=row.settled)
    return marked
