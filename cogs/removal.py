"""Deleting messages of the bot's own."""

from __future__ import annotations

from collections.abc import Iterable

import discord

from bot.client import RemixBot


async def remove(bot: RemixBot, channel_id: int, message_ids: Iterable[int]) -> int:
    """Delete messages of a channel; gives how many were there.

    Raises:
        discord.HTTPException: Discord does not let one be deleted; some may be gone.
    """
    channel, deleted = bot.get_partial_messageable(channel_id), 0
    for message_id in message_ids:
        try:
            await channel.get_partial_message(message_id).delete()
        except discord.NotFound:
            continue
        deleted += 1
    return deleted
