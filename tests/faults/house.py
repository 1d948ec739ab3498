"""The whole bot in the test's own process and loop, between the stand-ins of all others."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import pytest

from bot import serve
from bot.backends import fal
from bot.circuit import CircuitTempo
from bot.client import RemixBot
from bot.discord_wire import use_discord_at
from bot.hooks import keys
from bot.jobs import links
from bot.jobs.engine import Jobs
from bot.jobs.presenter import Presenter
from bot.logs import OURS, TextLines
from bot.privacy import eraser, erasing
from bot.redaction import Redactor
from bot.servers.settings import UNSET, write
from bot.settings import Settings
from sandbox.discord import Channel, DiscordSandbox, Guild, Message, Permission, interactions
from sandbox.discord.members import JOINED
from sandbox.discord.roles import Role
from storage import servers
from storage.database import Database, Transaction
from tests.faults.inbox import Inbox
from tests.faults.relay import Relay
from tests.faults.stands import Stands
from tests.faults.tempo import AGAIN, ANSWER_SECONDS, GIVE_UP, LOOK, PACE, TEMPO, TURN
from tests.storage.engines import ENGINES

INLINE_BYTES = 3_000
"""Of pictures sent within a call to fal; more are uploaded."""
PROBES = CircuitTempo(look=3600, first=0, most=0)
"""Nobody looks but the rows, and then a probe is due."""
LEFT_OUT = "row"
"""The cause for which the rows take providers out of the offer."""


class Log(logging.Handler):
    """Keeps the lines as the operator reads them."""

    def __init__(self, secrets: list[str]) -> None:
        super().__init__()
        self.setFormatter(TextLines(Redactor(secrets)))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def listening(log: Log) -> Generator[None]:
    """Let everything be logged to it, at the levels that a cautious operator sets."""
    loggers = [logging.getLogger(), *map(logging.getLogger, OURS)]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG if logger.name in OURS else logging.INFO)
    loggers[0].addHandler(log)
    try:
        yield
    finally:
        loggers[0].removeHandler(log)
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@dataclass(kw_only=True)
class House:
    """One bot and what is around it."""

    folder: Path
    engine: str
    discord: DiscordSandbox
    stands: Stands
    relay: Relay
    inbox: Inbox
    log: Log
    parts: serve._Parts = field(init=False)
    """What was opened for the bot."""
    bot: RemixBot = field(init=False)
    guild: Guild = field(init=False)
    talkative: Guild = field(init=False)
    """Has its members told when their pictures are ready, and its moderators of reports."""
    book: Channel = field(init=False)
    """Its log channel."""
    quiet: Guild = field(init=False)
    """Where hardly anybody makes pictures."""
    moderators: Role = field(init=False)
    """Of the quiet one."""
    kept: str = ""
    """The id of a job there, once it was made."""
    further: Message | None = None
    """A message that shows further pictures of another one, likewise."""

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, *, engine: str = "sqlite", hooks: bool = False
    ) -> AsyncGenerator[Self]:
        """Start the bot, and wait until members can use it.

        Args:
            folder: For the database and the spool.
            engine: Which database.
            hooks: Whether the providers can report to it.
        """
        async with cls.empty(folder, engine=engine) as house, house._running(hooks=hooks):
            yield house

    @classmethod
    @asynccontextmanager
    async def empty(cls, folder: Path, *, engine: str = "sqlite") -> AsyncGenerator[Self]:
        """Make what is around a bot, without one."""
        async with AsyncExitStack() as stack:
            discord = await stack.enter_async_context(DiscordSandbox())
            stands = await stack.enter_async_context(Stands())
            relay = Relay()
            await stack.enter_async_context(relay.running())
            inbox = Inbox()
            await stack.enter_async_context(inbox.running())
            log = Log([discord.token, inbox.url, *(server.key for server in stands.servers)])
            stack.enter_context(listening(log))
            stack.push_async_callback(ENGINES[engine].discard, folder)
            use_discord_at(discord.url)
            yield cls(
                folder=folder,
                engine=engine,
                discord=discord,
                stands=stands,
                relay=relay,
                inbox=inbox,
                log=log,
            )

    @property
    def database(self) -> Database:
        """The bot's own."""
        return self.bot.database

    @asynccontextmanager
    async def _running(self, *, hooks: bool) -> AsyncGenerator[None]:
        names = ("Art", "Talk", "Quiet")
        self.guild, self.talkative, self.quiet = map(self.discord.add_guild, names)
        moderates = Permission.MANAGE_GUILD | Permission.MANAGE_MESSAGES
        self.moderators = self.quiet.add_role("moderators", permissions=moderates)
        for guild in (self.guild, self.talkative, self.quiet):
            # So long ago that it is not welcomed any more.
            guild.bot_member.joined = JOINED
        self.book = self.talkative.add_channel("log")
        # The posts of all rows go there, and Discord's own limit would keep them for a minute.
        self.discord.limits.set("POST", "/channels/{channel_id}/messages", 5, 0.2)
        async with AsyncExitStack() as stack:
            self.bot = await self.made(stack, hooks=hooks)
            running = asyncio.create_task(self.bot.start(self.discord.token))
            try:
                await self.discord.ready()
                await self.bot.database.transaction(self._set_up)
                with pytest.MonkeyPatch.context() as patch:
                    # An extension is loaded anew by each bot.
                    patch.setattr(sys.modules["cogs.presenter"], "ATTEMPT_SECONDS", GIVE_UP)
                    logbook = sys.modules["cogs.logbook"]
                    patch.setattr(logbook, "LOOK_SECONDS", LOOK)
                    patch.setattr(logbook, "RETRY_MS", int(AGAIN * 1000))
                    patch.setattr(eraser, "TURN_SECONDS", TURN)
                    patch.setattr(erasing, "FIRST_GAP_SECONDS", 0)
                    patch.setattr(links, "DEADLINE", GIVE_UP)
                    patch.setattr(keys, "GAP_MS", 0)
                    patch.setattr(fal, "INLINE_BYTES", INLINE_BYTES)
                    patch.setattr(interactions, "ANSWER_SECONDS", ANSWER_SECONDS)
                    yield
            finally:
                await self.bot.stop_jobs()
                await self.bot.close()
                await asyncio.gather(running, return_exceptions=True)

    async def _set_up(self, tx: Transaction) -> None:
        """Set what moderators set in their server."""
        await servers.lock(tx, self.talkative.id)
        chosen = replace(UNSET, notice_after=0, log_channel=self.book.id)
        await servers.put(tx, self.talkative.id, write(chosen))

    async def made(self, stack: AsyncExitStack, *, hooks: bool) -> RemixBot:
        """Make the bot as `bot.serve` does, but with the times of these tests."""
        settings = await self.settings(hooks=hooks)
        self.parts = parts = await serve._open(settings, stack)
        parts.http.pace = PACE
        parts.notices._gap = AGAIN
        await parts.circuit.stop()
        parts.circuit._tempo = PROBES
        await parts.circuit.start()
        bot = await stack.enter_async_context(serve._bot(settings, parts, None))
        make_jobs = bot._make_jobs

        def make_quick(presenter: Presenter) -> Jobs:
            jobs = make_jobs(presenter)
            jobs.context.tempo = TEMPO
            return jobs

        bot._make_jobs = make_quick
        if hooks:
            server = serve._hooks(settings, parts, bot)
            server._port = 0
            await server.start()
            stack.push_async_callback(server.stop)
            self.relay.target = f"http://127.0.0.1:{server.port}"
        return bot

    async def settings(self, *, hooks: bool) -> Settings:
        chosen = {
            **self.stands.env(),
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_URL": self.discord.url,
            "OPERATOR_WEBHOOK_URL": self.inbox.url,
            "DATABASE_URL": await ENGINES[self.engine].url(self.folder),
            "SPOOL_DIR": str(self.folder / "spool"),
            "HEALTH_FILE": str(self.folder / "health.json"),
            "IDENTIFY_SECONDS": "0",
            "DEFAULT_DAILY_CREDITS": "1000000",
            "CONFIRM_ABOVE": "1000000",
            "FAL_CONCURRENCY": "1000",
            "IDEOGRAM_IN_FLIGHT": "1000",
            # So that what a provider does wrong shows on the card of that provider.
            "FALLBACK": "false",
        }
        if hooks:
            chosen["PUBLIC_URL"] = self.relay.url
        values: dict[str, Any] = {"_env_file": None}
        values |= {name.lower(): value for name, value in chosen.items()}
        return Settings(**values)
