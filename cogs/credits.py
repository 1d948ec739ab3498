"""/credits: what a member has left, and what they made of the rest."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.client import RemixBot
from bot.errors import credits_text
from bot.jobs.record import Job
from bot.quotas import Balance
from cogs import text
from cogs.desk import RemixInteraction, SorryError, explained
from storage.states import JobState, Shown

SHOWN_JOBS = 10


class Credits(commands.Cog):
    """A member's credits."""

    def __init__(self, bot: RemixBot) -> None:
        self._bot = bot

    @app_commands.command()
    async def credits(self, interaction: RemixInteraction) -> None:
        """See your credits, when they renew, and your last remixes."""
        async with explained(interaction):
            if interaction.guild_id is None:
                raise SorryError("Credits belong to a server. Use the command in one.")
            jobs = self._bot.jobs
            balance = await jobs.balance(interaction.guild_id, interaction.user.id)
            recent = await jobs.recent(interaction.guild_id, interaction.user.id, limit=SHOWN_JOBS)
            lines = [_balance_line(balance), *map(_job_line, recent)]
            await interaction.response.send_message("\n".join(lines), ephemeral=True)


def _balance_line(balance: Balance) -> str:
    held = f" ({credits_text(balance.held)} of it reserved)" if balance.held else ""
    if balance.left is None:
        return f"Your credits are unlimited; today you used {credits_text(balance.used)}{held}."
    return (
        f"You have **{credits_text(balance.left)}** left and used {balance.used}{held}; "
        f"they renew <t:{balance.renews // 1000}:R>."
    )


def _job_line(job: Job) -> str:
    row = job.row
    link = text.card_link(job)
    where = f" · [card]({link})" if link and row.shown in {Shown.YES, Shown.NO} else ""
    return f"-# <t:{row.created // 1000}:R> · {row.backend} · {_end(job)}{where}"


def _end(job: Job) -> str:
    row = job.row
    if row.shown is Shown.UNDELIVERABLE and row.settled:
        return f"could not be shown, {credits_text(row.settled)} given back"
    match job.state:
        case JobState.SUCCEEDED:
            return "free" if row.gift else credits_text(row.settled or 0)
        case JobState.FAILED | JobState.UNCONFIRMED:
            return (
                f"failed, {credits_text(row.settled)}" if row.settled else "failed, nothing charged"
            )
        case JobState.CANCELLED:
            return "cancelled, nothing charged"
        case _:
            return f"under way, {credits_text(row.reserved)} reserved"


async def setup(bot: RemixBot) -> None:
    """Add the command."""
    await bot.add_cog(Credits(bot))
