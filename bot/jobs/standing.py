"""What a member may spend in a server at a moment, read from the books."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.periods import Period, month, period
from bot.quotas import Allowance, Limits, allowance, left_of
from bot.servers import ServerSettings, read
from storage import accounts, grants, ledger, standings
from storage.accounts import Account
from storage.database import Query, Transaction
from storage.grants import Grant
from storage.ledger import Line
from storage.standings import StandingRows
from storage.states import EntryKind, LotKind
from storage.suspensions import Suspension


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All that decides what a member may spend."""

    account: Account
    settings: ServerSettings
    period: Period
    month: Period
    """The server's own."""
    allowance: Allowance
    grants: Sequence[Grant]
    """Those that can be drawn from, in that order."""
    suspension: Suspension | None
    erased: bool
    """Whether the member was erased, so that the account is the alias's."""
    leaving: bool
    """Whether they asked to be erased and wait for it; only `lock` can tell."""

    @property
    def left(self) -> int | None:
        """Credits that can still be spent; None is unlimited."""
        granted = sum(grant.remaining for grant in self.grants)
        return left_of(self.allowance.credits, self.account.used, granted)

    def lots(self, credits_: int) -> list[Line] | None:
        """Divide a price among the lots: the allowance, then grants, the first to expire first.

        Returns:
            At least one line; None where all that is there does not suffice.
        """
        own = self.allowance.credits
        free = credits_ if own is None else max(0, own - self.account.used)
        drawn = min(credits_, free)
        lines = [Line(lot_kind=LotKind.PERIOD, lot=self.account.period, amount=drawn)]
        for grant in self.grants:
            part = min(credits_ - drawn, grant.remaining)
            if part:
                lines.append(Line(lot_kind=LotKind.GRANT, lot=grant.id, amount=part))
                drawn += part
        return lines if drawn == credits_ else None


async def lock(
    tx: Transaction,
    server_id: int,
    account_id: int,
    *,
    alias: int,
    role_ids: Collection[int],
    limits: Limits,
    now: int,
) -> Standing:
    """Lock an account and bring it up to date: its period begun, its old grants ended.

    Everything else is read after the lock, so that it is settled.
    """
    account = await accounts.lock(tx, server_id, account_id)
    rows = await standings.read(tx.run, server_id, account_id, alias=alias, now=now)
    starts = period(read(rows.settings).period, now).starts
    account = await accounts.begin(tx, account, period_start=starts, now=now)
    await _end(tx, account, [one for one in rows.grants if not _is_alive(one, now)], now=now)
    return _standing(account, rows, role_ids=role_ids, limits=limits, now=now)


async def look(
    query: Query,
    server_id: int,
    account_id: int,
    *,
    role_ids: Collection[int],
    limits: Limits,
    now: int,
) -> Standing:
    """Look at an account as `lock` would find it, and change nothing."""
    account = await accounts.get(query, server_id, account_id)
    rows = await standings.read(query, server_id, account_id, alias=account_id, now=now)
    if account is None or account.period_start < period(read(rows.settings).period, now).starts:
        account = accounts.renewed(account, server_id, account_id)
    return _standing(account, rows, role_ids=role_ids, limits=limits, now=now)


async def expire(tx: Transaction, account: Account, *, now: int) -> None:
    """End the grants that have expired; a transaction that holds the account's lock does it."""
    found = await grants.open_of(tx.run, account.server_id, account.user_id)
    await _end(tx, account, [one for one in found if not _is_alive(one, now)], now=now)


async def _end(tx: Transaction, account: Account, old: Sequence[Grant], *, now: int) -> None:
    if not old:
        return
    await grants.end(tx, old, now=now)
    await ledger.record(
        tx,
        EntryKind.EXPIRE,
        at=now,
        server_id=account.server_id,
        user_id=account.user_id,
        job_id=None,
        lines=[Line(lot_kind=LotKind.GRANT, lot=grant.id, amount=grant.remaining) for grant in old],
    )


def _standing(
    account: Account,
    rows: StandingRows,
    *,
    role_ids: Collection[int],
    limits: Limits,
    now: int,
) -> Standing:
    settings = read(rows.settings)
    return Standing(
        account=account,
        settings=settings,
        period=period(settings.period, now),
        month=month(settings.period, now),
        allowance=allowance(rows.rules, role_ids, default=limits.default_credits),
        grants=[grant for grant in rows.grants if _is_alive(grant, now)],
        suspension=rows.suspension,
        erased=rows.erased,
        leaving=rows.leaving,
    )


def _is_alive(grant: Grant, now: int) -> bool:
    return grant.expires is None or grant.expires > now
