"""Deleting messages of the bot's own."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import discord

from bot.client import RemixBot
from bot.gateway import GarbledError, readable


async def remove(bot: RemixBot, channel_id: int, message_ids: Iterable[int]) -> int:
    """Delete messages of a channel; gives how many were there.

    Raises:
        discord.HTTPException: Discord does not let one be deleted; some may be gone.
    """
    channel, deleted = bot.get_partial_messageable(channel_id), 0
    for message_id in message_ids:
        message = channel.get_partial_message(message_id)
        try:
            with readable():
                await message.delete()
        except discord.NotFound:
            continue
        except GarbledError:
            # It may be gone. What is still there is deleted now.
            with suppress(discord.NotFound), readable():
                await message.delete()
        deleted += 1
    return deleted
