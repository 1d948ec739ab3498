"""Posting to servers' log channels what was written for them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import discord
from discord import ui
from discord.ext import commands

from bot.client import RemixBot
from bot.discord_wire import FAULTS
from bot.duties import Duty
from bot.gateway import readable
from bot.jobs.presenter import Delivery
from bot.logbook import POST, Post
from cogs import text
from cogs.cards import ENDED_COLOUR, Card
from cogs.delivery import brief, delivery
from storage import log_posts
from storage.database import StorageError, Transaction
from storage.log_posts import LogPost

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""Between two looks for posts."""
AT_ONCE = 20
MOST_EACH = 5
"""Of one channel at once; Discord takes about as many in five seconds."""
RETRY_MS = 30_000
GIVE_UP_MS = 24 * 3600 * 1000
MOST_QUOTED = 2500
"""Characters of a member's text."""


class Logbook(commands.Cog):
    """Posts in the order of writing; each at least once, and once as far as Discord tells."""

    def __init__(self, bot: RemixBot) -> None:
        self._bot = bot
        # Two processes would cross each other's posts, and pass Discord's limits together.
        self._duty = Duty(database=bot.database, clock=bot.clock, name="logbook")
        self._loop: asyncio.Task[None] | None = None

    async def cog_load(self) -> None:
        """Begin to post."""
        self._loop = asyncio.create_task(self._go_on(), name="logbook")

    async def cog_unload(self) -> None:
        """Post no more; what is left is posted after the next start."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)

    async def _go_on(self) -> None:
        while True:
            try:
                if await self._duty.mine():
                    await self._post_due()
            except StorageError as error:
                log.error("logbook.not_stored", extra={"reason": str(error)})  # noqa: TRY400 - it is said whole
            except Exception:
                log.exception("logbook.fault")
            await asyncio.sleep(LOOK_SECONDS)

    async def _post_due(self) -> None:
        by_channel: dict[int, list[LogPost]] = {}
        for post in await log_posts.due(
            self._bot.database, now=self._bot.clock.now(), most=AT_ONCE, most_each=MOST_EACH
        ):
            by_channel.setdefault(post.channel_id, []).append(post)
        # One server's flood, which Discord slows down, keeps no other server waiting.
        await asyncio.gather(*map(self._post_all, by_channel.values()))

    async def _post_all(self, posts: Sequence[LogPost]) -> None:
        try:
            for post in posts:
                if await self._claim(post):
                    await self._post(post)
        except Exception:
            log.exception("logbook.fault")

    async def _claim(self, post: LogPost) -> bool:
        until = self._bot.clock.now() + RETRY_MS

        async def work(tx: Transaction) -> bool:
            return await log_posts.claim(tx, post, until=until)

        return await self._bot.database.transaction(work)

    async def _post(self, post: LogPost) -> None:
        channel = self._bot.get_partial_messageable(post.channel_id, guild_id=post.server_id)
        about = {"server": post.server_id}
        view = layout(POST.validate_json(post.body))
        try:
            with readable():
                # The nonce keeps Discord from taking it twice.
                await channel.send(view=view, nonce=post.id)
        except FAULTS as error:
            old = self._bot.clock.now() - post.created > GIVE_UP_MS
            lost = old or delivery(error) is Delivery.NO_WAY
            log.warning("logbook.not_posted", extra={**about, "error": brief(error), "lost": lost})
            if not lost:
                return
        await self._remove(post)

    async def _remove(self, post: LogPost) -> None:
        async def work(tx: Transaction) -> None:
            await log_posts.remove(tx, post.id)

        await self._bot.database.transaction(work)


def layout(post: Post) -> Card:
    """What a post looks like."""
    box: ui.Container[ui.LayoutView] = ui.Container(accent_colour=ENDED_COLOUR)
    box.add_item(ui.TextDisplay("\n".join([f"### {post.title}", *post.lines])))
    if post.quoted:
        box.add_item(ui.TextDisplay(text.block(post.quoted[:MOST_QUOTED])))
    if post.buttons:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        for one in post.buttons:
            style = discord.ButtonStyle.danger if one.danger else discord.ButtonStyle.secondary
            row.add_item(ui.Button(label=one.label, style=style, custom_id=one.custom_id))
        box.add_item(row)
    return Card(box)


async def setup(bot: RemixBot) -> None:
    """Post to log channels."""
    await bot.add_cog(Logbook(bot))
