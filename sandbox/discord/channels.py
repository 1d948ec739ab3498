"""Channels of a guild, and the threads and posts in them.

Source: Discord's documentation, resources/channel, topics/threads and topics/permissions, read
2026-11. Threads are public ones; that the bot joins one by writing in it is not shown.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from sandbox.discord.permissions import Overwrite, Permission, in_channel, in_voice
from sandbox.discord.places import Place
from sandbox.discord.roles import Role
from sandbox.discord.sessions import Intent
from sandbox.discord.visibility import obfuscated, sync_threads

if TYPE_CHECKING:
    from sandbox.discord.guilds import Guild
    from sandbox.discord.members import Member


class ChannelType(IntEnum):
    """Discord's types of channels, as far as they are here."""

    TEXT = 0
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    FORUM = 15


WITHOUT_MESSAGES = (ChannelType.CATEGORY, ChannelType.FORUM)
"""They hold channels and threads, but nothing can be written in them."""


class Channel(Place):
    """A channel of a server, or a thread in one."""

    def __init__(
        self,
        guild: Guild,
        name: str,
        *,
        kind: ChannelType = ChannelType.TEXT,
        nsfw: bool = False,
        parent: Channel | None = None,
        category: Channel | None = None,
    ) -> None:
        super().__init__(guild.world, name)
        self._guild = guild
        self.kind = kind
        self.parent = parent
        """Of a thread: the channel that it is in."""
        self.category = category
        """Of a channel: the category that it stands under."""
        self.overwrites: dict[int, Overwrite] = dict(category.overwrites) if category else {}
        self.owner_id = guild.owner.id
        """Of a thread: who started it."""
        self._nsfw = nsfw
        self._made = self._changed = self._now()
        self._position = len(guild.channels)

    @property
    def guild(self) -> Guild:
        """The server that it is in."""
        return self._guild

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread; posts in a forum are."""
        return self.parent is not None

    @property
    def is_post(self) -> bool:
        """Whether it is a post in a forum."""
        return self.parent is not None and self.parent.kind is ChannelType.FORUM

    @property
    def nsfw(self) -> bool:
        """Whether it is age-restricted; threads and posts inherit that."""
        return self._nsfw if self.parent is None else self.parent.nsfw

    @property
    def file_limit(self) -> int:
        """Bytes of one file here."""
        return self.guild.file_limit

    @property
    def posting(self) -> Permission:
        """The permission that writing here takes."""
        return Permission.SEND_MESSAGES_IN_THREADS if self.is_thread else Permission.SEND_MESSAGES

    @property
    def children(self) -> list[Channel]:
        """The threads of a channel, the channels of a category."""
        found = (c for c in self.guild.channels if self in (c.parent, c.category))
        return [channel for channel in found if not channel.deleted]

    def permissions_of(self, member: Member) -> int:
        """Return what a member may do here."""
        place = self.parent or self
        found = in_channel(
            member.guild_permissions,
            place.overwrites.values(),
            everyone_id=self.guild.id,
            role_ids=[role.id for role in member.roles],
            member_id=member.id,
        )
        return in_voice(found) if self.kind is ChannelType.VOICE else found

    def bot_permissions(self) -> int:
        """Return what the bot may do here."""
        return self.permissions_of(self.guild.bot_member)

    def seen_by(self, member: Member) -> bool:
        """Say whether a member sees it: a category, where they see a channel under it."""
        if self.guild.members.get(member.id) is not member or self.deleted:
            return False
        if self.permissions_of(member) & Permission.VIEW_CHANNEL:
            return True
        category = self.kind is ChannelType.CATEGORY
        return category and any(child.seen_by(member) for child in self.children)

    def reopen(self) -> None:
        """Take a thread out of the archive, as writing in it does."""
        if self.archived:
            self.set_state(archived=False)

    def set_state(self, *, archived: bool | None = None, locked: bool | None = None) -> None:
        """Archive or unarchive, lock or unlock a thread.

        Raises:
            ValueError: It is no thread.
        """
        if not self.is_thread:
            raise ValueError(f"#{self.name} is no thread")
        if archived is not None and archived != self.archived:
            self.archived, self._changed = archived, self._now()
        self.locked = self.locked if locked is None else locked
        self.announce("UPDATE")

    def payload(self) -> dict[str, Any]:
        """Return the channel object."""
        above = self.parent or self.category
        common = {
            "id": str(self.id),
            "type": int(self.kind),
            "guild_id": str(self.guild.id),
            "name": self.name,
            "last_message_id": self.last_message_id,
            "rate_limit_per_user": 0,
            "flags": 0,
            "parent_id": str(above.id) if above else None,
        }
        return {**common, **(self._thread_part() if self.is_thread else self._channel_part())}

    @property
    def last_message_id(self) -> str | None:
        """The last message; of a forum, the last post."""
        if self.kind is not ChannelType.FORUM:
            return super().last_message_id
        return str(self.children[-1].id) if self.children else None

    def gateway_payload(self) -> dict[str, Any]:
        """Return the channel object as the gateway shows it to the bot."""
        hidden = not self.is_thread and not self.seen_by(self.guild.bot_member)
        return obfuscated(self.payload()) if hidden else self.payload()

    def _channel_part(self) -> dict[str, Any]:
        own: dict[ChannelType, dict[str, Any]] = {
            ChannelType.TEXT: {"topic": None},
            ChannelType.ANNOUNCEMENT: {"topic": None},
            ChannelType.VOICE: {"bitrate": 64_000, "user_limit": 0, "rtc_region": None},
            ChannelType.FORUM: {
                "topic": None,
                "available_tags": [],
                "default_reaction_emoji": None,
                "default_sort_order": None,
                "default_forum_layout": 0,
            },
        }
        return {
            "position": self._position,
            "permission_overwrites": [item.payload() for item in self.overwrites.values()],
            "nsfw": self.nsfw,
            **own.get(self.kind, {}),
        }

    def _thread_part(self) -> dict[str, Any]:
        # The message that a post began with is not counted.
        later = [message for message in self.history if message.id != self.id]
        standing = [message for message in later if not message.deleted and not message.ephemeral]
        return {
            "owner_id": str(self.owner_id),
            "message_count": len(standing),
            "member_count": 1,
            "total_message_sent": sum(not message.ephemeral for message in later),
            "thread_metadata": {
                "archived": self.archived,
                "archive_timestamp": self._changed,
                "auto_archive_duration": 1440,
                "locked": self.locked,
                "create_timestamp": self._made,
            },
            **({"applied_tags": []} if self.is_post else {}),
        }

    def _now(self) -> str:
        return datetime.fromtimestamp(self.world.clock.now(), UTC).isoformat()

    def announce(self, change: str) -> None:
        """Tell the bot that the channel was created, updated or deleted.

        The gateway tells a bot nothing of threads that it does not see.

        Args:
            change: "CREATE", "UPDATE" or "DELETE".
        """
        self.world.changes.notify()
        noun = "THREAD" if self.is_thread else "CHANNEL"
        if self.parent is not None and not self.parent.seen_by(self.guild.bot_member):
            return
        new = {"newly_created": True} if (noun, change) == ("THREAD", "CREATE") else {}
        payload = {**self.gateway_payload(), **new}
        self.world.gateway.dispatch(
            f"{noun}_{change}", payload, guild_id=self.guild.id, needs=Intent.GUILDS
        )

    def overwrite(self, target: Role | Member, *, allow: int = 0, deny: int = 0) -> None:
        """Allow and deny a role or member something here; replaces what was set for it.

        Channels of a category that had what the category has are synced with it: they follow
        (topics/permissions, "Permission Syncing").
        """
        synced = [
            child
            for child in (self.children if self.kind is ChannelType.CATEGORY else [])
            if child.overwrites == self.overwrites
        ]
        for channel in (self, *synced):
            before = channel.seen_by(self.guild.bot_member)
            channel.overwrites[target.id] = Overwrite(
                target_id=target.id, is_member=not isinstance(target, Role), allow=allow, deny=deny
            )
            channel.announce("UPDATE")
            if not before and channel.seen_by(self.guild.bot_member):
                sync_threads(channel)
