"""Answers to interactions that carry no card."""

from __future__ import annotations

import logging
from collections.abc import Callable

import aiohttp
import discord

from bot.discord_wire import FAULTS
from bot.gateway import readable
from cogs.delivery import ACKNOWLEDGED, UNKNOWN_MESSAGE, brief
from cogs.people import RemixInteraction

log = logging.getLogger(__name__)

MakeFile = Callable[[], discord.File]
"""Makes a file for one sending, which spends it."""
UNHEARD = (aiohttp.ClientError, OSError, TimeoutError)
"""Whether Discord did what was asked is not known."""
IN_DOUBT = "deferral in doubt"
"""What an interaction carries whose deferral may have arrived."""


async def whisper(interaction: RemixInteraction, sentence: str) -> None:
    """Tell only the one who asked; a failure to do so is logged and forgotten."""
    try:
        with readable():
            if interaction.response.is_done():
                await interaction.followup.send(sentence, ephemeral=True)
                return
            try:
                await interaction.response.send_message(sentence, ephemeral=True)
            except discord.HTTPException as error:
                # The deferral arrived after all.
                if error.code != ACKNOWLEDGED or IN_DOUBT not in interaction.extras:
                    raise
                await interaction.followup.send(sentence, ephemeral=True)
    except FAULTS as error:
        log.warning("whisper.lost", extra={"error": brief(error)})


async def open_form(interaction: RemixInteraction, form: discord.ui.Modal) -> None:
    """Answer with a form.

    Raises:
        GarbledError: It may be open; Discord's answer to it cannot be read.
    """
    with readable():
        await interaction.response.send_modal(form)


async def defer(interaction: RemixInteraction) -> None:
    """Answer that more follows; where that is lost, it follows all the same."""
    try:
        await interaction.response.defer(ephemeral=True, thinking=True)
    except FAULTS as error:
        interaction.extras[IN_DOUBT] = True
        log.warning("deferral.lost", extra={"error": brief(error)})


async def acknowledge(interaction: RemixInteraction) -> None:
    """Answer a press with nothing; where that is lost, what was pressed is done all the same."""
    try:
        await interaction.response.defer()
    except FAULTS as error:
        log.warning("acknowledgement.lost", extra={"error": brief(error)})


async def complete(
    interaction: RemixInteraction,
    content: str | None = None,
    file: MakeFile | None = None,
) -> None:
    """Say what a deferred answer was waiting for.

    It is sent once more where nothing was heard of it: whoever has it must not read that it failed.

    Args:
        interaction: It was answered with a promise.
        content: What is said.
        file: What comes with it.
    """
    for is_last in (False, True):
        files = [] if file is None else [file()]
        try:
            await interaction.edit_original_response(content=content, attachments=files)
        except UNHEARD:
            if is_last:
                raise
        else:
            return


async def close(interaction: RemixInteraction) -> None:
    """Delete the message whose button was pressed."""
    await acknowledge(interaction)
    try:
        await interaction.delete_original_response()
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise
