"""Channels: text channels of a guild and public threads in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sandbox.discord.permissions import Overwrite, Permission, in_channel
from sandbox.discord.roles import Role
from sandbox.discord.sessions import Intent

if TYPE_CHECKING:
    from sandbox.discord.guilds import Guild
    from sandbox.discord.members import Member
    from sandbox.discord.message import Message

TEXT = 0
PUBLIC_THREAD = 11


class Channel:
    """A place where messages stand."""

    def __init__(
        self, guild: Guild, name: str, *, nsfw: bool = False, parent: Channel | None = None
    ) -> None:
        self.guild = guild
        self.world = guild.world
        self.id = guild.world.ids.new()
        self.name = name
        self.parent = parent
        self.archived = False
        self.deleted = False
        self.history: list[Message] = []
        """Every message that ever stood here."""
        self.overwrites: dict[int, Overwrite] = {}
        self._nsfw = nsfw
        self._made = datetime.fromtimestamp(self.world.clock.now(), UTC).isoformat()
        self._position = len(guild.channels)

    @property
    def kind(self) -> int:
        """Discord's type of channel."""
        return TEXT if self.parent is None else PUBLIC_THREAD

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread."""
        return self.parent is not None

    @property
    def nsfw(self) -> bool:
        """Whether it is age-restricted; threads inherit that."""
        return self._nsfw if self.parent is None else self.parent.nsfw

    @property
    def messages(self) -> list[Message]:
        """The messages that everyone sees, in order."""
        return [message for message in self.all_messages if not message.ephemeral]

    @property
    def all_messages(self) -> list[Message]:
        """All messages that were not deleted, ephemeral ones too, in order."""
        return [message for message in self.history if not message.deleted]

    def permissions_of(self, member: Member) -> int:
        """Return what a member may do here."""
        place = self.parent or self
        return in_channel(
            member.guild_permissions,
            place.overwrites.values(),
            everyone_id=self.guild.id,
            role_ids=[role.id for role in member.roles],
            member_id=member.id,
        )

    @property
    def posting(self) -> Permission:
        """The permission that writing here takes."""
        return Permission.SEND_MESSAGES_IN_THREADS if self.is_thread else Permission.SEND_MESSAGES

    def payload(self) -> dict[str, Any]:
        """Return the channel object."""
        common = {
            "id": str(self.id),
            "type": self.kind,
            "guild_id": str(self.guild.id),
            "name": self.name,
            "last_message_id": None,
            "rate_limit_per_user": 0,
            "flags": 0,
            "parent_id": str(self.parent.id) if self.parent else None,
        }
        return {**common, **(self._thread_part() if self.is_thread else self._text_part())}

    def _text_part(self) -> dict[str, Any]:
        return {
            "position": self._position,
            "permission_overwrites": [item.payload() for item in self.overwrites.values()],
            "nsfw": self.nsfw,
            "topic": None,
        }

    def _thread_part(self) -> dict[str, Any]:
        return {
            "owner_id": str(self.guild.owner.id),
            "message_count": len(self.messages),
            "member_count": 1,
            "total_message_sent": len(self.messages),
            "thread_metadata": {
                "archived": self.archived,
                "archive_timestamp": self._made,
                "auto_archive_duration": 1440,
                "locked": False,
            },
        }

    def announce(self, change: str) -> None:
        """Tell the bot that the channel was created, updated or deleted.

        Args:
            change: "CREATE", "UPDATE" or "DELETE".
        """
        noun = "THREAD" if self.is_thread else "CHANNEL"
        self.world.gateway.dispatch(
            f"{noun}_{change}", self.payload(), guild_id=self.guild.id, needs=Intent.GUILDS
        )
        self.world.changes.notify()

    def overwrite(self, target: Role | Member, *, allow: int = 0, deny: int = 0) -> None:
        """Allow and deny a role or member something here; replaces what was set for it."""
        self.overwrites[target.id] = Overwrite(
            target_id=target.id, is_member=not isinstance(target, Role), allow=allow, deny=deny
        )
        self.announce("UPDATE")
