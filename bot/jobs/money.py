"""The transactions in which a job's money moves: reserve, and the ways it is closed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.jobs.record import Job
from bot.quotas import Denial, Limits, Price, periods
from storage import accounts, budgets, calls, jobs, ledger, slots
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
class Bill:
    """How a job is closed."""

    credits: int
    """What the member pays, never above the reservation."""
    spent_credits: int
    """What counts against the server's month: more than `credits` where the provider bills
    what the member does not pay."""
    spent_micros: int
    """What the operator pays, or may have to."""


NOTHING = Bill(credits=0, spent_credits=0, spent_micros=0)

DOUBLE_CLICK_MS = 2000


async def reserve(tx: Transaction, job: NewJob, price: Price, limits: Limits) -> JobRow:
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
        tx, account, price.credits, allowance=limits.daily_credits, now=job.created
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
        amount=price.credits,
    )
    await _count(tx, job, price, limits)
    return row


async def _count(tx: Transaction, job: NewJob, price: Price, limits: Limits) -> None:
    now = periods(job.created)
    if not await budgets.add(
        tx,
        Scope.OPERATOR_DAY,
        0,
        starts=job.day_start,
        amount=price.micros,
        limit=limits.daily_spend_micros,
    ):
        raise DeniedError(Denial.DAILY_SPEND, left=None, renews=now.next_day)
    if not await budgets.add(
        tx,
        Scope.SERVER_MONTH,
        job.server_id,
        starts=job.month_start,
        amount=price.credits,
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

    A gift moves no money: its job was refunded, and its cost counted, before.

    Raises:
        storage.jobs.LostError: Someone was first.
    """
    row = job.row
    account = await accounts.lock(
        tx, row.server_id, row.user_id, period_start=periods(now).day, now=now
    )
    settled = bill.credits if state is JobState.SUCCEEDED and not row.gift else None
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
