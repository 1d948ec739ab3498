"""/quota grant, revoke, reset, suspend and restore: what moderators do about one member."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.people import mention
from bot.quotas import credits_text
from bot.times import stamp
from cogs import quota_options as options
from cogs.desk import RemixInteraction, explained
from cogs.quota_desk import Person, Reason, moderator, reason_of, tell

Credits = app_commands.Range[int, 1, options.LARGEST]

_REASON = "Why; it is kept with the change and shown in the log channel."
_TIME = "A duration such as 7d or 12h, or a date such as 2026-12-31 18:00."


class Single(commands.Cog):
    """Commands of /quota about one member."""

    @app_commands.command()
    @app_commands.rename(amount="credits")
    @app_commands.describe(
        member="Who gets them.",
        amount="How many, beyond what the member has for each period.",
        expires=f"When what is left of them ends. {_TIME}",
        reason=_REASON,
    )
    @app_commands.autocomplete(expires=options.moments)
    async def grant(
        self,
        interaction: RemixInteraction,
        member: Person,
        amount: Credits,
        expires: str | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Give a member credits beyond their quota."""
        async with explained(interaction):
            by = await moderator(interaction)
            ends = await options.moment(interaction, expires)
            await interaction.client.services.moderation.credits.grant(
                by, member.id, amount, expires=ends, reason=reason_of(reason)
            )
            until = "" if ends is None else f", until {stamp(ends)}"
            await tell(interaction, f"{mention(member.id)} got **{credits_text(amount)}**{until}.")

    @app_commands.command()
    @app_commands.rename(amount="credits")
    @app_commands.describe(
        member="From whom.",
        amount="How many at most; left out: all that are left.",
        reason=_REASON,
    )
    async def revoke(
        self,
        interaction: RemixInteraction,
        member: Person,
        amount: Credits | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Take granted credits back that are neither spent nor reserved."""
        async with explained(interaction):
            by = await moderator(interaction)
            taken = await interaction.client.services.moderation.credits.revoke(
                by, member.id, amount, reason=reason_of(reason)
            )
            what = f"**{credits_text(taken)}** that had been granted"
            await tell(interaction, f"Took {what} back from {mention(member.id)}.")

    @app_commands.command()
    @app_commands.describe(
        member="Whose.",
        until=f"When it ends by itself. {_TIME}",
        reason=f"The member reads it. {_REASON}",
    )
    @app_commands.autocomplete(until=options.moments)
    async def suspend(
        self,
        interaction: RemixInteraction,
        member: Person,
        until: str | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Keep a member from using the bot in this server."""
        async with explained(interaction):
            by = await moderator(interaction)
            ends = await options.moment(interaction, until)
            await interaction.client.services.moderation.suspensions.suspend(
                by, member.id, until=ends, reason=reason_of(reason)
            )
            when = "`/quota restore` ends it" if ends is None else f"it ends {stamp(ends)}"
            await tell(interaction, f"{mention(member.id)} is suspended from the bot; {when}.")

    @app_commands.command()
    @app_commands.describe(member="Who.", reason=_REASON)
    async def restore(
        self, interaction: RemixInteraction, member: Person, reason: Reason | None = None
    ) -> None:
        """Let a suspended member use the bot again."""
        async with explained(interaction):
            by = await moderator(interaction)
            await interaction.client.services.moderation.suspensions.restore(
                by, member.id, reason=reason_of(reason)
            )
            await tell(interaction, f"{mention(member.id)} may use the bot again.")

    @app_commands.command()
    @app_commands.describe(member="Whose.", reason=_REASON)
    async def reset(
        self, interaction: RemixInteraction, member: Person, reason: Reason | None = None
    ) -> None:
        """Begin the next period for a member now, with nothing of it used."""
        async with explained(interaction):
            by = await moderator(interaction)
            await interaction.client.services.moderation.credits.reset(
                by, member.id, reason=reason_of(reason)
            )
            await tell(interaction, f"A new period has begun for {mention(member.id)}.")
