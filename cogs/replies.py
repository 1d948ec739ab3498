"""Answers to interactions that carry no card."""

from __future__ import annotations

import logging

import discord

from bot.gateway import readable
from cogs.delivery import FAULTS, brief
from cogs.people import RemixInteraction

log = logging.getLogger(__name__)


async def whisper(interaction: RemixInteraction, sentence: str) -> None:
    """Tell only the one who asked; a failure to do so is logged and forgotten."""
    try:
        with readable():
            if interaction.response.is_done():
                await interaction.followup.send(sentence, ephemeral=True)
            else:
                await interaction.response.send_message(sentence, ephemeral=True)
    except FAULTS as error:
        log.warning("whisper.lost", extra={"error": brief(error)})


async def open_form(interaction: RemixInteraction, form: discord.ui.Modal) -> None:
    """Answer with a form.

    Raises:
        GarbledError: It may be open; Discord's answer to it cannot be read.
    """
    with readable():
        await interaction.response.send_modal(form)


async def acknowledge(interaction: RemixInteraction) -> None:
    """Answer a press with nothing; where that is lost, what was pressed is done all the same."""
    try:
        with readable():
            await interaction.response.defer()
    except FAULTS as error:
        log.warning("acknowledgement.lost", extra={"error": brief(error)})
