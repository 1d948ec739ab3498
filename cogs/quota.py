"""/quota: moderators say who has how many credits, and see who spent them."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.client import RemixBot
from cogs.quota_amounts import Amounts
from cogs.quota_credits import Single
from cogs.quota_history import History
from cogs.quota_limits import Limits
from cogs.quota_report import Report
from cogs.quota_show import Show


@app_commands.default_permissions(manage_guild=True)
class Quota(
    History,
    Report,
    Limits,
    Single,
    Amounts,
    Show,
    commands.GroupCog,
    name="Quota",
    group_name="quota",
    group_description="Who has how many credits, and who spent them.",
):
    """All commands of /quota; the last base's come first in Discord's list."""


async def setup(bot: RemixBot) -> None:
    """Add the command."""
    await bot.add_cog(Quota())
