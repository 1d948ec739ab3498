"""The wire to Discord: where it leads, what may go wrong on it, and how discord.py takes that.

Imported before a client is made: what discord.py does wrong with garbage is mended in its classes.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

import aiohttp
import discord
import yarl
from discord.asset import Asset
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import Route

from bot import gateway

log = logging.getLogger(__name__)

CDN_HOSTS = frozenset(
    {
        *("cdn.discordapp.com", "media.discordapp.net"),
        # Discord's copies of pictures of other sites, as embeds show them.
        *("images-ext-1.discordapp.net", "images-ext-2.discordapp.net"),
    }
)
INTENTS = discord.Intents(guilds=True)
"""None of them is privileged, so nothing need be switched on for them."""
UNREACHABLE = (
    *(aiohttp.ClientError, TimeoutError),
    *(discord.DiscordServerError, discord.GatewayNotFound),
)
"""Discord cannot be reached, or is out of order."""
FAULTS = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)
"""All that a request to Discord may raise."""
REFUSALS = (discord.LoginFailure, discord.PrivilegedIntentsRequired)
"""Discord does not let the bot in; their texts say why."""


_PASSING = (ReconnectWebSocket, discord.ConnectionClosed, aiohttp.ClientError, OSError)
# Shards make their sockets of this class, and take no other.
setattr(  # noqa: B010 - discord.py types its frames as anything
    DiscordWebSocket,
    "received_message",
    gateway.connecting_anew(DiscordWebSocket.received_message, passing=_PASSING),
)


def _beginning(
    connect: Callable[..., Awaitable[DiscordWebSocket]],
) -> Callable[..., Awaitable[DiscordWebSocket]]:
    """Take a connection for a new session that ends before it began for one that was not made.

    discord.py 2.7.1 ends the whole client otherwise (discord/shard.py `Shard.reconnect`, read
    2026-11). Where a session was to go on, it handles that by itself.
    """

    async def begun(client: discord.Client, **options: object) -> DiscordWebSocket:
        try:
            return await connect(client, **options)
        except ReconnectWebSocket as error:
            if options.get("resume"):
                raise
            raise gateway.GarbledError("the connection ended before a session began") from error

    return begun


setattr(  # noqa: B010 - it is no method that a subclass could have
    DiscordWebSocket, "from_client", _beginning(DiscordWebSocket.from_client)
)
# Every answer to an interaction passes here, those that discord.py gives by itself too.
_READ = (
    *((discord.InteractionResponse, name) for name in ("send_message", "edit_message", "defer")),
    *((discord.Interaction, f"{verb}_original_response") for verb in ("edit", "delete")),
)
for _kind, _name in _READ:
    setattr(_kind, _name, gateway.reading(getattr(_kind, _name)))


def _offering(offer: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Let choices that do not arrive be none: discord.py would log them as a fault of ours."""

    async def offered(response: object, choices: object, /) -> None:
        try:
            with gateway.readable():
                await offer(response, choices)
        except FAULTS as error:
            log.info("choices.lost", extra={"error": type(error).__name__})

    return offered


setattr(  # noqa: B010 - it is no method that a subclass could have
    discord.InteractionResponse, "autocomplete", _offering(discord.InteractionResponse.autocomplete)
)


def use_discord_at(url: str) -> None:
    """Send everything to another Discord than the usual, such as the sandbox."""
    base = yarl.URL(url)
    Route.BASE = str(base / "api/v10")
    socket_url = base.with_scheme("wss" if base.scheme == "https" else "ws") / "gateway"
    DiscordWebSocket.DEFAULT_GATEWAY = socket_url
    setattr(Asset, "BASE", str(base).rstrip("/"))  # noqa: B010 - its type is a literal


def cdn_hosts(discord_url: str) -> frozenset[str]:
    """The hosts that pictures of messages are read from."""
    return CDN_HOSTS | {urlsplit(discord_url).netloc}


@contextmanager
def answered() -> Generator[None]:
    """Take what is none of Discord's answers, and a ban by Cloudflare, for no answer."""
    try:
        with gateway.readable():
            yield
    except discord.HTTPException as error:
        if error.status != 429:
            raise
        raise gateway.GarbledError("HTTP 429") from error
