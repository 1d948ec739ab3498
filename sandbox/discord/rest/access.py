"""What the bot may see and do, checked for every route about channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord.body import Body
from sandbox.discord.channels import Channel
from sandbox.discord.errors import (
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    NO_HISTORY_TO_REPLY,
    THREAD_ARCHIVED,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    ApiError,
)
from sandbox.discord.message import Message
from sandbox.discord.permissions import Permission

if TYPE_CHECKING:
    from sandbox.discord.world import World


def number_in(request: web.Request, key: str) -> int:
    """Return an id of the path, 0 where it is none."""
    text = request.match_info[key]
    return int(text) if text.isdecimal() else 0


def channel_in(world: World, request: web.Request) -> Channel:
    """Return the channel of the path.

    Raises:
        ApiError: There is none (10003), or the bot does not see it (50001).
    """
    channel = world.channels.get(number_in(request, "channel_id"))
    if channel is None or channel.deleted:
        raise ApiError(UNKNOWN_CHANNEL)
    if not channel.guild.installed or not channel.guild.bot_member.can_see(channel):
        raise ApiError(MISSING_ACCESS)
    return channel


def message_in(world: World, channel: Channel, message_id: int) -> Message:
    """Return a message of a channel; ephemeral ones are in none.

    Raises:
        ApiError: There is none (10008).
    """
    message = world.messages.get(message_id)
    if message is None or message.deleted or message.ephemeral or message.channel is not channel:
        raise ApiError(UNKNOWN_MESSAGE)
    return message


def has(channel: Channel, permission: Permission) -> bool:
    """Say whether the bot has a permission in a channel."""
    return bool(channel.permissions_of(channel.guild.bot_member) & permission)


def require(channel: Channel, permission: Permission) -> None:
    """Check a permission of the bot.

    Raises:
        ApiError: It does not have it (50013).
    """
    if not has(channel, permission):
        raise ApiError(MISSING_PERMISSIONS)


def check_posting(channel: Channel, body: Body) -> None:
    """Check that the bot may send this message.

    Raises:
        ApiError: It may not (50013), or not reply (160002).
    """
    require(channel, channel.posting)
    if body.files:
        require(channel, Permission.ATTACH_FILES)
    if body.message.get("embeds"):
        require(channel, Permission.EMBED_LINKS)
    if body.message.get("message_reference") and not has(channel, Permission.READ_MESSAGE_HISTORY):
        raise ApiError(NO_HISTORY_TO_REPLY)


def check_open(channel: Channel) -> None:
    """Check that messages in a channel can be edited.

    Raises:
        ApiError: It is an archived thread (50083).
    """
    if channel.archived:
        raise ApiError(THREAD_ARCHIVED)
