"""What stands above the members of a server, and how much of it is used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.backends.entry import Entry
from bot.periods import month
from bot.quotas import Limits, micros, periods
from bot.servers import read_server
from storage import budgets
from storage.budgets import Scope
from storage.database import Query


@dataclass(frozen=True, kw_only=True)
class Cap:
    """One of them, in credits."""

    used: int
    """Spent or reserved in its month."""
    most: int | None
    """None is unlimited."""
    renews: int
    """Milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Caps:
    """All that a server's moderators may know of them."""

    own: Cap
    """The moderators' budget, by months in the server's zone."""
    operator: Cap
    """The operator's cap for this server, by months in UTC."""
    has_daily: bool
    """Whether the operator limits the dollars of a day; how many is spent over all servers, so
    that only the next is told."""
    daily_reached: bool
    """Whether not even the cheapest picture may be made today."""
    daily_renews: int
    """Milliseconds."""


async def look(
    query: Query, server_id: int, *, limits: Limits, offered: Iterable[Entry], now: int
) -> Caps:
    """Read what is used of a server's caps.

    Args:
        query: Reads.
        server_id: The server.
        limits: The operator's.
        offered: All backends that can be chosen.
        now: Milliseconds.
    """
    settings = (await read_server(query, server_id)).settings
    own, utc = month(settings.period, now), periods(now)
    daily = limits.daily_spend_micros
    budget = await budgets.used(query, Scope.SERVER_BUDGET, server_id, starts=own.starts)
    capped = await budgets.used(query, Scope.SERVER_MONTH, server_id, starts=utc.month)
    spend = await budgets.used(query, Scope.OPERATOR_DAY, 0, starts=utc.day)
    return Caps(
        own=Cap(used=budget, most=settings.budget, renews=own.ends),
        operator=Cap(used=capped, most=limits.server_monthly_credits, renews=utc.next_month),
        has_daily=daily is not None,
        daily_reached=daily is not None and spend + _cheapest(offered) > daily,
        daily_renews=utc.next_day,
    )


def _cheapest(offered: Iterable[Entry]) -> int:
    """What the cheapest picture costs in millionths of a dollar; 1 where none can be had."""
    prices = [each for entry in offered for each in (entry.price, *entry.speed_prices.values())]
    return micros(min(prices)) if prices else 1
