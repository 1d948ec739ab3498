"""/remix: a picture and a prompt become a new picture."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.backends.base import Operation
from bot.client import RemixBot
from cogs import options
from cogs.desk import RemixInteraction, explained, take
from cogs.options import Magic, Many, Negative, Prompt, Quality, Seed, Strength


class Remix(commands.Cog):
    """Remixes of pictures."""

    @app_commands.command()
    @options.explained_in_discord
    async def remix(  # noqa: PLR0913, PLR0917 - each is an option of the command
        self,
        interaction: RemixInteraction,
        image: discord.Attachment,
        prompt: Prompt,
        backend: str | None = None,
        strength: Strength | None = None,
        aspect: str | None = None,
        size: str | None = None,
        style: str | None = None,
        style_preset: str | None = None,
        style_codes: str | None = None,
        palette: str | None = None,
        speed: str | None = None,
        seed: Seed | None = None,
        count: Many = 1,
        negative: Negative | None = None,
        magic_prompt: Magic = "auto",
        magic_version: str | None = None,
        format: str | None = None,  # noqa: A002 - so it is called in Discord
        quality: Quality | None = None,
        reference: discord.Attachment | None = None,
        reference2: discord.Attachment | None = None,
        reference3: discord.Attachment | None = None,
        reference4: discord.Attachment | None = None,
        spoiler: bool = False,
    ) -> None:
        """Make a new picture from your picture and a prompt."""
        async with explained(interaction):
            request = options.read(
                Operation.REMIX,
                backend,
                prompt=prompt,
                strength=strength,
                aspect=aspect,
                size=size,
                style=style,
                style_preset=style_preset,
                style_codes=style_codes,
                palette=palette,
                speed=speed,
                seed=seed,
                count=count,
                negative=negative,
                magic_prompt=magic_prompt,
                magic_version=magic_version,
                format=format,
                quality=quality,
                spoiler=spoiler,
            )
            pictures = options.pictures(image, None, reference, reference2, reference3, reference4)
            await take(interaction, request, pictures)


async def setup(bot: RemixBot) -> None:
    """Add the command, where any backend does this."""
    if options.is_offered(bot, Operation.REMIX):
        await bot.add_cog(Remix())
