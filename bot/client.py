"""The Discord client: extensions, intents, and a start that fails fast."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

import discord
import yarl
from discord import app_commands
from discord.ext import commands

from bot import gateway
from bot.backends.base import Operation, ProviderName
from bot.backends.entry import Entry
from bot.backends.registry import NotOffered, Registry
from bot.clock import Clock
from bot.counter import Counter, look
from bot.discord_wire import INTENTS, answered
from bot.identify import Turns
from bot.instants import trace
from bot.jobs.engine import Jobs
from bot.jobs.presenter import Presenter
from bot.jobs.record import Job
from bot.jobs.submit import offer
from bot.servers import UNSET, Server, ServerSettings, read_server
from bot.services import Services
from bot.shards import Shards
from bot.syncing import Syncing, digest
from storage import failpoints
from storage.database import Database

log = logging.getLogger(__name__)

EXTENSIONS = (
    "cogs.presenter",
    "cogs.mishaps",
    "cogs.buttons",
    "cogs.panel",
    "cogs.remix",
    "cogs.generate",
    "cogs.edit",
    "cogs.reframe",
    "cogs.credits",
    "cogs.quota",
    "cogs.authority",
    "cogs.consent",
    "cogs.rules",
    "cogs.menus",
    "cogs.reports",
    "cogs.logbook",
    "cogs.privacy",
    "cogs.settings",
    "cogs.servers",
    "cogs.welcome",
    "cogs.help",
)


@dataclass(frozen=True, kw_only=True)
class Way:
    """How this process comes to Discord."""

    turns: Turns
    shards: Shards | None = None
    """Those of this process; None: all, as many as Discord advises."""
    proxy: str | None = None


class RemixBot(commands.AutoShardedBot):
    """The bot. Everything it needs is handed to it; it opens nothing itself."""

    presenter: Presenter
    """Set by an extension: shows jobs."""
    jobs: Jobs
    """Set when the engine was made, before the first interaction can come."""

    def __init__(
        self,
        *,
        database: Database,
        registry: Registry,
        clock: Clock,
        confirm_above: int,
        make_jobs: Callable[[Presenter], Jobs],
        services: Services,
        way: Way,
        is_open: Callable[[ProviderName], bool] = lambda _: False,
    ) -> None:
        # The bot does not speak, so it needs no warning that it could not.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=INTENTS,
            # What a member typed never pings anyone.
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=False, private_channel=False
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            max_messages=None,
            chunk_guilds_at_startup=False,
            proxy=way.proxy,
        )
        self._connection.parsers = gateway.forgiving(self._connection.parsers)
        if way.shards is not None:
            self.shard_ids, self.shard_count = list(way.shards.ids), way.shards.count
        if failpoints.armed():
            # All that discord.py sends goes by its one session: webhooks and answers too.
            self.http.http_trace = trace("discord", failpoints.reach)
        self.database = database
        self.registry = registry
        self.clock = clock
        self.confirm_above = confirm_above
        self.services = services
        self._make_jobs = make_jobs
        self._is_open = is_open
        self.is_set_up = False
        self._turns = way.turns
        self._syncing = Syncing(database=database, clock=clock, sync=self._tell_commands)
        self._following: asyncio.Task[None] | None = None

    def offered_for(
        self, operation: Operation, settings: ServerSettings = UNSET
    ) -> tuple[Entry, ...]:
        """What members of a server can choose for an operation, its default first.

        What is out of order just now is not among it.
        """
        able = (
            entry
            for entry in self.registry.offered
            if entry.operation is operation and not self._is_open(entry.provider)
        )
        return offer(able, settings)

    async def server(self, server_id: int) -> Server:
        """A server as its moderators set it."""
        return await read_server(self.database.read, server_id)

    async def counter(self, server_id: int, user_id: int) -> Counter:
        """What must be known of a member and a server before an order is taken."""
        people, now = self.services.people, self.clock.now()
        return await look(self.database, people, server_id, user_id, now=now)

    def hear(self, job_id: str) -> None:
        """Take the word of a provider that there is news of a job."""
        if hasattr(self, "jobs"):
            self.jobs.hear(job_id)

    @property
    def connected(self) -> bool:
        """Whether every shard is connected to the gateway now."""
        shards = self.shards.values()
        return self.is_ready() and bool(shards) and not any(s.is_closed() for s in shards)

    def entry(self, job: Job) -> Entry | None:
        """A job's backend; None where it is not offered any more."""
        try:
            return self.registry.entry(job.row.backend, job.request.operation)
        except NotOffered:
            return None

    async def login(self, token: str) -> None:
        """Log in, and set up."""
        try:
            await super().login(token)
        except Exception:
            if self.extensions:
                raise  # It is not Discord's: the setting up has begun.
            with answered():
                raise

    async def setup_hook(self) -> None:
        """Load all extensions, start the engine, sync the commands; a failure stops the start."""
        for name in EXTENSIONS:
            await self.load_extension(name)
        self.jobs = self._make_jobs(self.presenter)
        await self.jobs.start()
        await self._sync()
        # Showing a job needs no gateway, so unfinished work goes on at once.
        await self.jobs.carry_on()
        self.is_set_up = True

    async def stop_jobs(self) -> None:
        """Bring all work to a safe place, if any was begun."""
        if hasattr(self, "jobs"):
            await self.jobs.stop()

    async def launch_shards(self) -> None:
        """Ask Discord how many may connect at once, and connect the shards of this process.

        discord.py itself asks only where it was not told how many shards there are.
        """
        with answered():
            advised, _, starts = await self.http.get_bot_gateway()
            self._turns.concurrency = starts["max_concurrency"]
        if self.shard_ids is None:
            self.shard_count = advised
        shards = len(self.shard_ids or range(advised))
        left, reset_after = starts.get("remaining", shards), starts.get("reset_after", 0)
        await self._turns.wait_for_starts(shards, left=left, reset_after=reset_after)
        await super().launch_shards()

    async def launch_shard(
        self, gateway: yarl.URL, shard_id: int, *, initial: bool = False
    ) -> None:
        """Connect a shard when it is its turn.

        It waits before it connects: a connection on which nothing is said is cut after a minute.
        """
        await self._turns.wait(shard_id)
        await super().launch_shard(gateway, shard_id, initial=initial)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Let no IDENTIFY come too early, instead of discord.py's pause of one process."""
        del initial
        await self._turns.go(shard_id or 0)

    async def close(self) -> None:
        """Leave Discord."""
        if self._following is not None:
            self._following.cancel()
        # Before the cogs go: what still came would be told that there is no such command.
        leaving = [shard.disconnect() for shard in self.shards.values()]
        await asyncio.gather(*leaving, return_exceptions=True)
        await super().close()

    async def _tell_commands(self) -> None:
        with answered():
            await self.tree.sync()

    async def _sync(self) -> None:
        payload = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        wanted = digest(self.application_id, payload)
        if not await self._syncing.once(wanted):
            self._following = asyncio.create_task(self._syncing.follow(wanted), name="commands")
