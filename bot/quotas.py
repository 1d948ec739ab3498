"""Policy as pure functions: prices in credits, periods, and the limits of the operator."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from functools import lru_cache

from storage.quota_rules import QuotaRule, RuleKind
from storage.suspensions import Suspension

MICROS = 1_000_000
"""Millionths in a US dollar."""
_DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What bounds spending; None is unlimited."""

    default_credits: int | None
    """Each member's allowance for a period, where the server has no rule of its own."""
    server_monthly_credits: int | None
    daily_spend_micros: int | None
    """Millionths of a US dollar a day over everything."""
    allowed_servers: frozenset[int]
    """Empty: any server."""
    flagged_refunds: int | None = 3
    """How often a day a member of a server is refunded for pictures that were flagged for their
    content and that the provider bills all the same; then they are charged."""


class Denial(StrEnum):
    """Which limit a request would pass."""

    SERVER = "server"
    """The operator does not serve this server."""
    LEAVING = "leaving"
    """The member asked to be erased, and was not yet."""
    SUSPENDED = "suspended"
    JOBS_AT_ONCE = "jobs_at_once"
    COOLDOWN = "cooldown"
    ALLOWANCE = "allowance"
    DAILY_SPEND = "daily_spend"
    SERVER_MONTH = "server_month"
    """The operator's limit for the server."""
    SERVER_BUDGET = "server_budget"
    """The moderators' limit for the server."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """What a request costs at list price."""

    credits_each: int
    micros_each: int
    count: int

    @property
    def credits(self) -> int:
        """Credits to reserve."""
        return self.credits_each * self.count

    @property
    def micros(self) -> int:
        """Millionths of a US dollar to reserve."""
        return self.micros_each * self.count


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What a member has for each period, and where it comes from."""

    credits: int | None
    """None is unlimited."""
    kind: RuleKind | None
    """Which kind of rule gives it; None: the operator's default."""
    role_id: int | None = None
    """The role, where it comes from one."""


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What a member has for the present period."""

    used: int
    held: int
    """The part of `used` that is only reserved, and what is reserved of grants."""
    allowance: Allowance
    granted: int
    """Credits beyond the allowance that can still be spent."""
    renews: int
    """Milliseconds since the epoch."""
    running: int = 0
    """Unfinished jobs."""
    suspension: Suspension | None = None

    @property
    def left(self) -> int | None:
        """Credits that can still be spent; None is unlimited."""
        return left_of(self.allowance.credits, self.used, self.granted)


@dataclass(frozen=True, kw_only=True)
class Periods:
    """Where the periods began that a moment lies in, and when the next day begins."""

    day: int
    next_day: int
    month: int
    next_month: int


def allowance(
    rules: Iterable[QuotaRule], role_ids: Collection[int], *, default: int | None
) -> Allowance:
    """What a member has: their own rule, else the best of their roles, else the default.

    Args:
        rules: The server's default, its roles' and the member's own; none of other members.
        role_ids: The member's roles.
        default: The operator's, where the server has none; None is unlimited.
    """
    own: Allowance | None = None
    best: Allowance | None = None
    fallback = Allowance(credits=default, kind=None)
    for rule in rules:
        found = Allowance(credits=rule.credits, kind=rule.kind)
        match rule.kind:
            case RuleKind.MEMBER:
                own = found
            case RuleKind.DEFAULT:
                fallback = found
            case RuleKind.ROLE:
                if rule.subject_id in role_ids and _is_better(found, best):
                    best = replace(found, role_id=rule.subject_id)
    return own or best or fallback


def left_of(allowance: int | None, used: int, granted: int) -> int | None:
    """Credits that can still be spent; None is unlimited.

    An allowance that was lowered below what is used takes nothing from what was granted.
    """
    return None if allowance is None else max(0, allowance - used) + granted


def _is_better(found: Allowance, best: Allowance | None) -> bool:
    if best is None or best.credits is None:
        return best is None
    return found.credits is None or found.credits > best.credits


def price(list_price: Decimal, count: int) -> Price:
    """The price of `count` pictures; a credit is a cent, rounded up for each picture."""
    cents = (list_price * 100).to_integral_value(rounding=ROUND_CEILING)
    return Price(credits_each=int(cents), micros_each=micros(list_price), count=count)


def micros(dollars: Decimal) -> int:
    """Dollars in whole millionths, rounded up so that no cost is lost."""
    return int((dollars * MICROS).to_integral_value(rounding=ROUND_CEILING))


def periods(now: int) -> Periods:
    """The periods, in UTC, of a moment in milliseconds since the epoch."""
    return _periods_of(now // _DAY_MS)


@lru_cache(maxsize=8)
def _periods_of(days: int) -> Periods:
    """Those of a day, counted from the epoch; kept, since each order asks for them twice."""
    day = datetime.fromtimestamp(days * _DAY_MS / 1000, UTC)
    month = day.replace(day=1)
    return Periods(
        day=_milliseconds(day),
        next_day=_milliseconds(day + timedelta(days=1)),
        month=_milliseconds(month),
        next_month=_milliseconds((month + timedelta(days=32)).replace(day=1)),
    )


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def credits_text(amount: int) -> str:
    """An amount of credits in words."""
    return f"{amount} credit" if amount == 1 else f"{amount} credits"
