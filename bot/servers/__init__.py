"""Servers as their moderators set them."""

from bot.servers.settings import (
    UNSET,
    Flagged,
    Pressers,
    Remixable,
    Server,
    ServerSettings,
    read,
    read_server,
    write,
)

__all__ = [
    "UNSET",
    "Flagged",
    "Pressers",
    "Remixable",
    "Server",
    "ServerSettings",
    "read",
    "read_server",
    "write",
]
