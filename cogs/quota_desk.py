"""What the commands of /quota share: who may use them, and how they answer."""

from __future__ import annotations

from typing import Final

import discord
from discord import app_commands

from bot.moderation import By
from bot.servers import ServerSettings
from cogs import authority
from cogs.desk import RemixInteraction, by_of, server_id_of

COMMAND: Final = "quota"
MOST_REASON: Final = 300

Person = discord.Member | discord.User
"""A member, or somebody who has left the server."""
Reason = app_commands.Range[str, 1, MOST_REASON]


async def moderator(interaction: RemixInteraction) -> By:
    """Whoever asks, who may moderate quotas.

    Raises:
        SorryError: They may not.
    """
    await authority.require(interaction, COMMAND)
    return by_of(interaction)


async def tell(interaction: RemixInteraction, *lines: str) -> None:
    """Answer whoever asked, and nobody else."""
    await interaction.response.send_message("\n".join(lines), ephemeral=True)


async def settings_of(interaction: RemixInteraction) -> ServerSettings:
    """What is set of the server."""
    return (await interaction.client.server(server_id_of(interaction))).settings


def reason_of(typed: str | None) -> str | None:
    """A reason on one line; None where nothing is said."""
    line = " ".join((typed or "").split())[:MOST_REASON]
    return line or None
