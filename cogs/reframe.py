"""/reframe: a picture is carried on into another shape."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.backends.base import Operation
from bot.client import RemixBot
from cogs import options
from cogs.desk import RemixInteraction, explained, take
from cogs.options import Few, Seed


class Reframe(commands.Cog):
    """Pictures carried on into another shape."""

    @app_commands.command()
    @options.explained_in_discord
    async def reframe(  # noqa: PLR0913, PLR0917 - each is an option of the command
        self,
        interaction: RemixInteraction,
        image: discord.Attachment,
        aspect: str | None = None,
        size: str | None = None,
        backend: str | None = None,
        style: str | None = None,
        style_preset: str | None = None,
        style_codes: str | None = None,
        palette: str | None = None,
        speed: str | None = None,
        seed: Seed | None = None,
        count: Few = 1,
        reference: discord.Attachment | None = None,
        reference2: discord.Attachment | None = None,
        reference3: discord.Attachment | None = None,
        reference4: discord.Attachment | None = None,
        spoiler: bool = False,
    ) -> None:
        """Carry your picture on into another shape."""
        async with explained(interaction):
            request = options.read(
                Operation.REFRAME,
                backend,
                aspect=aspect,
                size=size,
                style=style,
                style_preset=style_preset,
                style_codes=style_codes,
                palette=palette,
                speed=speed,
                seed=seed,
                count=count,
                spoiler=spoiler,
            )
            pictures = options.pictures(image, None, reference, reference2, reference3, reference4)
            await take(interaction, request, pictures)


async def setup(bot: RemixBot) -> None:
    """Add the command, where any backend does this."""
    if options.is_offered(bot, Operation.REFRAME):
        await bot.add_cog(Reframe())
