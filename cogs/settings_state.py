"""What the settings panel shows: the server as it is set now, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.backends.base import Operation
from bot.backends.entry import Entry
from bot.jobs.submit import offer
from bot.rules.starter import STARTER
from bot.servers import Server, ServerSettings
from cogs import access
from cogs.desk import RemixInteraction, server_id_of

MOST_PROBLEMS: Final = 6
NOT_SERVED: Final = "Whoever runs the bot does not serve this server, so it makes no pictures here."


@dataclass(frozen=True, kw_only=True)
class State:
    """All that the panel shows."""

    server: Server
    entries: Sequence[Entry]
    """All backends that the operator offers."""
    fallback_allowed: bool
    """Whether the operator lets another backend stand in at all."""
    gone: frozenset[int] = frozenset()
    """Channels that are set and do not exist any more."""
    problems: Sequence[str] = ()
    """What keeps the bot from working as it is set, a sentence each."""
    starter: int = len(STARTER)
    """How many rules the starter list has."""
    turn: int = 0
    """See `cogs.settings_ids.SettingsId`."""
    note: str | None = None
    """What came of the last press, where that is not plain to see."""

    @property
    def settings(self) -> ServerSettings:
        """What is set."""
        return self.server.settings

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all backends that the operator offers, each once."""
        return tuple(dict.fromkeys(entry.name for entry in self.entries))

    @property
    def offered(self) -> tuple[str, ...]:
        """The names of those that the server offers, its default first."""
        return tuple(dict.fromkeys(entry.name for entry in offer(self.entries, self.settings)))


async def look(interaction: RemixInteraction, note: str | None = None) -> State:
    """Read anew what the panel shows.

    Args:
        interaction: The one that is about to be answered.
        note: What came of it.

    Raises:
        SorryError: It is in no server.
    """
    bot = interaction.client
    server = await bot.server(server_id_of(interaction))
    entries = bot.registry.offered
    gone = frozenset(_gone(interaction.guild, server.settings))
    problems = _problems(interaction, server, entries, gone)
    return State(
        server=server,
        entries=entries,
        fallback_allowed=bot.jobs.context.fallback,
        gone=gone,
        problems=tuple(problems)[:MOST_PROBLEMS],
        turn=interaction.id,
        note=note,
    )


def is_served(interaction: RemixInteraction) -> bool:
    """Say whether the operator lets the bot make pictures in this server."""
    allowed = interaction.client.jobs.context.limits.allowed_servers
    return not allowed or interaction.guild_id in allowed


def _problems(
    interaction: RemixInteraction, server: Server, entries: Sequence[Entry], gone: frozenset[int]
) -> Iterator[str]:
    settings, guild = server.settings, interaction.guild
    if not is_served(interaction):
        yield NOT_SERVED
    if settings.log_channel in gone:
        yield "The log channel does not exist any more. Choose another one."
    elif settings.log_channel is not None:
        yield from _lacking(settings.log_channel, access.for_log(guild, settings.log_channel))
    if gone.intersection(settings.channels):
        yield "A channel where the bot may be used does not exist any more. Choose them again."
    yield from _without_backends(settings, entries)
    yield from _lacking(interaction.channel_id or 0, access.here(interaction).permissions)
    for channel_id in settings.channels:
        if channel_id != interaction.channel_id:
            yield from _lacking(channel_id, access.for_pictures(guild, channel_id))


def _lacking(channel_id: int, permissions: Sequence[str]) -> Iterator[str]:
    if permissions:
        yield f"In <#{channel_id}> the bot lacks {', '.join(permissions)}."


def _without_backends(settings: ServerSettings, entries: Sequence[Entry]) -> Iterator[str]:
    """What commands have no backend left of those that the server offers."""
    able, has = ({e.operation for e in found} for found in (entries, offer(entries, settings)))
    missing = [f"`/{operation}`" for operation in Operation if operation in able - has]
    if missing:
        yield f"The backends that this server offers do nothing for {', '.join(missing)}."


def _gone(guild: discord.Guild | None, settings: ServerSettings) -> Iterator[int]:
    if not access.is_known(guild):
        return
    for channel_id in {*settings.channels, settings.log_channel} - {None}:
        if channel_id and guild.get_channel(channel_id) is None:
            yield channel_id
