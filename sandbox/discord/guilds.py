"""Guilds: their roles, channels and members."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sandbox.discord.actors import Actor
from sandbox.discord.channels import Channel
from sandbox.discord.permissions import BOT_DEFAULT, MEMBER_DEFAULT
from sandbox.discord.roles import Role
from sandbox.discord.sessions import Intent
from sandbox.discord.uploads import FILE_LIMIT
from sandbox.discord.users import User

if TYPE_CHECKING:
    from sandbox.discord.world import World


_EMPTY = (
    *("emojis", "stickers", "voice_states", "presences", "stage_instances"),
    *("guild_scheduled_events", "soundboard_sounds"),
)


class Guild:
    """A server, with the bot in it."""

    def __init__(self, world: World, name: str, *, bot_permissions: int = BOT_DEFAULT) -> None:
        self.world = world
        self.id = world.ids.new(apart=True)
        self.name = name
        self.file_limit = FILE_LIMIT
        """Bytes of one file here; boosts raise it."""
        self.installed = True
        """Whether the bot is in it."""
        self.channels: list[Channel] = []
        self.members: dict[int, Actor] = {}
        self.everyone = Role(
            guild=self, id=self.id, name="@everyone", permissions=MEMBER_DEFAULT, position=0
        )
        self.roles: list[Role] = [self.everyone]
        self.bot_role = self._new_role(world.bot.name, bot_permissions, managed=True)
        self.owner = self._new_member(world.new_user("owner"), [])
        self.bot_member = self._new_member(world.bot, [self.bot_role])
        self._joined = datetime.fromtimestamp(world.clock.now(), UTC).isoformat()

    def add_role(self, name: str, *, permissions: int = 0) -> Role:
        """Make a role.

        Args:
            name: Its name.
            permissions: Bits of `Permission`, on top of those of everyone.
        """
        role = self._new_role(name, permissions)
        self.announce_role(role, "CREATE")
        return role

    def add_channel(self, name: str, *, nsfw: bool = False) -> Channel:
        """Make a text channel."""
        return self._add(Channel(self, name, nsfw=nsfw))

    def add_thread(self, parent: Channel, name: str) -> Channel:
        """Make a public thread in a text channel."""
        return self._add(Channel(self, name, parent=parent))

    def add_member(self, who: str | User, *, roles: list[Role] | None = None) -> Actor:
        """Let somebody join: a new user of that name, or one whom another guild has already."""
        user = self.world.new_user(who) if isinstance(who, str) else who
        member = self._new_member(user, roles or [])
        payload = {**member.payload(), "guild_id": str(self.id)}
        self.world.gateway.dispatch(
            "GUILD_MEMBER_ADD", payload, guild_id=self.id, needs=Intent.GUILD_MEMBERS
        )
        return member

    def announce_role(self, role: Role, change: str) -> None:
        """Tell the bot that a role was created or updated ("CREATE", "UPDATE")."""
        payload = {"guild_id": str(self.id), "role": role.payload()}
        self.world.gateway.dispatch(f"GUILD_ROLE_{change}", payload, guild_id=self.id)

    def _new_role(self, name: str, permissions: int, *, managed: bool = False) -> Role:
        role = Role(
            guild=self,
            id=self.world.ids.new(),
            name=name,
            permissions=permissions,
            position=len(self.roles),
            managed=managed,
        )
        self.roles.append(role)
        return role

    def _new_member(self, user: User, roles: list[Role]) -> Actor:
        member = self.members[user.id] = Actor(self, user, roles)
        return member

    def _add(self, channel: Channel) -> Channel:
        self.channels.append(channel)
        self.world.channels[channel.id] = channel
        channel.announce("CREATE")
        return channel

    def partial(self) -> dict[str, Any]:
        """Return the guild as an interaction carries it."""
        return {"id": str(self.id), "locale": "en-US", "features": []}

    def create_payload(self) -> dict[str, Any]:
        """Return the guild as GUILD_CREATE carries it."""
        present = [channel for channel in self.channels if not channel.deleted]
        live_threads = [c for c in present if c.is_thread and not c.archived]
        # Without the members intent a bot is told of nobody but itself.
        return {
            **self._settings(),
            "joined_at": self._joined,
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "roles": [role.payload() for role in self.roles],
            "channels": [c.payload() for c in present if not c.is_thread],
            "threads": [c.payload() for c in live_threads],
            "members": [self.bot_member.payload()],
            **{key: [] for key in _EMPTY},
        }

    def _settings(self) -> dict[str, Any]:
        absent = (
            *("icon", "splash", "discovery_splash", "afk_channel_id", "application_id"),
            *("system_channel_id", "rules_channel_id", "description", "banner"),
            *("vanity_url_code", "public_updates_channel_id", "safety_alerts_channel_id"),
        )
        zero = (
            *("verification_level", "default_message_notifications", "explicit_content_filter"),
            *("mfa_level", "system_channel_flags", "premium_tier", "nsfw_level"),
        )
        return {
            **dict.fromkeys(absent, None),
            **dict.fromkeys(zero, 0),
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(self.owner.id),
            "features": [],
            "afk_timeout": 300,
            "preferred_locale": "en-US",
            "premium_progress_bar_enabled": False,
        }
