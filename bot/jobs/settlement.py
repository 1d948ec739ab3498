"""The transactions in which a job's reservation is closed, or what it was charged given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.backends.entry import Entry
from bot.jobs.record import Job
from bot.quotas import Price, periods, price
from storage import accounts, budgets, calls, grants, jobs, ledger, slots
from storage.accounts import Account
from storage.budgets import Scope
from storage.calls import CallRow
from storage.database import Transaction, Value
from storage.job_rows import JobRow
from storage.ledger import Line
from storage.states import CallOutcome, EntryKind, JobState, LotKind, Shown


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
