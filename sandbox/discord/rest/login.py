"""What a bot asks first: who it is, and where the gateway is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.discord.rest.reply import reply

if TYPE_CHECKING:
    from sandbox.discord.world import World


def routes(world: World) -> list[web.RouteDef]:
    """Return the routes of users, applications and the gateway."""

    async def me(_: web.Request) -> web.Response:
        return reply(world.bot.private_payload())

    async def application(_: web.Request) -> web.Response:
        return reply(_application(world))

    async def gateway(_: web.Request) -> web.Response:
        return reply({"url": world.gateway_url})

    async def gateway_bot(_: web.Request) -> web.Response:
        starts = world.gateway.starts
        limit = {
            "total": starts.per_day,
            "remaining": starts.remaining,
            "reset_after": starts.reset_after,
            "max_concurrency": starts.max_concurrency,
        }
        shards = world.gateway.shards
        return reply({"url": world.gateway_url, "shards": shards, "session_start_limit": limit})

    return [
        web.get("/users/@me", me),
        web.get("/oauth2/applications/@me", application),
        web.get("/applications/@me", application),
        web.get("/gateway", gateway),
        web.get("/gateway/bot", gateway_bot),
    ]


def _application(world: World) -> dict[str, Any]:
    bot = world.bot.payload()
    owner = {**bot, "id": str(world.bot.id + 1), "username": "operator"}
    owner.pop("bot")
    absent = ("icon", "team", "interactions_endpoint_url", "role_connections_verification_url")
    return {
        **dict.fromkeys(absent, None),
        "id": str(world.bot.id),
        "name": world.bot.name,
        "description": "",
        "type": None,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "owner": owner,
        "bot": bot,
        "bot_public": True,
        "bot_require_code_grant": False,
        "approximate_guild_count": len(world.installed),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
    }
