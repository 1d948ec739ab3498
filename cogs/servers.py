"""In which servers the bot is, and what is done about those that it left, seen or unseen."""

from __future__ import annotations

import asyncio
import logging

import discord
from discord.ext import commands

from bot.client import RemixBot

log = logging.getLogger(__name__)

SWEEP_SECONDS = 3600.0
"""Between two looks for servers whose rows are to be deleted."""


class Servers(commands.Cog):
    """Follows the gateway. An outage is no removal: the server stays among the bot's."""

    def __init__(self, bot: RemixBot) -> None:
        self._bot = bot
        self._loop: asyncio.Task[None] | None = None

    async def cog_unload(self) -> None:
        """Delete no more; what is left goes on after the next start."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Keep what is stored of a server that invited the bot again."""
        await self._bot.services.departures.arrived([guild.id])
        log.info("server.joined", extra={"server": guild.id})

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """End what is under way in a server that removed the bot."""
        if self._bot.get_guild(guild.id) is None:
            await self._leave(guild.id)

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Find out what happened while the bot was offline."""
        departures, shards = self._bot.services.departures, self._bot.shard_count or 1

        def is_ours(server_id: int) -> bool:
            return (server_id >> 22) % shards == shard_id

        present = {guild.id for guild in self._bot.guilds if is_ours(guild.id)}
        await departures.arrived(present)
        for server_id in await departures.missing(present, is_ours):
            await self._leave(server_id)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Begin to delete what is old enough, now that it is known where the bot is."""
        if self._loop is None:
            self._loop = asyncio.create_task(self._go_on(), name="departures")

    async def _leave(self, server_id: int) -> None:
        for job_id in await self._bot.services.departures.left(server_id):
            # Given back at once unless its provider is at work and cannot stop; then at its end,
            # since it cannot be shown.
            await self._bot.jobs.cancel(job_id)

    async def _go_on(self) -> None:
        while True:
            try:
                await self._bot.services.departures.sweep(self._is_here, self._is_ours)
            except Exception:
                log.exception("departures.fault")
            await asyncio.sleep(SWEEP_SECONDS)

    def _is_ours(self, server_id: int) -> bool:
        """Say whether a shard of this process is the server's."""
        return (server_id >> 22) % (self._bot.shard_count or 1) in self._bot.shards

    def _is_here(self, server_id: int) -> bool:
        return self._bot.get_guild(server_id) is not None


async def setup(bot: RemixBot) -> None:
    """Follow the gateway."""
    await bot.add_cog(Servers(bot))
