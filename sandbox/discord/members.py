"""Members: users in a guild, with roles and what these allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.discord.permissions import Permission, in_guild
from sandbox.discord.roles import Role
from sandbox.discord.users import User

if TYPE_CHECKING:
    from sandbox.discord.channels import Channel
    from sandbox.discord.guilds import Guild

JOINED = "2024-01-01T00:00:00+00:00"


class Member:
    """A user in a guild."""

    def __init__(self, guild: Guild, user: User, roles: list[Role]) -> None:
        self.guild = guild
        self.world = guild.world
        self.user = user
        self._own_roles = roles

    @property
    def id(self) -> int:
        """The user's id."""
        return self.user.id

    @property
    def name(self) -> str:
        """The user's name."""
        return self.user.name

    @property
    def mention(self) -> str:
        """How a message mentions the member."""
        return self.user.mention

    @property
    def roles(self) -> list[Role]:
        """All roles, that of everyone first."""
        return [self.guild.everyone, *self._own_roles]

    def set_roles(self, roles: list[Role]) -> None:
        """Replace the member's roles."""
        self._own_roles = roles

    @property
    def guild_permissions(self) -> int:
        """What the roles allow, before any channel's overwrites."""
        owner = self.guild.owner.id == self.id
        return in_guild((role.permissions for role in self.roles), owner=owner)

    def can_see(self, channel: Channel) -> bool:
        """Say whether the member sees a channel."""
        present = self.guild.members.get(self.id) is self and not channel.deleted
        return present and bool(channel.permissions_of(self) & Permission.VIEW_CHANNEL)

    def payload(self, *, with_user: bool = True) -> dict[str, Any]:
        """Return the member object; `resolved` members carry no user."""
        absent = ("nick", "avatar", "banner", "premium_since", "communication_disabled_until")
        payload: dict[str, Any] = {
            **dict.fromkeys(absent, None),
            "roles": [str(role.id) for role in self._own_roles],
            "joined_at": JOINED,
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
        }
        return {**payload, "user": self.user.payload()} if with_user else payload
