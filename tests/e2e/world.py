"""A small world: both sandboxes, the real bot, and members who use it."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar

from PIL import Image, ImageDraw

from sandbox.discord import Actor, Channel, DiscordSandbox, Invocation, Message, Upload
from sandbox.providers import Providers
from tests.e2e.books import Books
from tests.e2e.process import BotProcess

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds that anything may take, on a busy machine too."""
DEFAULTS = {"DEFAULT_DAILY_CREDITS": "200", "LOG_LEVEL": "DEBUG"}
"""Settings of a bot that a test does not set up otherwise."""

PROMPT = "a harbour in copper light"
BEFORE, AFTER = 111, 112
"""The component ids of the pictures on a card."""

_SIGNED = re.compile(r"\b(ex|hm|sig)=(?!\*\*\*)")
_FREE_TEXT = ("prompt", "negative")


class World:
    """Discord with one server, the providers, and a bot that a test starts and kills."""

    def __init__(self, folder: Path, discord: DiscordSandbox, providers: Providers) -> None:
        self.folder = folder
        self.discord = discord
        self.providers = providers
        self.guild = discord.add_guild("Art")
        self.channel = self.guild.add_channel("remix")
        self.books = Books(folder / "remix.db")
        self.log: list[str] = []
        """What earlier processes logged; `lines` has all."""
        self.settings: dict[str, str] = {}
        self._bot: BotProcess | None = None
        self._members = 0
        self._checked = 0
        self._violations = 0
        self._paid = (Decimal(0), 0, 0)

    @classmethod
    @asynccontextmanager
    async def made(cls, folder: Path) -> AsyncIterator[Self]:
        """Make one; its bot is not started."""
        async with DiscordSandbox() as discord, Providers() as providers:
            world = cls(folder, discord, providers)
            try:
                yield world
            finally:
                if world.running:
                    await world.kill()

    # The bot.

    @property
    def bot(self) -> BotProcess:
        """The bot's process, the last one if it has exited."""
        assert self._bot is not None, "the bot was never started"
        return self._bot

    @property
    def running(self) -> bool:
        """Whether a bot runs."""
        return self._bot is not None and self._bot.running

    @property
    def lines(self) -> list[str]:
        """The lines that all processes have logged, oldest first."""
        return self.log + (self._bot.lines if self._bot else [])

    async def launch(self, **settings: str) -> None:
        """Start the bot and do not wait for it."""
        assert not self.running, "the bot runs already"
        if self._bot is not None:
            self.log += self._bot.lines
        self.settings = settings
        base = {
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_URL": self.discord.url,
            "DATABASE_URL": f"sqlite:///{self.books.path}",
            **self.providers.env(),
            **DEFAULTS,
        }
        self._bot = BotProcess(base | settings, self.folder, self.discord.world.changes.notify)
        await self._bot.start()

    async def start_bot(self, **settings: str) -> None:
        """Start the bot and wait until members can use it.

        Args:
            settings: Over `DEFAULTS`.
        """
        await self.launch(**settings)
        await self.until(lambda: self._is_ready() or not self.running, "a bot that is ready")
        assert self.running, "\n".join(self.lines[-20:])

    async def kill(self) -> None:
        """SIGKILL, and wait until Discord has noticed."""
        await self.bot.kill()
        await self.discord.offline()

    async def stop(self) -> float:
        """SIGTERM, and wait until it is gone; gives the seconds that took."""
        began = asyncio.get_running_loop().time()
        self.bot.terminate()
        status = await self.bot.exited()
        assert status == 0, "\n".join(self.lines[-20:])
        await self.discord.offline()
        return asyncio.get_running_loop().time() - began

    async def restart(self) -> None:
        """SIGKILL and a new start, with the same settings."""
        settings = self.settings
        await self.kill()
        await self.start_bot(**settings)

    def _is_ready(self) -> bool:
        return self.discord.gateway.ready and self.discord.world.commands.overwrites > 0

    # Waiting.

    async def until(self, predicate: Callable[[], T], what: str) -> T:
        """Wait until something is true; asked at each change in Discord and each log line.

        Raises:
            TimeoutError: It did not become true; says what was waited for.
        """
        return await self.discord.until(predicate, PATIENCE, what)

    async def logged(self, event: str, *words: str) -> str:
        """Wait for a line of the present process that has all these words; gives it."""
        found = [event, *words]

        def line() -> str | None:
            hits = (one for one in self.bot.lines if all(word in one for word in found))
            return next(hits, None)

        return str(await self.until(line, f"a log line with {found}"))

    async def quiet(self) -> None:
        """Wait until no job has work left."""
        await self.until(self.books.quiet, "all jobs to end and be shown")

    # Members.

    def member(self, **options: Any) -> Actor:
        """Let somebody new join, with a quota of their own."""
        self._members += 1
        return self.guild.add_member(f"member{self._members}", **options)

    async def remix(self, member: Actor, prompt: str = PROMPT, **options: Any) -> Invocation:
        """Use /remix and wait for the first answer; image and backend are filled in."""
        channel: Channel = options.pop("channel", self.channel)
        filled = {"image": Upload("photo.jpg", photo()), "backend": "fal-v2a", **options}
        shot = await member.slash(channel, "remix", prompt=prompt, **filled)
        return await shot.answered()

    async def made(self, member: Actor, prompt: str = PROMPT, **options: Any) -> Message:  # type: ignore[no-redef]
        """Use /remix and wait for its pictures; gives the card."""
        return await self.shown(await self.remix(member, prompt, **options))

    async def press(self, member: Actor, message: Message, what: str) -> Invocation:
        """Press a button and wait for the first answer."""
        return await (await member.click(message, what)).answered()

    async def shown(self, shot: Invocation) -> Message:
        """Wait until an interaction's card shows its pictures; gives the card."""
        card = card_of(shot)
        await self.until(card.media, f"the pictures of {shot!r}")
        return card

    async def ended(self, shot: Invocation) -> Message:
        """Wait until a card says that its job came to nothing; gives the card."""
        card = card_of(shot)
        await self.until(lambda: "Try again" in labels(card), f"the end of {shot!r}")
        return card

    async def credits(self, member: Actor) -> str:
        """Use /credits; gives the answer."""
        shot = await (await member.slash(self.channel, "credits")).answered()
        return card_of(shot).content

    def job(self, shot: Invocation) -> dict[str, Any]:
        """The stored job of an interaction; empty where it made none."""
        rows = self.books.rows("SELECT * FROM jobs WHERE interaction_id = ?", shot.id)
        return dict(rows[0]) if rows else {}

    def jobs_of(self, member: Actor) -> list[dict[str, Any]]:
        """The stored jobs of a member, oldest first."""
        query = "SELECT * FROM jobs WHERE user_id = ? ORDER BY created, id"
        return [dict(row) for row in self.books.rows(query, member.id)]

    def used(self, member: Actor) -> int:
        """Credits that a member has used, over all servers."""
        query = "SELECT COALESCE(SUM(used), 0) FROM accounts WHERE user_id = ?"
        return self.books.one(query, member.id) or 0

    def discord_requests(self, since: int = 0) -> list[str]:
        """What the bot asked Discord's API, from the request of that number on."""
        return [
            f"{one.method} {_plain(one.path)}"
            for one in self.discord.requests[since:]
            if not one.path.startswith(("/attachments/", "/ephemeral-attachments/"))
        ]

    # The audit.

    async def check(self) -> None:
        """Wait until all is quiet, then look at the books, the bills and the log."""
        if self.running:
            await self.quiet()
        assert list(self.books.faults()) == []
        assert _files(self.folder / "spool") == []
        self._check_bills()
        assert self.discord.violations[self._violations :] == []
        self._violations = len(self.discord.violations)
        lines = self.lines[self._checked :]
        self._checked += len(lines)
        assert list(self._leaks("\n".join(lines))) == []

    def _check_bills(self) -> None:
        """Compare what the stand-ins charged since the last audit with what the bot booked."""
        now = (self.providers.total, self.books.billed_micros(), self.books.unknown())
        charged, booked, unknown = (new - old for new, old in zip(now, self._paid, strict=True))
        self._paid = now
        if unknown:
            assert charged * 1_000_000 >= booked
        else:
            assert charged * 1_000_000 == booked

    def _leaks(self, log: str) -> AsyncIterator[str]:
        raise NotImplementedError
