"""/edit: a marked part of a picture is made anew."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.backends.base import Operation
from bot.client import RemixBot
from cogs import options
from cogs.desk import RemixInteraction, explained, take
from cogs.options import Few, Magic, Prompt, Seed


class Edit(commands.Cog):
    """Pictures of which a part is made anew."""

    @app_commands.command()
    @options.explained_in_discord
    async def edit(  # noqa: PLR0913, PLR0917 - each is an option of the command
        self,
        interaction: RemixInteraction,
        image: discord.Attachment,
        prompt: Prompt,
        mask: discord.Attachment | None = None,
        backend: str | None = None,
        style: str | None = None,
        style_preset: str | None = None,
        style_codes: str | None = None,
        palette: str | None = None,
        speed: str | None = None,
        seed: Seed | None = None,
        count: Few = 1,
        magic_prompt: Magic = "auto",
        reference: discord.Attachment | None = None,
        reference2: discord.Attachment | None = None,
        reference3: discord.Attachment | None = None,
        reference4: discord.Attachment | None = None,
        spoiler: bool = False,
    ) -> None:
        """Make a part of your picture anew: what a mask marks in white, or what is transparent."""
        async with explained(interaction):
            request = options.read(
                Operation.EDIT,
                backend,
                prompt=prompt,
                style=style,
                style_preset=style_preset,
                style_codes=style_codes,
                palette=palette,
                speed=speed,
                seed=seed,
                count=count,
                magic_prompt=magic_prompt,
                spoiler=spoiler,
            )
            pictures = options.pictures(image, mask, reference, reference2, reference3, reference4)
            await take(interaction, request, pictures)


async def setup(bot: RemixBot) -> None:
    """Add the command, where any backend does this."""
    if options.is_offered(bot, Operation.EDIT):
        await bot.add_cog(Edit())
