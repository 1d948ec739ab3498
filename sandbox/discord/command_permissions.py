"""Who may use which command in which server.

Sources, read 2026-11: Discord's documentation, interactions/application-commands, "Permissions",
and the Help Center's "Updates to Command Permissions" (in force since 2023-02-28):

- Administrators may use all commands, everywhere.
- Entries are kept for a command, and for the whole application under the application's own id.
  Those of the command replace only those of the application that are about the same role, user
  or channel ("individual command changes only overwrite conflicting settings").
- A channel's entry holds for its threads, and before that of "All Channels" (guild id - 1).
- A user's entry decides; else the entries of their roles, of which one that allows is enough.
- Without these, @everyone (the guild id) and the command's default permissions count: a denied
  @everyone shuts the command, an allowed one leaves it to the default permissions
  (discord/discord-api-docs, issue 5356: "this is intended").

Not documented, and chosen here: entries of users go before those of roles also where the former
are the application's and the latter the command's, since both lists are made one first.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from sandbox.discord.channels import WITHOUT_MESSAGES, Channel
from sandbox.discord.members import Member
from sandbox.discord.permissions import Permission
from sandbox.discord.roles import Role

if TYPE_CHECKING:
    from sandbox.discord.commands import Command
    from sandbox.discord.guilds import Guild
    from sandbox.discord.world import World

Rules = dict[Role | Member | Channel, bool]


class PermissionType(IntEnum):
    """Whom an entry of a command's permissions is about."""

    ROLE = 1
    USER = 2
    CHANNEL = 3


class CommandPermissions:
    """The entries of all servers, by guild and command or application."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._entries: dict[tuple[int, str], list[dict[str, Any]]] = {}

    def of(self, guild_id: int, target_id: str) -> list[dict[str, Any]]:
        """Return the entries of a command or the application; empty where nobody made any."""
        return self._entries.get((guild_id, target_id), [])

    def listed(self, guild_id: int) -> list[dict[str, Any]]:
        """Return all permissions that were changed in a guild, those of the application too."""
        return [
            self.payload(guild_id, target_id)
            for guild, target_id in self._entries
            if guild == guild_id
        ]

    def payload(self, guild_id: int, target_id: str) -> dict[str, Any]:
        """Return the permissions of a command or the application as Discord writes them."""
        return {
            "id": target_id,
            "application_id": str(self._world.bot.id),
            "guild_id": str(guild_id),
            "permissions": self.of(guild_id, target_id),
        }

    def set(self, guild: Guild, target_id: str, rules: Rules, *, channels: bool | None) -> None:
        """Replace the entries of a command or the application, and tell the bot.

        Args:
            guild: Where.
            target_id: The command, or the application.
            rules: Whom it is about, and whether it is allowed them.
            channels: The entry about all channels, if there is to be one.
        """
        entries = [
            {"id": str(target.id), "type": int(_type_of(target)), "permission": allowed}
            for target, allowed in rules.items()
        ]
        if channels is not None:
            every = {"id": str(guild.id - 1), "type": int(PermissionType.CHANNEL)}
            entries.append({**every, "permission": channels})
        if entries:
            self._entries[guild.id, target_id] = entries
        else:
            self._entries.pop((guild.id, target_id), None)
        self._world.gateway.dispatch(
            "APPLICATION_COMMAND_PERMISSIONS_UPDATE",
            self.payload(guild.id, target_id),
            guild_id=guild.id,
            needs=0,
        )

    def forget(self, guild: Guild) -> None:
        """Drop what was set in a server that the bot has left."""
        self._entries = {
            key: entries for key, entries in self._entries.items() if key[0] != guild.id
        }

    def check_offered(self, command: Command, member: Member, channel: Channel) -> None:
        """Check that Discord's client offers a command to a member in a channel.

        Raises:
            ValueError: It does not.
        """
        permissions = channel.permissions_of(member)
        if not member.can_see(channel):
            raise ValueError(f"{member.name} does not see #{channel.name}")
        if channel.kind in WITHOUT_MESSAGES:
            raise ValueError(f"nothing can be used in #{channel.name} itself")
        if not permissions & Permission.USE_APPLICATION_COMMANDS:
            raise ValueError(f"{member.name} may not use commands in #{channel.name}")
        if command["nsfw"] and not channel.nsfw:
            raise ValueError(f"{command['name']} is for age-restricted channels")
        contexts = command["contexts"]
        if contexts is not None and 0 not in contexts:
            raise ValueError(f"{command['name']} is not for servers")
        if not self.allowed(command, member, channel):
            raise ValueError(f"{member.name} may not use {command['name']} in #{channel.name}")

    def allowed(self, command: Command, member: Member, channel: Channel) -> bool:
        """Say whether entries and default permissions let a member use a command."""
        if channel.permissions_of(member) & Permission.ADMINISTRATOR:
            return True
        rules = self._rules(member.guild, command)
        return _in_channel(rules, channel) and _for_member(rules, command, member, channel)

    def _rules(self, guild: Guild, command: Command) -> dict[tuple[int, int], bool]:
        entries = [*self.of(guild.id, str(self._world.bot.id)), *self.of(guild.id, command["id"])]
        return {(entry["type"], int(entry["id"])): entry["permission"] for entry in entries}


def _in_channel(rules: dict[tuple[int, int], bool], channel: Channel) -> bool:
    place = channel.parent or channel
    all_channels = rules.get((PermissionType.CHANNEL, channel.guild.id - 1), True)
    return rules.get((PermissionType.CHANNEL, place.id), all_channels)


def _for_member(
    rules: dict[tuple[int, int], bool], command: Command, member: Member, channel: Channel
) -> bool:
    if (own := rules.get((PermissionType.USER, member.id))) is not None:
        return own
    keys = [(PermissionType.ROLE, role.id) for role in member.roles[1:]]
    if by_roles := [rules[key] for key in keys if key in rules]:
        return any(by_roles)
    if not rules.get((PermissionType.ROLE, member.guild.id), True):
        return False
    needed = command["default_member_permissions"]
    if needed is None:
        return True
    have = channel.permissions_of(member)
    return int(needed) != 0 and have & int(needed) == int(needed)


def _type_of(target: Role | Member | Channel) -> PermissionType:
    if isinstance(target, Role):
        return PermissionType.ROLE
    return PermissionType.USER if isinstance(target, Member) else PermissionType.CHANNEL
