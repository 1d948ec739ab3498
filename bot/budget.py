"""A server's own budget: told to its log channel at 80 and at 100 per cent, once each."""

from __future__ import annotations

from bot import logbook
from bot.quotas import credits_text
from bot.servers import ServerSettings
from storage import budgets
from storage.budgets import Scope
from storage.database import Transaction

WARN_AT, STOP_AT = 80, 100
"""Per cent of the budget."""


async def warn(
    tx: Transaction, settings: ServerSettings, server_id: int, starts: int, *, now: int
) -> None:
    """Tell the log channel how much of the budget is used, if that is news.

    To be called after the month's row was locked by counting something in it.
    """
    budget = settings.budget
    if budget is None:
        return
    used = await budgets.used(tx.run, Scope.SERVER_BUDGET, server_id, starts=starts)
    if used >= budget:
        await tell_stop(tx, settings, server_id, starts, now=now)
    elif used * 100 >= budget * WARN_AT:
        sentence = (
            f"**{used} of {credits_text(budget)}** of this month's budget are spent or reserved. "
            "`/quota budget` changes it."
        )
        await _tell(tx, settings, server_id, starts, WARN_AT, sentence, now)


async def tell_stop(
    tx: Transaction, settings: ServerSettings, server_id: int, starts: int, *, now: int
) -> None:
    """Tell the log channel that the budget lets no more be made, if that is news."""
    budget = settings.budget or 0
    sentence = (
        f"This month's budget of **{credits_text(budget)}** is used up, so that nothing more can "
        "be made for now. `/quota budget` changes it."
    )
    await _tell(tx, settings, server_id, starts, STOP_AT, sentence, now)


async def _tell(
    tx: Transaction,
    settings: ServerSettings,
    server_id: int,
    starts: int,
    percent: int,
    sentence: str,
    now: int,
) -> None:
    scope = Scope.SERVER_BUDGET
    if await budgets.mark_told(tx, scope, server_id, starts=starts, percent=percent):
        post = logbook.Post(title="Budget", lines=(sentence,))
        await logbook.write(tx, settings, server_id, post, now=now)
