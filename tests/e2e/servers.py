"""Servers of a test's own, and their settings panel as a moderator uses it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sandbox.discord import Actor, Channel, Invocation, Message, Permission
from sandbox.discord.guilds import Guild
from tests.e2e.cards import card_of, text_of
from tests.e2e.world import World

PREFIX = "remix-server"


def execute(world: World, query: str, *values: Any) -> None:
    """Change the database of a bot that is stopped."""
    assert not world.running
    with closing(sqlite3.connect(world.books.path)) as connection, connection:
        connection.execute(query, values)


@dataclass
class Server:
    """A server with a channel, its moderator and a member."""

    world: World
    guild: Guild
    room: Channel
    moderator: Actor
    member: Actor

    @classmethod
    def found(cls, world: World, **options: Any) -> Server:
        """Make one; it has no settings yet."""
        guild = world.discord.add_guild("Commune", **options)
        role = guild.add_role("moderators", permissions=Permission.MANAGE_GUILD)
        return cls(
            world=world,
            guild=guild,
            room=guild.add_channel("remix"),
            moderator=guild.add_member("moderator", roles=[role]),
            member=guild.add_member("member"),
        )

    async def panel(self, member: Actor | None = None, channel: Channel | None = None) -> Panel:
        """Use /settings."""
        who = member or self.moderator
        shot = await self.world.use(who, "settings", channel=channel or self.room)
        return Panel(self.world, who, card_of(shot))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """What a table holds of the server."""
        query = f"SELECT * FROM {table} WHERE server_id = ?"  # noqa: S608 - our own names
        return [dict(row) for row in self.world.books.rows(query, self.guild.id)]

    def changes(self) -> list[tuple[str, str | None, str | None]]:
        """The trail of changes: what, before, after; oldest first."""
        rows = sorted(self.rows("changes"), key=lambda row: row["id"])
        return [(row["what"], row["before"], row["after"]) for row in rows]


@dataclass
class Panel:
    """A settings panel that somebody has open."""

    world: World
    member: Actor
    message: Message

    @property
    def text(self) -> str:
        """All that it says."""
        return text_of(self.message)

    @property
    def note(self) -> str:
        """What it says came of the last press."""
        found = re.search(r"^\*\*(.*)\*\*$", self.message.texts()[0], re.MULTILINE)
        return found[1] if found else ""

    def id(self, *parts: str) -> str:
        """A custom id of its, without its turn."""
        return ":".join([PREFIX, *parts])

    def select(self, *parts: str) -> Any:
        """The select of such an id."""
        wanted = self.id(*parts)
        return next(
            one for one in self.message.selects() if str(one.custom_id).split("~")[0] == wanted
        )

    def chosen(self, *parts: str) -> list[str]:
        """What a select shows as chosen."""
        return [one["value"] for one in self.select(*parts).options if one.get("default")]

    async def section(self, name: str) -> None:
        """Open a section."""
        await self._choose("section", values=[name])

    async def pick(self, section: str, *parts: str, values: Sequence[Any]) -> Invocation:
        """Choose values of a setting in a section."""
        await self.section(section)
        return await self._choose("pick", *parts, values=values)

    async def press(self, *parts: str) -> Invocation:
        """Press a button."""
        return await self.world.press(self.member, self.message, self.id(*parts))

    async def fill(self, section: str, setting: str, value: str) -> Invocation:
        """Open the form of a setting, and send it."""
        await self.section(section)
        opened = await self.press("form", setting)
        return await (await self.member.submit(opened, {"value": value})).answered()

    async def _choose(self, *parts: str, values: Sequence[Any]) -> Invocation:
        custom_id = str(self.select(*parts).custom_id)
        return await (await self.member.choose(self.message, custom_id, values)).answered()
