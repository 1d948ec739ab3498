"""/privacy: what is stored about me, an export of it, and having it erased.

All buttons are served from their ids, also after a restart; only the courtesy of telling a
member in their own message that they were erased is remembered in memory.
"""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import dataclass
from typing import Any, cast

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.circuit import TITLES
from bot.client import RemixBot
from bot.discord_wire import FAULTS
from bot.duties import Duty
from bot.gateway import readable
from bot.jobs.presenter import Delivery
from bot.privacy.eraser import Eraser
from bot.privacy.erasing import Deletion, Progress
from bot.privacy.export import TooLargeError
from cogs import privacy_words as words
from cogs.cards import ENDED_COLOUR, Card
from cogs.delivery import brief, delivery
from cogs.desk import RemixInteraction, SorryError, explained
from cogs.replies import complete, defer

log = logging.getLogger(__name__)

EXPORT, ERASE, CONFIRM = "remix-privacy:export", "remix-privacy:erase", "remix-privacy:confirm"
ALL_STEPS = 2
TOO_LARGE = "It is too large for Discord. Ask whoever runs the bot for it."


@dataclass
class _Asked:
    """Where a member asked to be erased."""

    interaction: RemixInteraction
    steps: int
    """How many of the erasure's they were told of."""


def _steps(progress: Progress) -> int:
    """How many steps an erasure has gone: the member was replaced, all was deleted."""
    return sum(when is not None for when in (progress.erasure.replaced, progress.erasure.ended))


class PrivacyCog(commands.Cog, name="Privacy"):
    """A member's own data."""

    def __init__(self, bot: RemixBot) -> None:
        self._bot = bot
        self._privacy = bot.services.privacy
        # One message a second is meant for all processes together.
        self._duty = Duty(database=bot.database, clock=bot.clock, name="privacy")
        self._eraser = Eraser(
            self._privacy.erasing, duty=self._duty, delete=self._delete, tell=self._tell
        )
        self._loops: list[asyncio.Task[None]] = []
        self._asked: dict[str, _Asked] = {}

    async def cog_load(self) -> None:
        """Begin to carry out what was asked, and to drop what is too old."""
        self._loops = [
            asyncio.create_task(self._eraser.run(), name="eraser"),
            asyncio.create_task(self._privacy.retention.run(self._duty), name="retention"),
        ]

    async def cog_unload(self) -> None:
        """End both; the next start goes on with what is left."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)

    @app_commands.command()
    async def privacy(self, interaction: RemixInteraction) -> None:
        """See what is stored about you, take it with you, or have it erased."""
        async with explained(interaction):
            await interaction.response.send_message(
                view=await self._overview(interaction.user.id), ephemeral=True
            )

    @commands.Cog.listener()
    async def on_interaction(self, interaction: RemixInteraction) -> None:
        """Take a button of ours; everything else is served elsewhere."""
        if interaction.type is not discord.InteractionType.component:
            return
        data = cast("dict[str, Any]", interaction.data or {})
        serve = {EXPORT: self._export, ERASE: self._ask, CONFIRM: self._erase}.get(
            str(data.get("custom_id"))
        )
        if serve is not None:
            async with explained(interaction):
                await serve(interaction)

    async def _export(self, interaction: RemixInteraction) -> None:
        await defer(interaction)
        try:
            found = await self._privacy.export(
                interaction.user.id, limit=interaction.filesize_limit
            )
        except TooLargeError:
            raise SorryError(TOO_LARGE) from None
        await complete(interaction, file=lambda: discord.File(io.BytesIO(found.data), found.name))

    async def _ask(self, interaction: RemixInteraction) -> None:
        progress = await self._privacy.erasing.progress(interaction.user.id)
        under_way = progress is not None and progress.erasure.ended is None
        if progress is not None and under_way:
            view = _said(words.state(progress))
        else:
            erase = ui.Button[ui.LayoutView](
                label="Erase everything", style=discord.ButtonStyle.danger, custom_id=CONFIRM
            )
            view = _said(words.WHAT_ERASING_DOES, erase)
        await interaction.response.send_message(view=view, ephemeral=True)

    async def _erase(self, interaction: RemixInteraction) -> None:
        progress = await self._privacy.erasing.ask(interaction.user.id)
        self._asked[progress.erasure.id] = _Asked(interaction, _steps(progress))
        await interaction.response.edit_message(view=_said(words.state(progress)))

    async def _overview(self, user_id: int) -> Card:
        privacy = self._privacy
        used = dict.fromkeys(entry.provider for entry in self._bot.registry.offered)
        texts = [
            words.stored(await privacy.holdings(user_id), privacy.retention.keep_days),
            words.received([TITLES[provider] for provider in used], privacy.link),
        ]
        progress = await privacy.erasing.progress(user_id)
        if progress is not None:
            texts.append(words.state(progress))
        return _said(
            "\n".join(texts),
            ui.Button(label="Export", custom_id=EXPORT),
            ui.Button(label="Erase", custom_id=ERASE, style=discord.ButtonStyle.danger),
        )

    async def _delete(self, channel_id: int, message_id: int) -> Deletion:
        """See `bot.privacy.erasing.Delete`."""
        channel = self._bot.get_partial_messageable(channel_id)
        try:
            with readable():
                await channel.get_partial_message(message_id).delete()
        except FAULTS as error:
            match delivery(error):
                case Delivery.CARD_DELETED:
                    return Deletion.DELETED
                case Delivery.NO_WAY:
                    log.info("erasure.not_deleted", extra={"error": brief(error)})
                    return Deletion.IMPOSSIBLE
                case _:
                    log.warning("erasure.delayed", extra={"error": brief(error)})
                    return Deletion.LATER
        return Deletion.DELETED

    async def _tell(self) -> None:
        """See `bot.privacy.eraser.Eraser`: tell members where they asked, while that goes."""
        self._asked = {
            one: asked
            for one, asked in self._asked.items()
            if not asked.interaction.is_expired() and asked.steps < ALL_STEPS
        }
        for asked in list(self._asked.values()):
            progress = await self._privacy.erasing.progress(asked.interaction.user.id)
            if progress is None or _steps(progress) == asked.steps:
                continue
            asked.steps = _steps(progress)
            try:
                await asked.interaction.edit_original_response(view=_said(words.state(progress)))
            except FAULTS as error:
                log.info("erasure.not_told", extra={"error": brief(error)})


def _said(said: str, *buttons: ui.Button[ui.LayoutView]) -> Card:
    box: ui.Container[ui.LayoutView] = ui.Container(accent_colour=ENDED_COLOUR)
    box.add_item(ui.TextDisplay(said))
    if buttons:
        box.add_item(ui.ActionRow(*buttons))
    return Card(box)


async def setup(bot: RemixBot) -> None:
    """Add the command, and go on with what was asked before."""
    await bot.add_cog(PrivacyCog(bot))
