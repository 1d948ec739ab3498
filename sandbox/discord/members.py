"""Members: users in a guild, with roles and what these allow."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sandbox.discord.avatars import Avatar
from sandbox.discord.permissions import in_guild
from sandbox.discord.places import Place
from sandbox.discord.roles import Role
from sandbox.discord.sessions import Intent
from sandbox.discord.users import User
from sandbox.discord.visibility import telling_what_changes

if TYPE_CHECKING:
    from sandbox.discord.guilds import Guild
    from sandbox.discord.message import Message

JOINED = datetime(2024, 1, 1, tzinfo=UTC)
"""When members joined of whom nothing else was said."""


class Member:
    """A user in a guild."""

    def __init__(
        self,
        guild: Guild,
        user: User,
        roles: list[Role],
        *,
        joined: datetime | float | None = None,
    ) -> None:
        self.guild = guild
        self.world = guild.world
        self.user = user
        self.avatar: Avatar | None = None
        """The avatar that they have in this server only."""
        self.joined = moment(joined)
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
    def direct_messages(self) -> list[Message]:
        """What stands in the user's conversation with the bot, in order."""
        return self.user.direct_messages

    @property
    def roles(self) -> list[Role]:
        """All roles, that of everyone first."""
        return [self.guild.everyone, *self._own_roles]

    def set_roles(self, roles: list[Role]) -> None:
        """Replace the member's roles."""
        with telling_what_changes(self.guild):
            self._own_roles = roles
            self._announce()

    def set_avatar(self, data: bytes | None, *, here_only: bool = False) -> None:
        """Upload an avatar, or take it away.

        Args:
            data: A PNG, JPEG, WebP or GIF.
            here_only: The one for this server instead of the user's own.

        Raises:
            ValueError: It is not a picture that Discord takes.
        """
        if here_only:
            self.avatar = None if data is None else Avatar.of(data)
        else:
            self.user.set_avatar(data)
        self._announce()

    @property
    def guild_permissions(self) -> int:
        """What the roles allow, before any channel's overwrites."""
        owner = self.guild.owner.id == self.id
        return in_guild((role.permissions for role in self.roles), owner=owner)

    def can_see(self, place: Place) -> bool:
        """Say whether the member sees a channel, thread or direct conversation."""
        return place.seen_by(self)

    def payload(self, *, with_user: bool = True) -> dict[str, Any]:
        """Return the member object; `resolved` members carry no user."""
        absent = ("nick", "banner", "premium_since", "communication_disabled_until")
        payload: dict[str, Any] = {
            **dict.fromkeys(absent, None),
            "avatar": self.avatar.hash if self.avatar else None,
            "roles": [str(role.id) for role in self._own_roles],
            "joined_at": self.joined.isoformat(),
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
        }
        return {**payload, "user": self.user.payload()} if with_user else payload

    def _announce(self) -> None:
        # Of the bot itself it is told without the intent, too (events/gateway, "Caveats").
        own = self.user is self.world.bot
        self.world.gateway.dispatch(
            "GUILD_MEMBER_UPDATE",
            {**self.payload(), "guild_id": str(self.guild.id)},
            guild_id=self.guild.id,
            needs=Intent.NONE if own else Intent.GUILD_MEMBERS,
        )


def moment(when: datetime | float | None) -> datetime:
    """Return a time from a time or from the seconds that have passed since it.

    In real time, as bots reckon it, even where a test has moved the sandbox's clock.

    Raises:
        ValueError: The time has no zone.
    """
    if when is None:
        return JOINED
    if not isinstance(when, datetime):
        return datetime.fromtimestamp(time.time() - when, UTC)
    if when.tzinfo is None:
        raise ValueError("a time without a zone")
    return when
