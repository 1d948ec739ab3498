"""Members and roles of a guild, as far as a bot asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord.errors import UNKNOWN_GUILD, UNKNOWN_MEMBER, ApiError
from sandbox.discord.guilds import Guild
from sandbox.discord.rest.access import number_in
from sandbox.discord.rest.reply import reply

if TYPE_CHECKING:
    from sandbox.discord.world import World


def routes(world: World) -> list[web.RouteDef]:
    """Return the routes of guilds."""

    async def member(request: web.Request) -> web.Response:
        found = _guild(world, request).members.get(number_in(request, "user_id"))
        if found is None:
            raise ApiError(UNKNOWN_MEMBER)
        return reply(found.payload())

    async def roles(request: web.Request) -> web.Response:
        return reply([role.payload() for role in _guild(world, request).roles])

    return [
        web.get("/guilds/{guild_id}/members/{user_id}", member),
        web.get("/guilds/{guild_id}/roles", roles),
    ]


def _guild(world: World, request: web.Request) -> Guild:
    guild = world.guilds.get(number_in(request, "guild_id"))
    if guild is None or not guild.installed:
        raise ApiError(UNKNOWN_GUILD)
    return guild
