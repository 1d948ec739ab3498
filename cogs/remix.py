"""/remix: a picture and a prompt become a new picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot import strength as strengths
from bot.backends.base import MagicPrompt, Request
from bot.backends.capabilities import LARGEST_SEED
from bot.backends.entry import Entry, Feature
from bot.client import RemixBot
from bot.errors import credits_text
from bot.jobs.record import Pictures, SourceRef
from bot.quotas import price
from cogs.desk import RemixInteraction, explained, take

MOST_CHOICES = 25
MOST_PICTURES = 20
"""The most that any backend makes at once."""


class Remix(commands.Cog):
    """Remixes of pictures."""

    def __init__(self, bot: RemixBot) -> None:
        self._bot = bot

    @app_commands.command()
    @app_commands.describe(
        image="The picture to remix: PNG, JPEG or WebP. It will be shown in this channel.",
        prompt="What the new picture shows.",
        backend="Which model makes it.",
        strength="How close it stays to your picture: 100 is closest, 1 is furthest.",
        aspect="Its width to its height; else the nearest to your picture's.",
        style="The style, where the backend has styles.",
        seed="The same seed makes the same picture again.",
        count="How many pictures.",
        negative="What it shall not show.",
        magic_prompt="Whether the provider may rewrite your prompt.",
        spoiler="Hide the pictures until they are clicked.",
    )
    async def remix(  # noqa: PLR0913, PLR0917 - each is an option of the command
        self,
        interaction: RemixInteraction,
        image: discord.Attachment,
        prompt: app_commands.Range[str, 1, 2000],
        backend: str | None = None,
        strength: app_commands.Range[int, 1, 100] = strengths.DEFAULT,
        aspect: str | None = None,
        style: str | None = None,
        seed: app_commands.Range[int, 0, LARGEST_SEED] | None = None,
        count: app_commands.Range[int, 1, MOST_PICTURES] = 1,
        negative: app_commands.Range[str, 1, 1000] | None = None,
        magic_prompt: Literal["auto", "on", "off"] = "auto",
        spoiler: bool = False,
    ) -> None:
        """Make a new picture from your picture and a prompt."""
        async with explained(interaction):
            request = Request(
                backend=backend or self._bot.offered[0].name,
                prompt=prompt,
                strength=strength,
                aspect=aspect,
                style=style,
                seed=seed,
                count=count,
                negative=negative,
                magic_prompt=MagicPrompt(magic_prompt),
                spoiler=spoiler,
            )
            source = SourceRef(url=image.url, width=image.width, height=image.height)
            await take(interaction, request, Pictures(source=source))

    @remix.autocomplete("backend")
    async def _complete_backend(
        self, _: RemixInteraction, current: str
    ) -> list[app_commands.Choice[str]]:
        named = [(_describe(entry), entry.name) for entry in self._bot.offered]
        return _matching(named, current)

    @remix.autocomplete("strength")
    async def _complete_strength(
        self, _: RemixInteraction, current: str
    ) -> list[app_commands.Choice[int]]:
        typed = str(current).strip().lower()
        steps = [
            app_commands.Choice(name=f"{name} - {value}", value=value)
            for name, value in strengths.STEPS.items()
            if typed in name.lower() or str(value).startswith(typed)
        ]
        if typed.isdecimal() and 1 <= int(typed) <= strengths.MOST:
            exact = app_commands.Choice(name=typed, value=int(typed))
            steps = [exact, *(step for step in steps if step.value != exact.value)]
        return steps

    @remix.autocomplete("aspect")
    async def _complete_aspect(
        self, interaction: RemixInteraction, current: str
    ) -> list[app_commands.Choice[str]]:
        names = dict.fromkeys(name for entry in self._chosen(interaction) for name in entry.aspects)
        return _matching([(name, name) for name in names], current)

    @remix.autocomplete("style")
    async def _complete_style(
        self, interaction: RemixInteraction, current: str
    ) -> list[app_commands.Choice[str]]:
        names = dict.fromkeys(
            name for entry in self._chosen(interaction) for name in entry.choices(Feature.STYLE)
        )
        return _matching([(name, name) for name in names], current)

    def _chosen(self, interaction: RemixInteraction) -> Iterable[Entry]:
        """The backend typed so far, or the one taken where none is."""
        typed = getattr(interaction.namespace, "backend", None)
        chosen = [entry for entry in self._bot.offered if entry.name == typed]
        return chosen or self._bot.offered[:1]


def _describe(entry: Entry) -> str:
    cost = credits_text(price(entry.price, 1).credits)
    return f"{entry.name} - {cost} - {entry.usual_seconds:g} s"


def _matching(named: list[tuple[str, str]], current: str) -> list[app_commands.Choice[str]]:
    typed = current.strip().lower()
    return [
        app_commands.Choice(name=name, value=value)
        for name, value in named
        if typed in name.lower()
    ][:MOST_CHOICES]


async def setup(bot: RemixBot) -> None:
    """Add the command."""
    await bot.add_cog(Remix(bot))
