"""Commands that the bot has registered, and who is offered them.

Source: Discord's documentation, interactions/application-commands, read 2026-11.
"""

from __future__ import annotations

import copy
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from sandbox.discord.channels import Channel
from sandbox.discord.errors import TOO_MANY_COMMAND_CREATES, ApiError, refuse_if
from sandbox.discord.members import Member
from sandbox.discord.permissions import Permission
from sandbox.discord.roles import Role
from sandbox.discord.rules import check_commands

if TYPE_CHECKING:
    from sandbox.discord.guilds import Guild
    from sandbox.discord.world import World

CREATES_PER_DAY = 200
Command = dict[str, Any]

_DEFAULTS: Command = {
    "type": 1,
    "description": "",
    "nsfw": False,
    "default_member_permissions": None,
    "dm_permission": True,
    "contexts": None,
    "integration_types": [0],
}


class CommandType(IntEnum):
    """The types of commands."""

    CHAT_INPUT = 1
    USER = 2
    MESSAGE = 3


class PermissionType(IntEnum):
    """Whom an entry of a command's permissions is about."""

    ROLE = 1
    USER = 2
    CHANNEL = 3


class Commands:
    """The registered commands, global and by guild."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_scope: dict[int | None, list[Command]] = {}
        self._entries: dict[tuple[int, str], list[dict[str, Any]]] = {}
        self.overwrites = 0
        """How often the bot replaced a set of commands."""
        self.creates = 0

    def listed(self, guild_id: int | None = None) -> list[Command]:
        """Return the commands of a guild, or the global ones."""
        return copy.deepcopy(self._by_scope.get(guild_id, []))

    def overwrite(self, guild_id: int | None, payload: list[Command]) -> list[Command]:
        """Replace the commands of a guild, or the global ones.

        A command keeps its id as long as there is one of its type and name.

        Raises:
            ApiError: They break a rule (50035), or too many are new today (30034).
        """
        refuse_if(check_commands(payload))
        before = {_key(command): command for command in self._by_scope.get(guild_id, [])}
        creates = sum(_key(command) not in before for command in payload)
        if self.creates + creates > CREATES_PER_DAY:
            raise ApiError(TOO_MANY_COMMAND_CREATES)
        self.creates += creates
        self.overwrites += 1
        commands = [
            self._registered(command, before.get(_key(command)), guild_id) for command in payload
        ]
        self._by_scope[guild_id] = commands
        self._world.changes.notify()
        return copy.deepcopy(commands)

    def _registered(
        self, command: Command, before: Command | None, guild_id: int | None
    ) -> Command:
        scope = {} if guild_id is None else {"guild_id": str(guild_id)}
        filled = {
            **_DEFAULTS,
            **{key: value for key, value in command.items() if value is not None},
            "id": before["id"] if before else str(self._world.ids.new()),
            "application_id": str(self._world.bot.id),
            **scope,
        }
        if filled["default_member_permissions"] is not None:
            # discord.py sends a number; Discord answers with text.
            filled["default_member_permissions"] = str(filled["default_member_permissions"])
        unchanged = before is not None and {**before, "version": 0} == {**filled, "version": 0}
        version = before["version"] if before and unchanged else str(self._world.ids.new())
        return {**copy.deepcopy(filled), "version": version}

    def find(self, guild: Guild, kind: CommandType, name: str) -> Command:
        """Return a command as members of a guild see it.

        Raises:
            ValueError: There is none, or the bot is not in the guild.
        """
        if not guild.installed:
            raise ValueError(f"the bot is not in {guild.name}")
        for command in [*self._by_scope.get(guild.id, []), *self._by_scope.get(None, [])]:
            if _key(command) == (kind, name):
                return command
        raise ValueError(f"there is no {kind.name.lower()} command {name!r}")

    def entries(self, guild_id: int, command_id: str) -> list[dict[str, Any]]:
        """Return who may use a command in a guild; empty where nobody changed that."""
        return self._entries.get((guild_id, command_id), [])

    def all_entries(self, guild_id: int) -> list[dict[str, Any]]:
        """Return all permissions that were changed in a guild."""
        return [
            self.permissions_payload(guild_id, command_id)
            for guild, command_id in self._entries
            if guild == guild_id
        ]

    def permissions_payload(self, guild_id: int, command_id: str) -> dict[str, Any]:
        """Return the permissions of one command as Discord writes them."""
        return {
            "id": command_id,
            "application_id": str(self._world.bot.id),
            "guild_id": str(guild_id),
            "permissions": self.entries(guild_id, command_id),
        }

    def restrict(
        self, guild: Guild, command: Command, rules: dict[Role | Member | Channel, bool]
    ) -> None:
        """Set who may use a command, as in Server Settings > Integrations."""
        entries = [
            {"id": str(target.id), "type": int(_permission_type(target)), "permission": allowed}
            for target, allowed in rules.items()
        ]
        self._entries[(guild.id, command["id"])] = entries
        payload = self.permissions_payload(guild.id, command["id"])
        self._world.gateway.dispatch(
            "APPLICATION_COMMAND_PERMISSIONS_UPDATE", payload, guild_id=guild.id
        )

    def check_offered(self, command: Command, member: Member, channel: Channel) -> None:
        """Check that Discord's client offers a command to a member in a channel.

        Raises:
            ValueError: It does not.
        """
        permissions = channel.permissions_of(member)
        if not member.can_see(channel):
            raise ValueError(f"{member.name} does not see #{channel.name}")
        if not permissions & Permission.USE_APPLICATION_COMMANDS:
            raise ValueError(f"{member.name} may not use commands in #{channel.name}")
        if command["nsfw"] and not channel.nsfw:
            raise ValueError(f"{command['name']} is for age-restricted channels")
        contexts = command["contexts"]
        if contexts is not None and 0 not in contexts:
            raise ValueError(f"{command['name']} is not for servers")
        if not permissions & Permission.ADMINISTRATOR and not self._allowed(
            command, member, channel
        ):
            raise ValueError(f"{member.name} may not use {command['name']} in #{channel.name}")

    def _allowed(self, command: Command, member: Member, channel: Channel) -> bool:
        rules = {
            (entry["type"], int(entry["id"])): entry["permission"]
            for entry in self.entries(member.guild.id, command["id"])
        }
        all_channels = member.guild.id - 1
        by_channel = rules.get(
            (PermissionType.CHANNEL, (channel.parent or channel).id),
            rules.get((PermissionType.CHANNEL, all_channels), True),
        )
        if not by_channel:
            return False
        if (own := rules.get((PermissionType.USER, member.id))) is not None:
            return own
        keys = [(PermissionType.ROLE, role.id) for role in member.roles[1:]]
        if by_roles := [rules[key] for key in keys if key in rules]:
            return any(by_roles)
        if (all_of_them := rules.get((PermissionType.ROLE, member.guild.id))) is not None:
            return all_of_them
        needed = command["default_member_permissions"]
        if needed is None:
            return True
        have = channel.permissions_of(member)
        return int(needed) != 0 and have & int(needed) == int(needed)


def _key(command: Command) -> tuple[int, str]:
    return command.get("type", CommandType.CHAT_INPUT), command["name"]


def _permission_type(target: Role | Member | Channel) -> PermissionType:
    if isinstance(target, Role):
        return PermissionType.ROLE
    return PermissionType.USER if isinstance(target, Member) else PermissionType.CHANNEL
