"""Channels and the messages in them, as the bot itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord.body import Body
from sandbox.discord.errors import NOT_THE_AUTHOR, ApiError, invalid
from sandbox.discord.message import Message
from sandbox.discord.permissions import Permission
from sandbox.discord.places import Place
from sandbox.discord.rest.access import (
    channel_in,
    check_deleting,
    check_posting,
    has,
    history_in,
    message_in,
    number_in,
    require,
    require_posting,
)
from sandbox.discord.rest.reply import body_of, reply
from sandbox.discord.threads import check_deletable, check_editable, open_for_message

if TYPE_CHECKING:
    from sandbox.discord.world import World

NONCE_SECONDS = 180.0
"""How long a nonce is unique: "the past few minutes" (resources/message, "Create Message")."""


def routes(world: World) -> list[web.RouteDef]:
    """Return the routes of channels."""
    messages = _Messages(world)
    base = "/channels/{channel_id}"
    one = f"{base}/messages/{{message_id}}"
    return [
        web.get(base, messages.channel),
        web.post(f"{base}/typing", messages.typing),
        web.get(f"{base}/messages", messages.listed),
        web.post(f"{base}/messages", messages.create),
        web.get(one, messages.get),
        web.patch(one, messages.edit),
        web.delete(one, messages.delete),
    ]


class _Messages:
    def __init__(self, world: World) -> None:
        self._world = world

    async def channel(self, request: web.Request) -> web.Response:
        return reply(channel_in(self._world, request).payload())

    async def typing(self, request: web.Request) -> web.Response:
        require_posting(channel_in(self._world, request))
        return reply()

    async def listed(self, request: web.Request) -> web.Response:
        channel = history_in(self._world, request)
        if not has(channel, Permission.READ_MESSAGE_HISTORY):
            return reply([])
        page = _page(channel, request)
        return reply([message.payload(with_content=message.readable) for message in page])

    async def get(self, request: web.Request) -> web.Response:
        channel = history_in(self._world, request)
        require(channel, Permission.READ_MESSAGE_HISTORY)
        message = self._message(channel, request)
        return reply(message.payload(with_content=message.readable))

    async def create(self, request: web.Request) -> web.Response:
        channel, body = channel_in(self._world, request), body_of(request)
        check_posting(channel, body)
        if (earlier := self._same_nonce(channel, body)) is not None:
            return reply(earlier.payload())
        reply_to = self._referenced(channel, body)
        open_for_message(channel)
        message = self._world.posts.create(channel, self._world.bot, body, reply_to=reply_to)
        return reply(message.payload())

    async def edit(self, request: web.Request) -> web.Response:
        channel, body = history_in(self._world, request), body_of(request)
        message = self._message(channel, request)
        if message.author is not self._world.bot:
            raise ApiError(NOT_THE_AUTHOR)
        check_editable(channel)
        if body.files:
            require(channel, Permission.ATTACH_FILES)
        self._world.posts.edit(message, body)
        return reply(message.payload())

    async def delete(self, request: web.Request) -> web.Response:
        channel = history_in(self._world, request)
        message = self._message(channel, request)
        check_deleting(channel, message)
        check_deletable(channel)
        self._world.posts.delete(message)
        return reply()

    def _message(self, channel: Place, request: web.Request) -> Message:
        return message_in(self._world, channel, number_in(request, "message_id"))

    def _same_nonce(self, channel: Place, body: Body) -> Message | None:
        nonce = body.message.get("nonce")
        if nonce is None or not body.message.get("enforce_nonce"):
            return None
        since = self._world.clock.now() - NONCE_SECONDS
        for message in reversed(channel.all_messages):
            if message.created < since:
                return None
            if message.nonce == nonce and message.author is self._world.bot:
                return message
        return None

    def _referenced(self, channel: Place, body: Body) -> Message | None:
        reference = body.message.get("message_reference")
        if not reference:
            return None
        message = self._world.messages.get(int(reference.get("message_id") or 0))
        if message is not None and not message.deleted and message.channel is channel:
            return message
        if reference.get("fail_if_not_exists", True):
            raise invalid("message_reference: Unknown message")
        return None


def _page(channel: Place, request: web.Request) -> list[Message]:
    """Return a page of messages, the newest first."""
    query = {key: value for key, value in request.query.items() if value.isdecimal()}
    limit = int(query.get("limit", 50))
    if query != dict(request.query) or not 1 <= limit <= 100:
        raise invalid("limit takes 1 to 100, the others an id")
    messages = channel.messages
    if "before" in query:
        messages = [message for message in messages if message.id < int(query["before"])]
    if "after" in query:
        later = [message for message in messages if message.id > int(query["after"])]
        return later[:limit][::-1]
    if "around" in query:
        # As many before as after: how far apart in time they were sent does not count.
        older = sum(message.id < int(query["around"]) for message in messages)
        first = max(0, older - limit // 2)
        return messages[first : first + limit][::-1]
    return messages[-limit:][::-1]
