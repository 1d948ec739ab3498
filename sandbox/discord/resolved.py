"""The `resolved` part of interactions: the objects behind the ids in options and values."""

from __future__ import annotations

from typing import Any

from sandbox.discord.channels import Channel
from sandbox.discord.members import Member
from sandbox.discord.places import Place
from sandbox.discord.roles import Role
from sandbox.discord.uploads import Upload

Thing = Upload | Member | Role | Channel

_OF_CHANNELS = (
    *("id", "name", "type", "last_message_id", "nsfw", "parent_id", "guild_id", "flags"),
    *("rate_limit_per_user", "topic", "position", "thread_metadata"),
)
"""What a resolved channel has (receiving-and-responding, "Resolved Data Structure", 2026-11)."""


class Resolved:
    """Collects objects while options or values are filled in.

    Args:
        place: Where that happens.
        member: Who does it.
    """

    def __init__(self, place: Place, member: Member) -> None:
        self._place = place
        self._member = member
        self._objects: dict[str, dict[str, Any]] = {}

    def add(self, thing: Thing) -> str:
        """Add an object and return the id that stands for it.

        Raises:
            ValueError: The client would not send it: a file that is too large, a channel that
                the member does not see.
        """
        if isinstance(thing, Upload):
            return self._upload(thing)
        identifier = str(thing.id)
        if isinstance(thing, Role):
            self._put("roles", identifier, thing.payload())
        elif isinstance(thing, Channel):
            self._put("channels", identifier, self._partial(thing))
        else:
            self._put("users", identifier, thing.user.payload())
            if isinstance(self._place, Channel):
                permissions = str(int(self._place.permissions_of(thing)))
                member = {**thing.payload(with_user=False), "permissions": permissions}
                self._put("members", identifier, member)
        return identifier

    def _partial(self, channel: Channel) -> dict[str, Any]:
        if not channel.seen_by(self._member):
            raise ValueError(f"{self._member.name} does not see #{channel.name}")
        known = {key: value for key, value in channel.payload().items() if key in _OF_CHANNELS}
        permissions = str(int(channel.permissions_of(self._member)))
        app_permissions = str(int(channel.bot_permissions()))
        return {**known, "permissions": permissions, "app_permissions": app_permissions}

    def known(self, identifier: int) -> Thing:
        """Return the member, role or channel of this guild that has an id.

        Raises:
            ValueError: There is none.
        """
        if (guild := self._place.guild) is not None:
            channels = [channel for channel in guild.channels if not channel.deleted]
            for thing in (*guild.members.values(), *guild.roles, *channels):
                if thing.id == identifier:
                    return thing
        raise ValueError(f"nothing here has the id {identifier}")

    def part(self) -> dict[str, Any]:
        """Return {"resolved": ...}, or nothing where there is nothing to resolve."""
        return {"resolved": self._objects} if self._objects else {}

    def _upload(self, upload: Upload) -> str:
        if len(upload.data) > self._place.file_limit:
            raise ValueError(f"{upload.filename} is larger than this server allows")
        cdn = self._place.world.cdn
        file = cdn.add(upload, self._place.id, ephemeral=True)
        self._put("attachments", str(file.id), cdn.attachment(file))
        return str(file.id)

    def _put(self, kind: str, identifier: str, payload: dict[str, Any]) -> None:
        self._objects.setdefault(kind, {})[identifier] = payload
