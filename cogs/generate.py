"""/generate: a prompt becomes a picture."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.backends.base import Operation
from bot.client import RemixBot
from bot.jobs.record import Pictures
from cogs import options
from cogs.desk import RemixInteraction, explained, take
from cogs.options import Magic, Negative, Prompt, Seed


class Generate(commands.Cog):
    """Pictures from words alone."""

    @app_commands.command()
    @options.explained_in_discord
    async def generate(  # noqa: PLR0913, PLR0917 - each is an option of the command
        self,
        interaction: RemixInteraction,
        prompt: Prompt,
        backend: str | None = None,
        aspect: str | None = None,
        style: str | None = None,
        seed: Seed | None = None,
        negative: Negative | None = None,
        magic_prompt: Magic = "auto",
        spoiler: bool = False,
    ) -> None:
        """Make a picture from a prompt alone."""
        async with explained(interaction):
            request = options.read(
                Operation.GENERATE,
                backend,
                prompt=prompt,
                aspect=aspect,
                style=style,
                seed=seed,
                negative=negative,
                magic_prompt=magic_prompt,
                spoiler=spoiler,
            )
            await take(interaction, request, Pictures())


async def setup(bot: RemixBot) -> None:
    """Add the command, where any backend does this."""
    if options.is_offered(bot, Operation.GENERATE):
        await bot.add_cog(Generate())
