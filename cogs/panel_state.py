"""A draft as it stands now: what its backend takes of it, what it costs, what is in its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.backends.entry import Entry
from bot.backends.registry import NotOffered
from bot.errors import explain
from bot.jobs.drafts import Draft
from bot.jobs.refusals import NotOfferedError, OverLimitError, RefusedError
from bot.jobs.submit import check
from bot.quotas import Balance, Denial, Price, credits_text, price
from bot.servers import Server, ServerSettings
from cogs.desk import NOTHING_OFFERED, RemixInteraction, SorryError
from cogs.panel_fit import Fitted, fit
from cogs.people import role_ids


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
    server_id = interaction.guild_id or 0
    server = await interaction.client.server(server_id)
    able = offered(interaction, draft, server.settings)
    entry = entry_of(interaction, draft, able)
    fitted = fit(entry, draft.request, draft.pictures)
    cost = price(entry.price_at(fitted.request.speed), fitted.request.count)
    user = interaction.user
    balance = await interaction.client.jobs.balance(server_id, user.id, role_ids(user))
    return State(
        draft_id=draft_id,
        draft=draft,
        offered=able,
        entry=entry,
        fitted=fitted,
        price=_price(cost, balance),
        problem=_problem(interaction, server, fitted),
    )


def offered(
    interaction: RemixInteraction, draft: Draft, settings: ServerSettings
) -> Sequence[Entry]:
    """The backends that can do what a draft is for, in the server as it is set.

    Raises:
        SorryError: There is none now.
    """
    able = interaction.client.offered_for(draft.request.operation, settings)
    if not able:
        raise SorryError(NOTHING_OFFERED)
    return able


def entry_of(interaction: RemixInteraction, draft: Draft, able: Sequence[Entry]) -> Entry:
    """The chosen backend, in order or not.

    Args:
        interaction: Of the member who acts.
        draft: What was chosen so far.
        able: The backends that can be chosen.

    Raises:
        NotOfferedError: The operator has it no more.
    """
    request = draft.request
    try:
        return interaction.client.registry.entry(request.backend, request.operation)
    except NotOffered:
        names = tuple(entry.name for entry in able)
        raise NotOfferedError(request.backend, names) from None


def _problem(interaction: RemixInteraction, server: Server, fitted: Fitted) -> str | None:
    context, settings = interaction.client.jobs.context, server.settings
    try:
        check(context, server.id, fitted.request, fitted.pictures, settings)
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
