"""Where messages stand: what the channels of servers and direct conversations share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.discord.guilds import Guild
    from sandbox.discord.members import Member
    from sandbox.discord.message import Message
    from sandbox.discord.world import World


class Place:
    """A place with a history of messages."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.id = world.ids.new()
        self.name = name
        self.archived = False
        self.locked = False
        self.deleted = False
        self.history: list[Message] = []
        """Every message that ever stood here."""

    @property
    def guild(self) -> Guild | None:
        """The server that it is in; None for a direct conversation."""
        raise NotImplementedError

    @property
    def guild_id(self) -> int:
        """The id of its server, 0 where it is in none: such events go to the first shard."""
        return 0 if self.guild is None else self.guild.id

    @property
    def guild_part(self) -> dict[str, Any]:
        """Return {"guild_id": ...}, or nothing where it is in no server."""
        return {} if self.guild is None else {"guild_id": str(self.guild.id)}

    @property
    def file_limit(self) -> int:
        """Bytes of one file here."""
        raise NotImplementedError

    @property
    def messages(self) -> list[Message]:
        """The messages that everyone sees, in order."""
        return [message for message in self.all_messages if not message.ephemeral]

    @property
    def all_messages(self) -> list[Message]:
        """All messages that were not deleted, ephemeral ones too, in order."""
        return [message for message in self.history if not message.deleted]

    @property
    def last_message_id(self) -> str | None:
        """The id of the last message that everyone was shown, even if it was deleted since."""
        shown = (message for message in reversed(self.history) if not message.ephemeral)
        last = next(shown, None)
        return None if last is None else str(last.id)

    def seen_by(self, member: Member) -> bool:
        """Say whether a member sees it."""
        raise NotImplementedError

    def bot_permissions(self) -> int:
        """Return what the bot may do here."""
        raise NotImplementedError

    def payload(self) -> dict[str, Any]:
        """Return the channel object of the REST API."""
        raise NotImplementedError
