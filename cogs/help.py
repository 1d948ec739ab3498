"""/help: what a member can do here, and for moderators the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Final

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.admission import BarredError, admit
from bot.backends.base import Operation
from bot.backends.entry import Entry
from bot.client import RemixBot
from bot.errors import explain, suspended
from bot.jobs.submit import offer
from bot.quotas import Balance, credits_text, price
from bot.servers import Server
from cogs import access, authority
from cogs.cards import MOST_TEXT, WAITING_COLOUR, Card
from cogs.desk import RemixInteraction, explained, server_id_of
from cogs.people import asker_of, place_of, role_ids
from cogs.settings_state import NOT_SERVED, is_served, look

MODERATORS: Final = ("settings", "quota", "rules")
"""The commands of moderators, which a server can give to others one by one."""
HELP: Final = "help"
MOST_BACKENDS: Final = 20
"""That are listed of one command."""

Command = app_commands.Command[commands.Cog, ..., None] | app_commands.Group


class HelpCog(commands.Cog, name="Help"):
    """Says what can be done; also where the bot is off, and to members who are suspended."""

    @app_commands.command()
    async def help(self, interaction: RemixInteraction) -> None:
        """See what you can do here, what it costs, and what you have left."""
        async with explained(interaction):
            server = await interaction.client.server(server_id_of(interaction))
            # At once: where Discord does not say who may, each waits for as long as it may.
            may = await asyncio.gather(*(authority.may(interaction, name) for name in MODERATORS))
            allowed = [name for name, one in zip(MODERATORS, may, strict=True) if one]
            parts = await _for_members(interaction, server, moderates=bool(allowed))
            if allowed:
                parts.append(await _for_moderators(interaction, server, allowed))
            await interaction.response.send_message(view=_card(parts), ephemeral=True)


def _card(parts: Iterable[Iterable[str]]) -> Card:
    """Parts of some lines each, as far as Discord takes them."""
    box: ui.Container[ui.LayoutView] = ui.Container(accent_colour=WAITING_COLOUR)
    room = MOST_TEXT
    for part in map("\n".join, parts):
        shown = part if len(part) <= room else f"{part[: max(room - 1, 0)]}…"
        room -= len(shown)
        if room >= 0:
            box.add_item(ui.TextDisplay(shown))
    return Card(box)


async def _for_members(
    interaction: RemixInteraction, server: Server, *, moderates: bool
) -> list[list[str]]:
    bot, user = interaction.client, interaction.user
    balance = await bot.jobs.balance(server.id, user.id, role_ids(user))
    head = ["### What you can do here"]
    head += [f"⚠️ {one}" for one in _obstacles(interaction, server, balance)]
    lack = access.here(interaction)
    # Moderators read it below, among what they can mend.
    if lack and (lack.locked or not moderates):
        head.append(f"⚠️ {lack.sentence}")
    head.append(_credits(balance))
    parts = (head, list(_commands(bot, server)), list(_backends(bot, server)))
    return [part for part in parts if part]


def _obstacles(interaction: RemixInteraction, server: Server, balance: Balance) -> Iterator[str]:
    """What keeps the member from making pictures here and now, a sentence each."""
    if not is_served(interaction):
        yield NOT_SERVED
    try:
        now = interaction.client.clock.now()
        admit(server.settings, asker_of(interaction), place_of(interaction), now=now)
    except BarredError as error:
        yield explain(error)
    if balance.suspension is not None:
        yield suspended(balance.suspension.until, balance.suspension.reason)


def _commands(bot: RemixBot, server: Server) -> Iterator[str]:
    """The commands of members, but for those that no backend of the server can do."""
    offered = {entry.operation for entry in offer(bot.registry.offered, server.settings)}
    unable = {str(operation) for operation in Operation} - {str(one) for one in offered}
    for command in _of_members(bot):
        if command.name not in unable:
            yield f"`/{command.name}` {command.description}"
    kinds = {
        discord.AppCommandType.message: "On a message, under Apps",
        discord.AppCommandType.user: "On a member, under Apps",
    }
    for kind, where in kinds.items():
        names = [menu.name for menu in bot.tree.get_commands(type=kind)]
        if names:
            yield f"{where}: **{'**, **'.join(sorted(names))}**"


def _of_members(bot: RemixBot) -> list[Command]:
    """The slash commands that everybody sees, those for pictures first."""
    found = [
        command
        for command in bot.tree.get_commands(type=discord.AppCommandType.chat_input)
        if command.default_permissions is None and command.name != HELP
    ]
    order = [str(operation) for operation in Operation]
    last = len(order)

    def rank(command: Command) -> tuple[int, str]:
        place = order.index(command.name) if command.name in order else last
        return place, command.name

    return sorted(found, key=rank)


def _credits(balance: Balance) -> str:
    if balance.left is None:
        return "Your credits are unlimited."
    left = credits_text(balance.left)
    return f"You have **{left}** left; they renew <t:{balance.renews // 1000}:R>."


def _backends(bot: RemixBot, server: Server) -> Iterator[str]:
    """The backends of each command with the credits that a picture costs, the default first."""
    for operation in Operation:
        able = bot.offered_for(operation, server.settings)
        if able:
            named = ", ".join(f"{entry.name} {_each(entry)}" for entry in able[:MOST_BACKENDS])
            yield f"-# Credits for a picture by `/{operation}`: {named}."


def _each(entry: Entry) -> int:
    return price(entry.price_at(None), 1).credits


async def _for_moderators(
    interaction: RemixInteraction, server: Server, allowed: Iterable[str]
) -> list[str]:
    lines = ["### For moderators"]
    for name in allowed:
        command = interaction.client.tree.get_command(name)
        if isinstance(command, (app_commands.Command, app_commands.Group)):
            lines.append(f"`/{name}` {command.description}{_inside(command)}")
    if not server.set_up:
        lines.append("Set-up is not finished: until then a starter list of rules holds.")
    if server.settings.log_channel is None:
        lines.append("No log channel is set: with one, members can report pictures.")
    problems = (await look(interaction)).problems
    lines += [f"⚠️ {problem}" for problem in problems if problem != NOT_SERVED]
    return lines


def _inside(command: app_commands.Command[commands.Cog, ..., None] | app_commands.Group) -> str:
    """The names of a command's subcommands and groups."""
    if not isinstance(command, app_commands.Group):
        return ""
    names = sorted(one.name for one in command.commands)
    return f"\n-# {', '.join(names)}"


async def setup(bot: RemixBot) -> None:
    """Add the command."""
    await bot.add_cog(HelpCog())
