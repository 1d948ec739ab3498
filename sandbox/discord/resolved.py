"""The `resolved` part of interactions: the objects behind the ids in options and values."""

from __future__ import annotations

from typing import Any

from sandbox.discord.channels import Channel
from sandbox.discord.members import Member
from sandbox.discord.roles import Role
from sandbox.discord.uploads import Upload

Thing = Upload | Member | Role | Channel


class Resolved:
    """Collects objects while options or values are filled in."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._objects: dict[str, dict[str, Any]] = {}

    def add(self, thing: Thing) -> str:
        """Add an object and return the id that stands for it.

        Raises:
            ValueError: The client would not send it: a file that is too large.
        """
        if isinstance(thing, Upload):
            return self._upload(thing)
        identifier = str(thing.id)
        if isinstance(thing, Role):
            self._put("roles", identifier, thing.payload())
        elif isinstance(thing, Channel):
            keys = ("id", "type", "name", "parent_id")
            partial = {key: value for key, value in thing.payload().items() if key in keys}
            self._put("channels", identifier, {**partial, "permissions": "0"})
        else:
            permissions = str(int(self._channel.permissions_of(thing)))
            member = {**thing.payload(with_user=False), "permissions": permissions}
            self._put("users", identifier, thing.user.payload())
            self._put("members", identifier, member)
        return identifier

    def known(self, identifier: int) -> Thing:
        """Return the member, role or channel of this guild that has an id.

        Raises:
            ValueError: There is none.
        """
        guild = self._channel.guild
        for thing in (*guild.members.values(), *guild.roles, *guild.channels):
            if thing.id == identifier:
                return thing
        raise ValueError(f"nothing in {guild.name} has the id {identifier}")

    def part(self) -> dict[str, Any]:
        """Return {"resolved": ...}, or nothing where there is nothing to resolve."""
        return {"resolved": self._objects} if self._objects else {}

    def _upload(self, upload: Upload) -> str:
        if len(upload.data) > self._channel.guild.file_limit:
            raise ValueError(f"{upload.filename} is larger than this server allows")
        cdn = self._channel.world.cdn
        file = cdn.add(upload, self._channel.id, ephemeral=True)
        self._put("attachments", str(file.id), cdn.attachment(file))
        return str(file.id)

    def _put(self, kind: str, identifier: str, payload: dict[str, Any]) -> None:
        self._objects.setdefault(kind, {})[identifier] = payload
