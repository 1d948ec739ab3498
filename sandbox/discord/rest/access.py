"""What the bot may see and do, checked for every route about channels.

Which error meets what cannot hold messages (50008 where one is sent, 50024 for anything else) is
inferred from Discord's sentences for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord.body import Body
from sandbox.discord.channels import WITHOUT_MESSAGES, Channel
from sandbox.discord.direct import DirectChannel
from sandbox.discord.errors import (
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    NO_HISTORY_TO_REPLY,
    NOT_A_TEXT_CHANNEL,
    NOT_IN_DIRECT_MESSAGES,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    WRONG_CHANNEL_TYPE,
    ApiError,
)
from sandbox.discord.message import Message
from sandbox.discord.permissions import Permission
from sandbox.discord.places import Place

if TYPE_CHECKING:
    from sandbox.discord.world import World


def number_in(request: web.Request, key: str) -> int:
    """Return an id of the path, 0 where it is none."""
    text = request.match_info[key]
    return int(text) if text.isdecimal() else 0


def channel_in(world: World, request: web.Request) -> Place:
    """Return the channel, thread or direct conversation of the path.

    Raises:
        ApiError: There is none (10003), or the bot does not see it (50001).
    """
    channel = world.channels.get(number_in(request, "channel_id"))
    if channel is None or channel.deleted:
        raise ApiError(UNKNOWN_CHANNEL)
    guild = channel.guild
    if guild is not None and not (guild.installed and guild.bot_member.can_see(channel)):
        raise ApiError(MISSING_ACCESS)
    return channel


def history_in(world: World, request: web.Request) -> Place:
    """Return the place of the path, which must be one that holds messages.

    Raises:
        ApiError: As in `channel_in`, or it holds none (50024).
    """
    channel = channel_in(world, request)
    if isinstance(channel, Channel) and channel.kind in WITHOUT_MESSAGES:
        raise ApiError(WRONG_CHANNEL_TYPE)
    return channel


def message_in(world: World, channel: Place, message_id: int) -> Message:
    """Return a message of a channel; ephemeral ones are in none.

    Raises:
        ApiError: There is none (10008).
    """
    message = world.messages.get(message_id)
    if message is None or message.deleted or message.ephemeral or message.channel is not channel:
        raise ApiError(UNKNOWN_MESSAGE)
    return message


def has(channel: Place, permission: Permission) -> bool:
    """Say whether the bot has a permission in a channel."""
    return bool(channel.bot_permissions() & permission)


def require(channel: Place, permission: Permission) -> None:
    """Check a permission of the bot.

    Raises:
        ApiError: It does not have it (50013).
    """
    if not has(channel, permission):
        raise ApiError(MISSING_PERMISSIONS)


def require_posting(channel: Place) -> None:
    """Check that the bot may write here.

    Raises:
        ApiError: Nobody can (50008), or it may not (50013).
    """
    if isinstance(channel, Channel):
        if channel.kind in WITHOUT_MESSAGES:
            raise ApiError(NOT_A_TEXT_CHANNEL)
        require(channel, channel.posting)


def check_posting(channel: Place, body: Body) -> None:
    """Check that the bot may send this message.

    Raises:
        ApiError: It may not (50008, 50013), not reply (160002), or the user of a direct
            conversation does not take it (50007, 50278).
    """
    require_posting(channel)
    if isinstance(channel, DirectChannel):
        channel.check_taken()
    if body.files:
        require(channel, Permission.ATTACH_FILES)
    if body.message.get("embeds"):
        require(channel, Permission.EMBED_LINKS)
    if body.message.get("message_reference") and not has(channel, Permission.READ_MESSAGE_HISTORY):
        raise ApiError(NO_HISTORY_TO_REPLY)


def check_deleting(channel: Place, message: Message) -> None:
    """Check that the bot may delete a message: its own of any age, others' with permission.

    Raises:
        ApiError: It may not (50013), or it is another's in a direct conversation (50003).
    """
    if message.author is channel.world.bot:
        return
    if isinstance(channel, DirectChannel):
        raise ApiError(NOT_IN_DIRECT_MESSAGES)
    require(channel, Permission.MANAGE_MESSAGES)
