"""What a member may spend in a server at a moment, read from the books."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.periods import Period, month, period
from bot.quotas import Allowance, Limits, allowance, left_of
from bot.servers import ServerSettings, read_server
from storage import accounts, grants, ledger, quota_rules, suspensions
from storage.accounts import Account
from storage.database import Query, Transaction
from storage.grants import Grant
from storage.ledger import Line
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
    role_ids: Collection[int],
    limits: Limits,
    now: int,
) -> Standing:
    """Lock an account and bring it up to date: its period begun, its old grants ended.

    Everything else is read after the lock, so that it is settled.
    """
    account = await accounts.lock(tx, server_id, account_id)
    settings = (await read_server(tx.run, server_id)).settings
    current = period(settings.period, now)
    account = await accounts.begin(tx, account, period_start=current.starts, now=now)
    await expire(tx, account, now=now)
    return await _standing(tx.run, account, settings, role_ids=role_ids, limits=limits, now=now)


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
    settings = (await read_server(query, server_id)).settings
    if account is None or account.period_start < period(settings.period, now).starts:
        account = accounts.renewed(account, server_id, account_id)
    return await _standing(query, account, settings, role_ids=role_ids, limits=limits, now=now)


async def expire(tx: Transaction, account: Account, *, now: int) -> None:
    """End the grants that have expired; a transaction that holds the account's lock does it."""
    old = [
        grant
        for grant in await grants.open_of(tx.run, account.server_id, account.user_id)
        if not _is_alive(grant, now)
    ]
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


async def _standing(
    query: Query,
    account: Account,
    settings: ServerSettings,
    *,
    role_ids: Collection[int],
    limits: Limits,
    now: int,
) -> Standing:
    server_id, account_id = account.server_id, account.user_id
    rules = await quota_rules.about(query, server_id, account_id)
    found = await grants.open_of(query, server_id, account_id)
    return Standing(
        account=account,
        settings=settings,
        period=period(settings.period, now),
        month=month(settings.period, now),
        allowance=allowance(rules, role_ids, default=limits.default_credits),
        grants=[grant for grant in found if _is_alive(grant, now)],
        suspension=await suspensions.get(query, server_id, account_id, now=now),
    )


def _is_alive(grant: Grant, now: int) -> bool:
    return grant.expires is None or grant.expires > now
