"""/credits: what a member has left, and what they made of the rest."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.client import RemixBot
from bot.errors import suspended
from bot.jobs.record import Job
from bot.quotas import Balance, credits_text
from cogs import text
from cogs.desk import RemixInteraction, explained, server_id_of
from cogs.people import role_ids
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
            server_id, user = server_id_of(interaction), interaction.user
            jobs = self._bot.jobs
            balance = await jobs.balance(server_id, user.id, role_ids(user))
            recent = await jobs.recent(server_id, user.id, limit=SHOWN_JOBS)
            lines = [_balance_line(balance), *map(_job_line, recent)]
            await interaction.response.send_message("\n".join(lines), ephemeral=True)


def _balance_line(balance: Balance) -> str:
    held = f" ({credits_text(balance.held)} of it reserved)" if balance.held else ""
    renews = f"they renew <t:{balance.renews // 1000}:R>."
    if balance.left is None:
        used = credits_text(balance.used)
        line = f"Your credits are unlimited; you used {used}{held} of this period."
    else:
        left = credits_text(balance.left)
        line = f"You have **{left}** left and used {balance.used}{held}; {renews}"
    if balance.granted and balance.left is not None:
        line += f"\nOf what is left, {credits_text(balance.granted)} were given to you beyond that."
    if balance.suspension is not None:
        line += f"\n{suspended(balance.suspension.until, balance.suspension.reason)}"
    return line


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
        case JobState.SUCCEEDED if row.gift:
            unseen = row.shown is Shown.UNDELIVERABLE
            return "could not be shown, nothing charged" if unseen else "free"
        case JobState.SUCCEEDED:
            return credits_text(row.settled or 0)
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
