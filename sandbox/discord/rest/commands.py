"""Registering commands and reading who may use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.discord.errors import (
    MISSING_ACCESS,
    UNKNOWN_COMMAND_PERMISSIONS,
    ApiError,
    invalid,
)
from sandbox.discord.rest.reply import body_of, reply

if TYPE_CHECKING:
    from sandbox.discord.world import World

_LOCALISED = ("name_localizations", "description_localizations")


def routes(world: World) -> list[web.RouteDef]:
    """Return the routes of commands."""

    async def overwrite(request: web.Request) -> web.Response:
        scope = _scope(world, request)
        payload = body_of(request).payload
        if not isinstance(payload, list):
            raise invalid("the body is not a list")
        return reply(world.commands.overwrite(scope, payload))

    async def listed(request: web.Request) -> web.Response:
        commands: Any = world.commands.listed(_scope(world, request))
        if request.query.get("with_localizations") not in ("1", "true", "True"):
            commands = _without_localisations(commands)
        return reply(commands)

    async def all_permissions(request: web.Request) -> web.Response:
        guild_id = _guild_id(world, request)
        return reply(world.commands.permissions.listed(guild_id))

    async def permissions(request: web.Request) -> web.Response:
        guild_id, command_id = _guild_id(world, request), request.match_info["command_id"]
        if not world.commands.permissions.of(guild_id, command_id):
            raise ApiError(UNKNOWN_COMMAND_PERMISSIONS)
        return reply(world.commands.permissions.payload(guild_id, command_id))

    base = "/applications/{application_id}"
    of_guild = f"{base}/guilds/{{guild_id}}/commands"
    return [
        web.put(f"{base}/commands", overwrite),
        web.get(f"{base}/commands", listed),
        web.put(of_guild, overwrite),
        web.get(of_guild, listed),
        web.get(f"{of_guild}/permissions", all_permissions),
        web.get(f"{of_guild}/{{command_id}}/permissions", permissions),
    ]


def _scope(world: World, request: web.Request) -> int | None:
    if request.match_info["application_id"] != str(world.bot.id):
        raise ApiError(MISSING_ACCESS)
    return _guild_id(world, request) if "guild_id" in request.match_info else None


def _guild_id(world: World, request: web.Request) -> int:
    guild = world.guilds.get(int(request.match_info["guild_id"]))
    if guild is None or not guild.installed:
        raise ApiError(MISSING_ACCESS)
    return guild.id


def _without_localisations(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_localisations(item) for item in value]
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if key not in _LOCALISED}
        return {key: _without_localisations(item) for key, item in kept.items()}
    return value
