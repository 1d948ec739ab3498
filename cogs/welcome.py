"""The welcome: one short message for a server that the bot joins, with a way to set it up.

It is posted once for each joining, also where the bot was offline at that moment. Until set-up
is finished, the defaults of `bot.servers` and the starter list of rules hold.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Final

import discord
from discord import ui
from discord.ext import commands

from bot.client import RemixBot
from bot.discord_wire import FAULTS
from bot.gateway import readable
from bot.syncing import SYNCED
from cogs import access, text
from cogs.cards import WAITING_COLOUR, Card
from cogs.delivery import brief, is_final
from cogs.settings_ids import SettingsId, Verb
from storage import facts, servers
from storage.database import Transaction

log = logging.getLogger(__name__)

WITHIN_MS: Final = 24 * 3600 * 1000
"""Who joined longer ago is not welcomed any more."""
SINCE: Final = "welcomes_since"
"""The fact that says when welcoming began: servers that were there before are not welcomed."""
MOST_TRIES: Final = 3
"""Channels that are tried before the owner is written to."""
TRIES: Final = 2


class Welcome(commands.Cog):
    """Welcomes servers."""

    def __init__(self, bot: RemixBot) -> None:
        self._bot = bot
        self._since = 0

    async def cog_load(self) -> None:
        """Find out since when servers are welcomed: from the first start of a new database on."""
        database = self._bot.database
        known = await facts.get(database, SINCE)
        if known is None:
            # Commands were synced before by a version that welcomed nobody.
            upgraded = await facts.get(database, SYNCED) is not None
            known = str(self._bot.clock.now() if upgraded else 0)

            async def work(tx: Transaction, since: str = known) -> None:
                await facts.swap(tx, SINCE, None, since)

            await database.transaction(work)
            # Another process may have begun a moment before.
            known = await facts.get(database, SINCE) or known
        self._since = int(known)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Welcome a server that the bot joins."""
        await self._welcome(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Welcome a server that the bot joined while it was offline."""
        await self._welcome(guild)

    async def _welcome(self, guild: discord.Guild) -> None:
        joined = self._joined(guild)
        if joined is None or not await self._mark(guild.id):
            return
        async for place in self._places(guild):
            if await self._say(guild, place, joined):
                log.info("server.welcomed", extra={"server": guild.id})
                return

    async def _say(
        self, guild: discord.Guild, place: discord.TextChannel | discord.DMChannel, joined: int
    ) -> bool:
        """Say it in one place; once more where it is not known whether it is there."""
        for _ in range(TRIES):
            view = welcome(guild, direct=isinstance(place, discord.DMChannel))
            try:
                with readable():
                    # The nonce keeps Discord from taking it twice.
                    await place.send(view=view, nonce=f"welcome-{joined}")
            except FAULTS as error:
                log.info("welcome.refused", extra={"server": guild.id, "error": brief(error)})
                if is_final(error):
                    return False
            else:
                return True
        return False

    def _joined(self, guild: discord.Guild) -> int | None:
        """When the bot joined a server, in milliseconds; None where that is nothing new.

        Nor is it where the operator does not serve the server.
        """
        # The bot's own member comes with the server, but for an outage.
        me = guild.get_member(self._bot.user.id) if self._bot.user is not None else None
        if guild.unavailable or me is None or me.joined_at is None:
            return None
        joined = int(me.joined_at.timestamp() * 1000)
        recent = joined > max(self._since, self._bot.clock.now() - WITHIN_MS)
        allowed = self._bot.jobs.context.limits.allowed_servers
        return joined if recent and (not allowed or guild.id in allowed) else None

    async def _mark(self, server_id: int) -> bool:
        now = self._bot.clock.now()

        async def work(tx: Transaction) -> bool:
            return await servers.mark_welcomed(tx, server_id, now=now)

        return await self._bot.database.transaction(work)

    async def _places(
        self, guild: discord.Guild
    ) -> AsyncIterator[discord.TextChannel | discord.DMChannel]:
        """Where a welcome can go, the best place first."""
        for number, channel in enumerate(_channels(guild)):
            if number < MOST_TRIES:
                yield channel
        if guild.owner_id is not None:
            try:
                with readable():
                    owner = await self._bot.create_dm(discord.Object(guild.owner_id))
            except FAULTS as error:
                log.info("welcome.refused", extra={"server": guild.id, "error": brief(error)})
            else:
                yield owner


def _channels(guild: discord.Guild) -> Iterator[discord.TextChannel]:
    """The channel for Discord's own messages, then the others from the top."""
    system = guild.system_channel
    others = (channel for channel in guild.text_channels if channel != system)
    for channel in (*([system] if system else []), *others):
        if not access.for_log(guild, channel.id):
            yield channel


def welcome(guild: discord.Guild, *, direct: bool) -> Card:
    """The welcome.

    Args:
        guild: For which server.
        direct: Whether it goes to the owner alone, and not into the server.
    """
    box: ui.Container[ui.LayoutView] = ui.Container(accent_colour=WAITING_COLOUR)
    box.add_item(ui.TextDisplay(_words(guild, direct=direct)))
    box.add_item(ui.ActionRow(_button(guild, direct=direct)))
    return Card(box)


def _words(guild: discord.Guild, *, direct: bool) -> str:
    begin = f"use `/settings` in {text.inline(guild.name)}" if direct else "press **Set up**"
    return (
        "### Hello\n"
        "With `/remix`, a picture and a few words, members make a new picture out of theirs.\n"
        f"To say where, by whom and how, moderators {begin}. Until then everyone may use it, with "
        "a few credits each, and a short list of rules for prompts holds.\n"
        "-# `/help` shows what you can do here."
    )


def _button(guild: discord.Guild, *, direct: bool) -> ui.Button[ui.LayoutView]:
    if direct:
        # What is set belongs to a server, so it is set there.
        return ui.Button(label="Go to the server", url=f"https://discord.com/channels/{guild.id}")
    return ui.Button(
        label="Set up",
        style=discord.ButtonStyle.primary,
        custom_id=str(SettingsId(verb=Verb.OPEN)),
    )


async def setup(bot: RemixBot) -> None:
    """Welcome servers."""
    await bot.add_cog(Welcome(bot))
