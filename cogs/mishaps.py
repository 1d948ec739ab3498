"""What goes wrong before a command's own code: its member reads a sentence, too."""

from __future__ import annotations

import logging
from typing import cast

import discord
from discord import app_commands

from bot.client import RemixBot
from bot.errors import UNEXPECTED
from cogs.people import RemixInteraction
from cogs.replies import whisper

log = logging.getLogger(__name__)

CHANGED = "This command has changed. Restart Discord, or wait a few minutes, and use it again."
OUTDATED = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)
"""A client that still shows the commands of another version."""


async def on_mishap(
    interaction: discord.Interaction[discord.Client], error: app_commands.AppCommandError
) -> None:
    """Tell the member, and log what it was without what they typed."""
    outdated = isinstance(error, OUTDATED)
    if outdated:
        log.warning("command.outdated", extra={"error": type(error).__name__})
    else:
        log.error("command.fault", extra={"error": type(error).__name__})
    if interaction.type is discord.InteractionType.application_command:
        await whisper(cast("RemixInteraction", interaction), CHANGED if outdated else UNEXPECTED)


async def setup(bot: RemixBot) -> None:
    """Take the errors of the command tree."""
    bot.tree.error(on_mishap)
