"""Logging in without starting: whether Discord takes the token, and who the bot is."""

from __future__ import annotations

import aiohttp
import discord

from bot import gateway
from bot.discord_wire import INTENTS, REFUSALS


class GreetingError(Exception):
    """The bot could not log in; the text says what to do."""


async def greet(token: str, *, proxy: str | None) -> str:
    """Log in as the bot, without starting it, and say who it is.

    Raises:
        GreetingError: Discord refuses the token, or cannot be asked.
    """
    try:
        async with discord.Client(intents=INTENTS, proxy=proxy) as client:
            with gateway.readable():
                await client.login(token)
                shards, _, starts = await client.http.get_bot_gateway()
                remaining = starts["remaining"]
            user = client.user
    except REFUSALS as error:
        raise GreetingError(
            f"{error} Take a new token from the developer portal, and set DISCORD_TOKEN."
        ) from None
    except (aiohttp.ClientError, TimeoutError, discord.DiscordException) as error:
        raise GreetingError(
            f"it cannot be reached ({type(error).__name__}); check the network, PROXY_URL and "
            "DISCORD_URL."
        ) from None
    return f"{user} may connect {remaining} more times today, with {shards} shards."
