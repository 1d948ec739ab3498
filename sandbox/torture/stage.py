"""Where the sweep takes place: both sandboxes, and a bot that is killed and started again."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Self

from sandbox.audit.books import Books
from sandbox.audit.shared_books import SharedBooks
from sandbox.discord import DiscordSandbox, Invocation
from sandbox.discord.members import JOINED
from sandbox.providers import Providers
from sandbox.torture.bots import Bot, Nursery
from sandbox.torture.databases import database

PATIENCE = 45.0
"""Seconds that anything may take, on a busy machine too."""
TICK = 0.05
LEASE_SECONDS = 5.0
"""Where the database is shared: after so long the next process takes over from the dead."""
WORK_SECONDS = 0.25
"""How long a picture takes, so that a kill finds work under way at every provider."""
_UNHEARD = "SELECT COUNT(*) AS n FROM calls WHERE outcome = 'unknown' AND hint IS NOT NULL"


class BotError(Exception):
    """The bot ended by itself; the text has the end of its log."""


class Stage:
    """One server of Discord, the providers and the bot.

    Attributes:
        shots: All interactions that asked for pictures.
        asked: What was done while the bot was killed: each with the button's label, or `ORDER`.
        prompts: How many different prompts, and codes of styles, were used.
        listed: Jobs that were found in their member's /credits.
        deleted: Jobs whose card a member deleted.
        pressed: When the checks pressed a button last; `time.monotonic`, by its custom id.
        presses: How often the checks pressed each kind of button.
        webhook: Whether providers report to the bot.
    """

    def __init__(
        self, folder: Path, discord: DiscordSandbox, providers: Providers, nursery: Nursery
    ) -> None:
        self.folder = folder
        self.discord = discord
        self.providers = providers
        self.guild = discord.add_guild("Art")
        # So long ago that it is not welcomed any more.
        self.guild.bot_member.joined = JOINED
        self.channel = self.guild.add_channel("remix")
        self.books = Books(folder / "remix.db")
        self.database_url = f"sqlite:///{folder / 'remix.db'}"
        self.shots: list[Invocation] = []
        self.asked: list[tuple[Invocation, str]] = []
        self.prompts = 0
        self.listed: set[str] = set()
        self.deleted: set[str] = set()
        self.pressed: dict[str, float] = {}
        self.presses: Counter[str] = Counter()
        self.webhook = False
        self._nursery = nursery
        self._lease: float | None = None
        self._bots: list[Bot] = []
        self._buried = 0
        self._port = _free_port()
        for server in providers.servers:
            server.latency = WORK_SECONDS
            # fal tries for two hours: as long as anything here takes.
            server.delivery.gaps = (0.0, *[0.2] * 200)

    @classmethod
    @asynccontextmanager
    async def open(cls, *, webhook: bool, server: str | None = None) -> AsyncGenerator[Self]:
        """Make one; its bot is not started.

        Args:
            webhook: Whether providers report to the bot.
            server: A PostgreSQL server, which gets a database for it; None takes a SQLite file.
        """
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            discord = await stack.enter_async_context(DiscordSandbox())
            discord.gateway.starts.per_day = sys.maxsize
            providers = await stack.enter_async_context(Providers())
            nursery = await stack.enter_async_context(Nursery(folder))
            stage = cls(folder, discord, providers, nursery)
            stage.webhook = webhook
            if server is not None:
                url = await stack.enter_async_context(database(server))
                stage.database_url, stage._lease = url, LEASE_SECONDS
                stage.books = stack.enter_context(closing(SharedBooks(url)))
            yield stage

    # The bot.

    @property
    def bot(self) -> Bot:
        """The last one that was started."""
        return self._bots[-1]

    async def start(
        self, *, first: tuple[str, int] | None = None, record: Path | None = None
    ) -> None:
        """Start the bot, and wait until members can use it or it is dead.

        Args:
            first: The point at which it dies, and how often it is reached until then.
            record: A file that gets the names of all points that it reaches.

        Raises:
            BotError: It ended by itself.
        """
        settings = {
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_URL": self.discord.url,
            "DATABASE_URL": self.database_url,
            "DEFAULT_DAILY_CREDITS": "1000",
            "FALLBACK": "false",
            "FAL_CONCURRENCY": "40",
            "IDENTIFY_SECONDS": "0",
            "HEARTBEAT_SECONDS": "1",
            **(
                {"PUBLIC_URL": self._reports, "HOOKS_PORT": str(self._port)} if self.webhook else {}
            ),
            **self.providers.env(),
        }
        # What was asked of the dead, nobody will answer.
        self._buried = len(self.shots)
        self._bots.append(
            await self._nursery.start(settings, first=first, record=record, lease=self._lease)
        )
        await self.until(lambda: self.ready or self.bot.dead.is_set(), "a bot that is ready")
        if self.bot.dead.is_set():
            if self.bot.killed_at is None:
                raise BotError("\n".join(["the bot ended by itself", *self.bot.lines[-12:]]))
            await self.discord.offline()

    async def kill(self) -> None:
        """SIGKILL, and wait until Discord has noticed; nothing, where the bot is dead already."""
        if not self.bot.dead.is_set():
            await self.bot.kill()
        await self.discord.offline()

    def log_since(self, bots: int) -> Sequence[str]:
        """The log of all bots but the first so many."""
        return [line for bot in self._bots[bots:] for line in bot.lines]

    @property
    def started(self) -> int:
        """How many bots were started."""
        return len(self._bots)

    @property
    def _reports(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def ready(self) -> bool:
        """Whether members can use the bot."""
        return self.discord.gateway.ready and self.discord.world.commands.overwrites > 0

    # Waiting.

    async def until(self, predicate: Callable[[], object], what: str) -> None:
        """Wait until something is true.

        Raises:
            TimeoutError: It did not become true; says what was waited for.
        """
        ends = time.monotonic() + PATIENCE
        while not predicate():
            if time.monotonic() > ends:
                raise TimeoutError(f"not within {PATIENCE:g} s: {what}")
            with suppress(TimeoutError):
                await self.discord.until(predicate, TICK)

    def quiet(self) -> bool:
        """Say whether nothing is left to do, for the bot and for the providers."""
        busy = any(server.busy for server in self.providers.servers)
        asked = any(
            not shot.failed and not shot.response_type for shot in self.shots[self._buried :]
        )
        if busy or asked:
            return False
        return self.books.quiet() and not self.books.one(_UNHEARD) and not self.spooled()

    def spooled(self) -> list[str]:
        """The files in the spool."""
        if self._lease is not None:
            return [row["name"] for row in self.books.rows("SELECT name FROM spool_files")]
        # os.walk passes over a folder that is removed while it looks; rglob raises.
        return [name for _, _, files in os.walk(self.folder / "spool") for name in files]

    async def dead_within(self, seconds: float) -> bool:
        """Wait for the bot's death; False where it outlives that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.bot.dead.wait()
        return self.bot.dead.is_set()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
