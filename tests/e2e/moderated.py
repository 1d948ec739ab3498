"""A server of a test's own in the shared world, with a moderator, a log channel and settings."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Self

from sandbox.discord import Actor, Channel, Invocation, Message
from sandbox.discord.guilds import Guild
from sandbox.discord.permissions import Permission
from tests.e2e.cards import said, text_of
from tests.e2e.world import World


@dataclass(frozen=True, kw_only=True)
class Moderated:
    """One server, of which nothing is shared with other tests."""

    world: World
    guild: Guild
    room: Channel
    log: Channel
    moderator: Actor

    @classmethod
    def open(cls, world: World, name: str = "Moderated", **settings: Any) -> Self:
        """Make one.

        Args:
            world: Whose bot is in it.
            name: Its name.
            settings: As they are stored, over a log channel.
        """
        guild = world.discord.add_guild(name)
        role = guild.add_role("moderators", permissions=Permission.MANAGE_GUILD)
        log = guild.add_channel("log")
        made = cls(
            world=world,
            guild=guild,
            room=guild.add_channel("remix"),
            log=log,
            moderator=guild.add_member("moderator", roles=[role]),
        )
        made.store({"log_channel": log.id, **settings})
        return made

    def store(self, settings: dict[str, Any]) -> None:
        """Write settings by force, as no command sets them alone."""
        with closing(sqlite3.connect(self.world.books.path)) as connection, connection:
            # The bot stays the only one that checkpoints.
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            connection.execute(
                "INSERT INTO servers (id, settings) VALUES (?, ?)"
                " ON CONFLICT (id) DO UPDATE SET settings = excluded.settings",
                (self.guild.id, json.dumps(settings)),
            )

    def moderated(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that moderators have changed here; the bot itself changes nothing of it."""
        tables = ("changes", "grants", "quota_rules", "suspensions", "prompt_rules", "ledger")
        asked = {table: f"SELECT * FROM {table} WHERE server_id = ?" for table in tables}  # noqa: S608 - our own names
        asked["servers"] = "SELECT settings, set_up FROM servers WHERE id = ?"
        return {
            table: [tuple(row) for row in self.world.books.rows(sql, self.guild.id)]
            for table, sql in asked.items()
        }

    async def use(self, command: str, /, *, by: Actor | None = None, **options: Any) -> Invocation:
        """Let the moderator, or somebody else, use a command here."""
        return await self.world.use(by or self.moderator, command, channel=self.room, **options)

    async def say(self, command: str, /, **options: Any) -> str:
        """Use a command; gives what only its user reads."""
        return said(await self.use(command, **options))

    async def made(self, member: Actor, **options: Any) -> Message:
        """Let a member make a picture here."""
        return await self.world.made(member, channel=self.room, **options)

    async def refused(self, member: Actor, **options: Any) -> str:
        """Let a member ask for a picture that is refused; gives the sentence."""
        return said(await self.world.remix(member, channel=self.room, **options))

    async def logged(self, *words: str) -> str:
        """Wait until the log channel has a post with all these words; gives it."""

        def post() -> str:
            texts = map(text_of, self.log.messages)
            return next((one for one in texts if all(word in one for word in words)), "")

        return await self.world.until(post, f"a post with {words}")

    def posts(self, title: str) -> int:
        """How many posts of a title the log channel has."""
        return sum(f"### {title}\n" in text_of(message) for message in self.log.messages)
