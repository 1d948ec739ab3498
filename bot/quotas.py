"""Policy as pure functions: prices in credits, periods, and the limits of the operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

MICROS = 1_000_000
"""Millionths in a US dollar."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What bounds spending; None is unlimited."""

    daily_credits: int | None
    """Each member's allowance for a day in UTC."""
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
    ALLOWANCE = "allowance"
    DAILY_SPEND = "daily_spend"
    SERVER_MONTH = "server_month"


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
class Balance:
    """What a member has for the present period."""

    used: int
    held: int
    allowance: int | None
    renews: int
    """Milliseconds since the epoch."""

    @property
    def left(self) -> int | None:
        """Credits that can still be spent; None is unlimited."""
        return None if self.allowance is None else max(0, self.allowance - self.used)


@dataclass(frozen=True, kw_only=True)
class Periods:
    """Where the periods began that a moment lies in, and when the next day begins."""

    day: int
    next_day: int
    month: int
    next_month: int


def price(list_price: Decimal, count: int) -> Price:
    """The price of `count` pictures; a credit is a cent, rounded up for each picture."""
    cents = (list_price * 100).to_integral_value(rounding=ROUND_CEILING)
    return Price(credits_each=int(cents), micros_each=micros(list_price), count=count)


def micros(dollars: Decimal) -> int:
    """Dollars in whole millionths, rounded up so that no cost is lost."""
    return int((dollars * MICROS).to_integral_value(rounding=ROUND_CEILING))


def periods(now: int) -> Periods:
    """The periods, in UTC, of a moment in milliseconds since the epoch."""
    moment = datetime.fromtimestamp(now / 1000, UTC)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    month = day.replace(day=1)
    return Periods(
        day=_milliseconds(day),
        next_day=_milliseconds(day + timedelta(days=1)),
        month=_milliseconds(month),
        next_month=_milliseconds((month + timedelta(days=32)).replace(day=1)),
    )


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
