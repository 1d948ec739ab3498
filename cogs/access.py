"""Which permissions the bot lacks in a channel, by the names that Discord's client shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeGuard

import discord

from bot import lacking
from bot.servers import Server
from cogs.people import RemixInteraction

HIDDEN: Final = "___hidden___"
"""The name under which the gateway tells of channels that the bot does not see, and hides the
rest of them (Discord's documentation, topics/permissions, "Channel Visibility", read 2026-11)."""
VIEW: Final = "View Channel"
IN_THREADS: Final = "Send Messages in Threads"
LOCKED: Final = (
    "This thread is locked, and in locked threads the bot needs the permission Manage Threads. "
    "Ask a moderator to unlock the thread."
)


@dataclass(frozen=True, kw_only=True)
class Lack:
    """What stands in the way of pictures in a channel; false where nothing does."""

    permissions: tuple[str, ...] = ()
    """Names of those that the bot lacks."""
    locked: bool = False
    """Whether it is a locked thread, and the bot may not write in those."""

    def __bool__(self) -> bool:
        return bool(self.permissions) or self.locked

    @property
    def sentence(self) -> str:
        """What it means for a member, and whom they can ask."""
        if not self.permissions:
            return LOCKED
        return (
            f"In this channel the bot lacks the permission {', '.join(self.permissions)}. "
            "Ask someone who manages the server to give it."
        )


def here(interaction: RemixInteraction) -> Lack:
    """What the bot lacks for pictures where an interaction is."""
    have, channel = interaction.app_permissions, interaction.channel
    thread = channel if isinstance(channel, discord.Thread) else None
    locked = thread is not None and thread.locked and not have.manage_threads
    return Lack(permissions=_for_pictures(have, thread=thread is not None), locked=locked)


async def obstacle(interaction: RemixInteraction, server: Server) -> str | None:
    """Say what keeps the bot from posting pictures here, and tell the log channel once a day.

    Returns:
        A sentence for the member; None where nothing does.
    """
    lack = here(interaction)
    if lack.permissions:
        bot = interaction.client
        await lacking.tell(
            bot.database, bot.clock, server, interaction.channel_id or 0, lack.permissions
        )
    return lack.sentence if lack else None


def is_known(guild: discord.Guild | None) -> TypeGuard[discord.Guild]:
    """Say whether the gateway told of a server's channels, and Discord has no outage there."""
    return guild is not None and not guild.unavailable and bool(guild.channels)


def for_log(guild: discord.Guild | None, channel_id: int) -> tuple[str, ...]:
    """What the bot lacks to post in a log channel, as far as the gateway told.

    Args:
        guild: The server; None where it is not known yet.
        channel_id: The log channel; nothing is said of one that is gone.
    """
    channel = guild.get_channel(channel_id) if is_known(guild) else None
    return () if channel is None else writing(_have(channel))


def for_pictures(guild: discord.Guild | None, channel_id: int) -> tuple[str, ...]:
    """What the bot lacks for pictures in a channel, as far as the gateway told.

    Args:
        guild: The server; None where it is not known yet.
        channel_id: Nothing is said of a category, nor of a channel that is gone.
    """
    channel = guild.get_channel(channel_id) if is_known(guild) else None
    if channel is None or isinstance(channel, discord.CategoryChannel):
        return ()
    # In a forum everything is written in posts.
    return _for_pictures(_have(channel), thread=isinstance(channel, discord.ForumChannel))


def writing(have: discord.Permissions) -> tuple[str, ...]:
    """What is lacking of these permissions to post messages."""
    return _lacking({VIEW: have.view_channel, "Send Messages": have.send_messages})


def _have(channel: discord.abc.GuildChannel) -> discord.Permissions:
    if channel.name == HIDDEN:
        return discord.Permissions.none()
    return channel.permissions_for(channel.guild.me)


def _for_pictures(have: discord.Permissions, *, thread: bool) -> tuple[str, ...]:
    write = have.send_messages_in_threads if thread else have.send_messages
    return _lacking(
        {
            VIEW: have.view_channel,
            IN_THREADS if thread else "Send Messages": write,
            "Attach Files": have.attach_files,
            "Read Message History": have.read_message_history,
        }
    )


def _lacking(needs: dict[str, bool]) -> tuple[str, ...]:
    if not needs[VIEW]:
        # Nothing is known of the others: whoever does not see a channel has none there.
        return (VIEW,)
    return tuple(name for name, given in needs.items() if not given)
