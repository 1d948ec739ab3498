"""/quota show: what a member has, where it comes from, and what keeps them from more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from discord import app_commands
from discord.ext import commands

from bot.jobs.standing import Standing, look
from bot.logbook import code
from bot.moderation import By
from bot.quotas import Allowance, credits_text
from bot.times import relative, stamp
from cogs.desk import RemixInteraction, explained
from cogs.people import role_ids
from cogs.quota_desk import Person, moderator, tell
from storage.grants import Grant
from storage.quota_rules import RuleKind
from storage.suspensions import Suspension

MOST_GRANTS: Final = 10
"""Lines; a member has seldom more than one."""


class Show(commands.Cog):
    """The command of /quota that shows."""

    @app_commands.command()
    @app_commands.describe(member="Whose; left out: yours.")
    async def show(self, interaction: RemixInteraction, member: Person | None = None) -> None:
        """See what a member has, where it comes from, and what is left."""
        async with explained(interaction):
            by = await moderator(interaction)
            who = interaction.user if member is None else member
            standing = await _standing(interaction, by, who)
            await tell(interaction, *standing_lines(who.id, standing))


async def _standing(interaction: RemixInteraction, by: By, who: Person) -> Standing:
    context = interaction.client.jobs.context
    query = context.database.read
    return await look(
        query,
        by.server_id,
        await context.people.account(query, who.id),
        role_ids=role_ids(who),
        limits=context.limits,
        now=context.clock.now(),
    )


def standing_lines(user_id: int, standing: Standing) -> list[str]:
    """A member's standing as moderators read it."""
    account, kind = standing.account, standing.settings.period.kind
    held = account.held + sum(grant.held for grant in standing.grants)
    left = "unlimited" if standing.left is None else credits_text(standing.left)
    lines = [
        f"### Credits of <@{user_id}>",
        f"**Allowance:** {_amount(standing.allowance)} a {kind}, {_origin(standing.allowance)}",
        f"**Spent:** {credits_text(account.used - account.held)} of this period's allowance",
        f"**Reserved:** {credits_text(held)}",
        f"**Left:** {left}, with what is granted",
        f"**Renews:** {relative(standing.period.ends)}",
        f"**Under way:** {account.running}",
        *_grant_lines(standing.grants),
    ]
    lines.append(_suspended(standing.suspension))
    return lines


def _amount(allowance: Allowance) -> str:
    return "unlimited" if allowance.credits is None else credits_text(allowance.credits)


def _origin(allowance: Allowance) -> str:
    match allowance.kind:
        case RuleKind.MEMBER:
            return "set for this member"
        case RuleKind.ROLE:
            return f"from the role <@&{allowance.role_id}>"
        case RuleKind.DEFAULT:
            return "the default of this server"
        case None:
            return "the default of whoever runs the bot"


def _grant_lines(grants: Sequence[Grant]) -> Iterator[str]:
    kept = [grant for grant in grants if grant.remaining or grant.held]
    if not kept:
        yield "**Granted:** nothing"
        return
    yield f"**Granted:** {credits_text(sum(grant.remaining for grant in kept))} left"
    for grant in kept[:MOST_GRANTS]:
        reserved = f", {grant.held} reserved" if grant.held else ""
        until = "" if grant.expires is None else f", until {stamp(grant.expires)}"
        yield f"- {grant.remaining} of {grant.credits} left{reserved}{until}"
    if others := kept[MOST_GRANTS:]:
        yield f"- {credits_text(sum(grant.remaining for grant in others))} of {len(others)} more"


def _suspended(suspension: Suspension | None) -> str:
    if suspension is None:
        return "**Suspended:** no"
    until = "restored" if suspension.until is None else stamp(suspension.until)
    reason = "" if suspension.reason is None else f". Reason: {code(suspension.reason, 300)}"
    return f"**Suspended** until {until}{reason}"
