"""Guilds, their channels, members and roles, as far as a bot asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.discord.errors import UNKNOWN_GUILD, UNKNOWN_MEMBER, ApiError
from sandbox.discord.guilds import Guild
from sandbox.discord.rest.access import number_in
from sandbox.discord.rest.reply import reply

if TYPE_CHECKING:
    from sandbox.discord.world import World


def routes(world: World) -> list[web.RouteDef]:
    """Return the routes of guilds."""

    async def one(request: web.Request) -> web.Response:
        return reply(_payload(_guild(world, request)))

    async def channels(request: web.Request) -> web.Response:
        # Those that the bot does not see are left out (topics/permissions, "Channel Visibility").
        guild = _guild(world, request)
        seen = [c for c in guild.channels if not c.is_thread and guild.bot_member.can_see(c)]
        return reply([channel.payload() for channel in seen])

    async def member(request: web.Request) -> web.Response:
        found = _guild(world, request).members.get(number_in(request, "user_id"))
        if found is None:
            raise ApiError(UNKNOWN_MEMBER)
        return reply(found.payload())

    async def roles(request: web.Request) -> web.Response:
        return reply([role.payload() for role in _guild(world, request).roles])

    return [
        web.get("/guilds/{guild_id}", one),
        web.get("/guilds/{guild_id}/channels", channels),
        web.get("/guilds/{guild_id}/members/{user_id}", member),
        web.get("/guilds/{guild_id}/roles", roles),
    ]


def _guild(world: World, request: web.Request) -> Guild:
    guild = world.guilds.get(number_in(request, "guild_id"))
    if guild is None or not guild.installed:
        raise ApiError(UNKNOWN_GUILD)
    return guild


def _payload(guild: Guild) -> dict[str, Any]:
    """Return the guild as REST has it: with what the gateway leaves out, without what it adds."""
    absent = ("home_header", "widget_channel_id", "max_presences", "incidents_data")
    lists = ("emojis", "stickers")
    return {
        **guild.settings(),
        **dict.fromkeys(absent, None),
        **{key: [] for key in lists},
        "region": "deprecated",
        "widget_enabled": False,
        "roles": [role.payload() for role in guild.roles],
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled_user_updated_at": None,
        "nsfw": False,
    }
