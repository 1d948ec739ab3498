"""A draft as it stands now: what its backend takes of it, what it costs, what is in its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.backends.entry import Entry
from bot.backends.registry import NotOffered
from bot.errors import credits_text, explain
from bot.jobs.drafts import Draft
from bot.jobs.submit import NotOfferedError, OverLimitError, RefusedError, check
from bot.quotas import Balance, Denial, Price, price
from cogs.desk import RemixInteraction, SorryError
from cogs.options import NOTHING_OFFERED
from cogs.panel_fit import Fitted, fit


@dataclass(frozen=True, kw_only=True)
class State:
    """All that a panel shows."""

    draft_id: str
    draft: Draft
    offered: Sequence[Entry]
    """The backends that can be chosen."""
    entry: Entry
    """The one that is."""
    fitted: Fitted
    """What Start would start."""
    price: str
    """What that costs, as a sentence."""
    problem: str | None = None
    """Why it would be refused, as a sentence."""


async def look(interaction: RemixInteraction, draft_id: str, draft: Draft) -> State:
    """Look at a draft with the eyes of the member who acts.

    Raises:
        SorryError: No backend does this now.
        NotOfferedError: The draft's backend is not offered any more.
    """
    entry = entry_of(interaction, draft)
    fitted = fit(entry, draft.request, draft.pictures)
    cost = price(entry.price_at(fitted.request.speed), fitted.request.count)
    server_id = interaction.guild_id or 0
    balance = await interaction.client.jobs.balance(server_id, interaction.user.id)
    return State(
        draft_id=draft_id,
        draft=draft,
        offered=offered(interaction, draft),
        entry=entry,
        fitted=fitted,
        price=_price(cost, balance),
        problem=_problem(interaction, server_id, fitted),
    )


def offered(interaction: RemixInteraction, draft: Draft) -> Sequence[Entry]:
    """The backends that can do what a draft is for.

    Raises:
        SorryError: There is none now.
    """
    able = interaction.client.offered_for(draft.request.operation)
    if not able:
        raise SorryError(NOTHING_OFFERED)
    return able


def entry_of(interaction: RemixInteraction, draft: Draft) -> Entry:
    """The chosen backend, in order or not.

    Raises:
        NotOfferedError: The operator has it no more.
    """
    request = draft.request
    try:
        return interaction.client.registry.entry(request.backend, request.operation)
    except NotOffered:
        names = tuple(entry.name for entry in offered(interaction, draft))
        raise NotOfferedError(request.backend, names) from None


def _problem(interaction: RemixInteraction, server_id: int, fitted: Fitted) -> str | None:
    try:
        check(interaction.client.jobs.context, server_id, fitted.request, fitted.pictures)
    except RefusedError as error:
        return explain(error)
    return None


def _price(cost: Price, balance: Balance) -> str:
    left = balance.left
    if left is None:
        return f"This costs {credits_text(cost.credits)}."
    if cost.credits > left:
        return explain(
            OverLimitError(Denial.ALLOWANCE, cost=cost.credits, left=left, renews=balance.renews)
        )
    return f"This costs {cost.credits} of your {credits_text(left)}."
