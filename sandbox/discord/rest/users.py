"""Users, and the bot's direct conversations with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord.errors import (
    INVALID_RECIPIENT,
    NO_DIRECT_MESSAGES_TO_BOTS,
    UNKNOWN_USER,
    ApiError,
)
from sandbox.discord.rest.access import number_in
from sandbox.discord.rest.reply import body_of, reply

if TYPE_CHECKING:
    from sandbox.discord.world import World


def routes(world: World) -> list[web.RouteDef]:
    """Return the routes of users."""

    async def user(request: web.Request) -> web.Response:
        found = world.users.get(number_in(request, "user_id"))
        if found is None:
            raise ApiError(UNKNOWN_USER)
        return reply(found.payload())

    async def open_direct(request: web.Request) -> web.Response:
        text = str(body_of(request).message.get("recipient_id"))
        recipient = world.users.get(int(text)) if text.isdecimal() else None
        if recipient is None:
            raise ApiError(INVALID_RECIPIENT)
        if recipient.bot:
            raise ApiError(NO_DIRECT_MESSAGES_TO_BOTS)
        return reply(world.direct_channel(recipient).payload())

    return [
        web.post("/users/@me/channels", open_direct),
        web.get("/users/{user_id}", user),
    ]
