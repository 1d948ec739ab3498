"""Commands that the bot has registered.

Source: Discord's documentation, interactions/application-commands, read 2026-11.
"""

from __future__ import annotations

import copy
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from sandbox.discord.channels import Channel
from sandbox.discord.command_permissions import CommandPermissions
from sandbox.discord.errors import TOO_MANY_COMMAND_CREATES, ApiError, refuse_if
from sandbox.discord.members import Member
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


class Commands:
    """The registered commands, global and by guild."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_scope: dict[int | None, list[Command]] = {}
        self.permissions = CommandPermissions(world)
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

    def check_offered(self, command: Command, member: Member, channel: Channel) -> None:
        """Check that Discord's client offers a command to a member in a channel.

        Raises:
            ValueError: It does not.
        """
        self.permissions.check_offered(command, member, channel)


def _key(command: Command) -> tuple[int, str]:
    return command.get("type", CommandType.CHAT_INPUT), command["name"]
