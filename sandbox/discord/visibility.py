"""What the gateway hides from a bot that does not see a channel.

Source: Discord's documentation, topics/permissions, "Channel Visibility", and the pull request
8454 that brought it (discord/discord-api-docs), read 2026-11; mandatory since 2026-11-16. The
name of such a channel becomes "___hidden___" and flag 1 << 17 is set; only id, type, position
and parent_id can be relied on. Interactions and the REST API never obfuscate. When the bot gains
sight, a CHANNEL_UPDATE carries everything, and the threads follow in a THREAD_LIST_SYNC
(topics/threads). That losing sight is told by an obfuscated CHANNEL_UPDATE is inferred, and so is
what stands in the fields that are not to be relied on.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sandbox.discord.sessions import Intent

if TYPE_CHECKING:
    from sandbox.discord.channels import Channel
    from sandbox.discord.guilds import Guild

HIDDEN_NAME = "___hidden___"
OBFUSCATED = 1 << 17


def obfuscated(payload: dict[str, Any]) -> dict[str, Any]:
    """Return a channel object as a bot gets it that does not see the channel."""
    hidden = {
        "name": HIDDEN_NAME,
        "flags": payload["flags"] | OBFUSCATED,
        "last_message_id": None,
        "permission_overwrites": [],
        "nsfw": False,
    }
    return {**payload, **hidden, **({"topic": None} if "topic" in payload else {})}


@contextmanager
def telling_what_changes(guild: Guild) -> Generator[None]:
    """Tell the bot afterwards which channels it gained or lost sight of.

    For changes of roles; a change of a channel itself is told in any case.
    """
    bot = guild.bot_member
    channels = [c for c in guild.channels if not c.is_thread and not c.deleted]
    before = [channel.seen_by(bot) for channel in channels]
    yield
    for channel, seen in zip(channels, before, strict=True):
        if channel.seen_by(bot) != seen:
            channel.announce("UPDATE")
            if not seen:
                sync_threads(channel)


def sync_threads(channel: Channel) -> None:
    """Tell the bot of the active threads in a channel that it sees from now on."""
    threads = [thread for thread in channel.children if thread.is_thread and not thread.archived]
    payload = {
        "guild_id": str(channel.guild.id),
        "channel_ids": [str(channel.id)],
        "threads": [thread.payload() for thread in threads],
        "members": [],
    }
    channel.world.gateway.dispatch(
        "THREAD_LIST_SYNC", payload, guild_id=channel.guild.id, needs=Intent.GUILDS
    )
