"""Who may moderate: with Manage Server, or where a server's own command permissions allow it.

Discord holds its command permissions on commands only; here they are held on the components and
forms that belong to a command as well. They are read with the bot's token, once for each server,
and kept fresh by events.

Source: Discord's documentation, interactions/application-commands, "Permissions", read 2026-11.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import discord
from discord.app_commands import AppCommandPermissions
from discord.ext import commands

from bot.client import RemixBot
from bot.discord_wire import FAULTS
from bot.gateway import readable
from cogs.delivery import brief
from cogs.desk import SorryError
from cogs.people import RemixInteraction, place_of, role_ids

log = logging.getLogger(__name__)

NOT_ALLOWED = (
    "Only who may manage the server can do that, and those whom its command permissions allow."
)
UNKNOWN = "Discord did not say who may do that. Try again in a minute."
ASK_SECONDS = 2.0
"""An answer is due within three, and discord.py would go on asking for longer."""

Entries = Mapping[tuple[str, int], bool]
"""Whether a role, user or channel is allowed, by its kind and id."""


@dataclass(frozen=True, kw_only=True)
class Permissions:
    """A server's command permissions, by the command's id, or by the application's for all."""

    by_command: Mapping[int, Entries]


class Authority(commands.Cog):
    """Knows who may use moderators' commands."""

    def __init__(self, bot: RemixBot) -> None:
        self._bot = bot
        self._known: dict[int, Permissions] = {}
        self._command_ids: dict[str, int] = {}
        self._heard = 0
        """Changes that Discord told of, by any server."""

    async def allows(self, interaction: RemixInteraction, command: str) -> bool:
        """Say whether a member may use a command of moderators, and what belongs to it.

        Args:
            interaction: Of the member.
            command: Its name, without subcommands.

        Raises:
            SorryError: Discord could not be asked.
        """
        if interaction.permissions.manage_guild or interaction.permissions.administrator:
            return True
        if interaction.guild_id is None or self._bot.application_id is None:
            return False
        try:
            async with asyncio.timeout(ASK_SECONDS):
                permissions = await self._permissions(interaction.guild_id)
                command_id = await self._command_id(command)
        except FAULTS as error:
            log.warning("authority.unknown", extra={"error": brief(error)})
            raise SorryError(UNKNOWN) from None
        found = permissions.by_command
        # What is said of all commands counts for whom the command itself says nothing.
        entries = {**found.get(self._bot.application_id, {}), **found.get(command_id, {})}
        return _allowed(entries, interaction)

    async def _permissions(self, server_id: int) -> Permissions:
        known, heard = self._known.get(server_id), self._heard
        if known is None:
            with readable():
                found = await self._bot.http.get_guild_application_command_permissions(
                    self._bot.application_id or 0, server_id
                )
                known = Permissions(
                    by_command={int(one["id"]): _entries(one["permissions"]) for one in found}
                )
            # What changed while Discord answered may be missing from its answer.
            if heard == self._heard:
                self._known[server_id] = known
        return known

    async def _command_id(self, name: str) -> int:
        if name not in self._command_ids:
            with readable():
                found = await self._bot.tree.fetch_commands()
            self._command_ids = {command.name: command.id for command in found}
        return self._command_ids[name]

    @commands.Cog.listener()
    async def on_raw_app_command_permissions_update(
        self, payload: discord.RawAppCommandPermissionsUpdateEvent
    ) -> None:
        """Take what a server changed."""
        self._heard += 1
        known = self._known.get(payload.guild.id)
        if known is None:
            return
        entries = _of_event(payload.permissions)
        self._known[payload.guild.id] = Permissions(
            by_command={**known.by_command, payload.target_id: entries}
        )

    @commands.Cog.listener()
    async def on_shard_connect(self, _: int) -> None:
        """Forget all, since a new session was told nothing of what changed before.

        Not on_shard_ready: that waits for the servers, and members do not.
        """
        self._heard += 1
        self._known.clear()

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget a server that the bot left."""
        self._known.pop(guild.id, None)


async def require(interaction: RemixInteraction, command: str) -> None:
    """Check that a member may use a command of moderators, and what belongs to it.

    Raises:
        SorryError: They may not, or Discord did not say.
    """
    authority = cast("Authority", interaction.client.get_cog(Authority.__cog_name__))
    if not await authority.allows(interaction, command):
        raise SorryError(NOT_ALLOWED)


async def may(interaction: RemixInteraction, command: str) -> bool:
    """Say whether a member may use a command of moderators, as far as Discord says.

    What it does not say just now counts as no.
    """
    try:
        await require(interaction, command)
    except SorryError:
        return False
    return True


def _allowed(entries: Entries, interaction: RemixInteraction) -> bool:
    """Apply entries as Discord does; nobody named means Manage Server, which was asked before.

    Everyone's entry does not matter: it cannot stand in for Manage Server, and whoever has that
    passes (discord/discord-api-docs, issue 5356).
    """
    server_id = interaction.guild_id or 0
    here = [entries[key] for key in _channels(interaction) if key in entries]
    if not all(here or [entries.get(("channel", server_id - 1), True)]):
        return False
    own = entries.get(("user", interaction.user.id))
    if own is not None:
        return own
    return any(
        entries.get(("role", role), False)
        for role in role_ids(interaction.user)
        if role != server_id
    )


def _channels(interaction: RemixInteraction) -> list[tuple[str, int]]:
    """The channel that counts; a thread has no entries of its own."""
    return [("channel", one) for one in place_of(interaction).ids]


_KINDS = {1: "role", 2: "user", 3: "channel"}


def _entries(permissions: Iterable[Mapping[str, Any]]) -> Entries:
    return {(_KINDS[one["type"]], int(one["id"])): bool(one["permission"]) for one in permissions}


def _of_event(permissions: Iterable[AppCommandPermissions]) -> Entries:
    return {(_KINDS[one.type.value], one.id): one.permission for one in permissions}


async def setup(bot: RemixBot) -> None:
    """Know who may moderate."""
    await bot.add_cog(Authority(bot))
