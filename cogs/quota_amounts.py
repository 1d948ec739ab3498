"""/quota default, role and member: what everybody, a role or a member has for each period."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.quotas import credits_text
from cogs import quota_options as options
from cogs.desk import RemixInteraction, SorryError, explained
from cogs.quota_desk import Person, Reason, moderator, reason_of, settings_of, tell
from storage.quota_rules import QuotaRule, RuleKind

_WHY = "Why; it is kept with the change and shown in the log channel."
_CREDITS = "Credits for each period: none, unlimited, or a number."
_EVERYONE = "What everyone has is the default: use `/quota default set` or `/quota default remove`."
STAYS = "-# What is spent in this period stays spent. `/quota show` says what a member has."


class Amounts(commands.Cog):
    """Commands of /quota that set amounts."""

    default = app_commands.Group(name="default", description="What those have with no other quota.")
    role = app_commands.Group(name="role", description="What members with a role have.")
    member = app_commands.Group(name="member", description="What one member has.")

    @default.command(name="set")
    @app_commands.rename(amount="credits")
    @app_commands.describe(amount=_CREDITS, reason=_WHY)
    @app_commands.autocomplete(amount=options.amounts)
    async def set_default(
        self, interaction: RemixInteraction, amount: str, reason: Reason | None = None
    ) -> None:
        """Set what members have for each period where no other quota is theirs."""
        await _set(interaction, RuleKind.DEFAULT, 0, amount, reason)

    @default.command(name="remove")
    @app_commands.describe(reason=_WHY)
    async def remove_default(
        self, interaction: RemixInteraction, reason: Reason | None = None
    ) -> None:
        """Go back to what whoever runs the bot gives."""
        await _remove(interaction, RuleKind.DEFAULT, 0, reason)

    @role.command(name="set")
    @app_commands.rename(amount="credits")
    @app_commands.describe(
        role="Of several roles of a member the best counts.", amount=_CREDITS, reason=_WHY
    )
    @app_commands.autocomplete(amount=options.amounts)
    async def set_role(
        self,
        interaction: RemixInteraction,
        role: discord.Role,
        amount: str,
        reason: Reason | None = None,
    ) -> None:
        """Set what members with a role have for each period."""
        await _set(interaction, RuleKind.ROLE, role.id, amount, reason)

    @role.command(name="remove")
    @app_commands.describe(role="Whose quota is removed.", reason=_WHY)
    async def remove_role(
        self, interaction: RemixInteraction, role: discord.Role, reason: Reason | None = None
    ) -> None:
        """Remove the quota of a role."""
        await _remove(interaction, RuleKind.ROLE, role.id, reason)

    @member.command(name="set")
    @app_commands.rename(amount="credits")
    @app_commands.describe(member="It counts instead of their roles.", amount=_CREDITS, reason=_WHY)
    @app_commands.autocomplete(amount=options.amounts)
    async def set_member(
        self,
        interaction: RemixInteraction,
        member: Person,
        amount: str,
        reason: Reason | None = None,
    ) -> None:
        """Set what one member has for each period."""
        await _set(interaction, RuleKind.MEMBER, member.id, amount, reason)

    @member.command(name="remove")
    @app_commands.describe(member="Whose own quota is removed.", reason=_WHY)
    async def remove_member(
        self, interaction: RemixInteraction, member: Person, reason: Reason | None = None
    ) -> None:
        """Remove the quota of one member: their roles or the default count again."""
        await _remove(interaction, RuleKind.MEMBER, member.id, reason)


async def _set(
    interaction: RemixInteraction,
    kind: RuleKind,
    subject_id: int,
    text: str,
    reason: str | None,
) -> None:
    async with explained(interaction):
        by = await moderator(interaction)
        _refuse_everyone(interaction, subject_id)
        rule = QuotaRule(kind=kind, subject_id=subject_id, credits=options.amount(text))
        await interaction.client.services.moderation.quotas.set_rule(
            by, rule, reason=reason_of(reason)
        )
        period = (await settings_of(interaction)).period.kind
        has = "unlimited credits" if rule.credits is None else credits_text(rule.credits)
        await tell(interaction, f"{_whose(kind, subject_id)} now **{has}** a {period}.", STAYS)


async def _remove(
    interaction: RemixInteraction, kind: RuleKind, subject_id: int, reason: str | None
) -> None:
    async with explained(interaction):
        by = await moderator(interaction)
        _refuse_everyone(interaction, subject_id)
        quotas = interaction.client.services.moderation.quotas
        await quotas.remove_rule(by, kind, subject_id, reason=reason_of(reason))
        await tell(interaction, f"Removed: {_REMOVED[kind].format(subject_id)}.", STAYS)


_REMOVED = {
    RuleKind.DEFAULT: "members without another quota have what whoever runs the bot gives",
    RuleKind.ROLE: "<@&{}> has no quota of its own any more",
    RuleKind.MEMBER: "for <@{}> their roles or the default count again",
}


def _whose(kind: RuleKind, subject_id: int) -> str:
    match kind:
        case RuleKind.DEFAULT:
            return "Members without another quota have"
        case RuleKind.ROLE:
            return f"Members with <@&{subject_id}> have"
        case RuleKind.MEMBER:
            return f"<@{subject_id}> has"


def _refuse_everyone(interaction: RemixInteraction, subject_id: int) -> None:
    # No member's roles name it, so a quota of it would never count.
    if subject_id == interaction.guild_id:
        raise SorryError(_EVERYONE)
