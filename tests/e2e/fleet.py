"""Three processes of the bot on one database, each with its shards, against one sandbox."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from typing import Any, Self

from sandbox.audit import bills, endings, log
from sandbox.audit.evidence import Evidence
from sandbox.audit.shared_books import SharedBooks
from sandbox.discord import Actor, Channel, DiscordSandbox, Guild, Invocation, Upload
from sandbox.discord.members import JOINED
from sandbox.providers import Providers
from sandbox.torture.bots import Bot, Nursery
from tests.e2e.cards import photo
from tests.storage.engines import ENGINES

PATIENCE = 30.0
SHARDS = 8
PARTS = {"first": "0-2", "second": "3-5", "third": "6-7"}
LEASE_SECONDS = 5
AT_ONCE = 4
"""Places at fal, for all processes together."""
GAP_SECONDS = 1.5
"""Between two IDENTIFYs of a bucket, as the bots keep it."""
SLACK_SECONDS = 1.0
"""So much less satisfies the sandbox: a busy machine may delay one of two."""
_SPOOLED = "SELECT COUNT(*) AS n FROM spool_files"
_CUT = re.compile(
    r"\w\.not_stored .*(?:IdleInTransactionSessionTimeout|ConnectionDoesNotExist|Interface"
    r"|ConnectionReset)Error"
)


@dataclass(kw_only=True)
class Fleet:
    """Discord with a server for each process, the providers, and the processes."""

    folder: Path
    url: str
    discord: DiscordSandbox
    providers: Providers
    nursery: Nursery
    books: SharedBooks
    channels: dict[str, Channel] = field(default_factory=dict[str, Channel])
    """Of a server that is served by the process of that name."""
    bots: dict[str, Bot] = field(default_factory=dict[str, Bot])
    born: list[Bot] = field(default_factory=list[Bot])
    paused: list[Bot] = field(default_factory=list[Bot])
    """Those that were stopped for a while."""
    shots: list[Invocation] = field(default_factory=list[Invocation])

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path) -> AsyncGenerator[Self]:
        """Make one; nothing runs yet."""
        engine = ENGINES["postgres"]
        url = await engine.url(folder)
        books = SharedBooks(url)
        async with (
            DiscordSandbox() as discord,
            Providers() as providers,
            Nursery(folder) as nursery,
        ):
            fleet = cls(
                folder=folder,
                url=url,
                discord=discord,
                providers=providers,
                nursery=nursery,
                books=books,
            )
            discord.gateway.starts.gap = GAP_SECONDS - SLACK_SECONDS
            discord.gateway.starts.max_concurrency = SHARDS // 2
            fleet._found()
            try:
                yield fleet
            finally:
                for bot in fleet.bots.values():
                    await bot.kill()
                books.close()
        await engine.discard(folder)

    def _found(self) -> None:
        """Found a server for each process."""
        while len(self.channels) < len(PARTS):
            guild = self.discord.add_guild("Art", installed=False)
            name = owner(guild)
            if name not in self.channels:
                self.discord.invite_bot(guild)
                # So long ago that it is not welcomed any more.
                guild.bot_member.joined = JOINED
                self.channels[name] = guild.add_channel("remix")

    # Processes.

    async def start(self, *names: str) -> None:
        """Start processes, all at once, and wait until every shard is connected."""
        for name in names:
            bot = await self.nursery.start(
                self._settings(name),
                arguments=("--shard-ids", PARTS[name], "--shard-count", str(SHARDS)),
                lease=LEASE_SECONDS,
            )
            self.bots[name] = bot
            self.born.append(bot)
        await self.until(lambda: self._is_ready(names), "all shards to connect")

    def _is_ready(self, names: Sequence[str]) -> bool:
        assert not any(self.bots[name].dead.is_set() for name in names), self.log[-4000:]
        return self.discord.gateway.ready and self.discord.world.commands.overwrites > 0

    def _settings(self, name: str) -> dict[str, str]:
        return {
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_URL": self.discord.url,
            "DATABASE_URL": self.url,
            "SPOOL_DIR": str(self.folder / f"spool-{name}"),
            "HEALTH_FILE": str(self.folder / f"health-{name}.json"),
            "IDENTIFY_SECONDS": str(GAP_SECONDS),
            "HEARTBEAT_SECONDS": "1",
            "DEFAULT_DAILY_CREDITS": "1000",
            "FALLBACK": "false",
            "FAL_CONCURRENCY": str(AT_ONCE),
            **self.providers.env(),
        }

    async def kill(self, name: str) -> None:
        """SIGKILL, and wait until Discord has noticed."""
        await self.bots[name].kill()
        await self.until(lambda: not self._connected(name), "the shards of the dead to be gone")

    def pause(self, name: str) -> None:
        """SIGSTOP: it neither runs nor ends."""
        self.paused.append(self.bots[name])
        self.bots[name].send(SIGSTOP)

    def resume(self, name: str) -> None:
        """SIGCONT."""
        self.bots[name].send(SIGCONT)

    def process_of(self, name: str) -> str:
        """Under which id a process owns jobs."""
        rows = self.books.rows(
            "SELECT owner FROM jobs WHERE server_id = ? ORDER BY created DESC LIMIT 1",
            self.channels[name].guild_id,
        )
        return rows[0]["owner"]

    def left_of(self, process_id: str) -> int:
        """How many unfinished jobs a process owns."""
        return self.books.one(
            "SELECT COUNT(*) AS n FROM jobs WHERE owner = ?"
            " AND (state IN ('queued', 'submitting', 'running') OR shown = 'no')",
            process_id,
        )

    def _connected(self, name: str) -> set[int]:
        live = {session.shard for session in self.discord.gateway.live}
        return live & shards_of(name)

    # Members.

    async def order(self, name: str, backend: str = "fal-v2a") -> Invocation:
        """Order a remix in a process's server, and wait for nothing."""
        channel = self.channels[name]
        assert channel.guild is not None
        member = channel.guild.add_member(f"member{len(self.shots)}")
        shot = await member.slash(
            channel,
            "remix",
            image=Upload("photo.jpg", photo()),
            prompt=f"a harbour in copper light, number {len(self.shots):03d}",
            backend=backend,
        )
        self.shots.append(shot)
        return shot

    async def answered(self, shot: Invocation) -> Invocation:
        """Wait for the first answer to an interaction, and give the interaction."""
        return await shot.answered(PATIENCE)

    async def press(self, shot: Invocation, label: str) -> Invocation:
        """Press a button of an order's card, as its member."""
        assert shot.message is not None
        assert isinstance(shot.member, Actor)
        pressed = await shot.member.click(shot.message, label)
        self.shots.append(pressed)
        return await self.answered(pressed)

    def job(self, shot: Invocation) -> dict[str, Any]:
        """The stored job of an interaction; empty where it made none."""
        rows = self.books.rows("SELECT * FROM jobs WHERE interaction_id = ?", shot.id)
        return dict(rows[0]) if rows else {}

    def states(self, shots: Sequence[Invocation]) -> Counter[str]:
        """In which states the jobs of some interactions are."""
        return Counter(self.job(shot).get("state", "") for shot in shots)

    def bought(self) -> int:
        """How often fal was asked for a picture."""
        return sum(call.path.endswith("/remix") for call in self.providers.fal.calls)

    # Waiting, and what came of it.

    async def until(self, predicate: Callable[[], object], what: str) -> None:
        """Wait until something is true.

        Raises:
            TimeoutError: It did not become true; says what was waited for.
        """
        ends = asyncio.get_running_loop().time() + PATIENCE
        while not predicate():
            if asyncio.get_running_loop().time() > ends:
                raise TimeoutError(f"not within {PATIENCE:g} s: {what}\n{self.log[-4000:]}")
            with suppress(TimeoutError):
                await self.discord.until(predicate, 0.1)

    @property
    def lines(self) -> Sequence[str]:
        """The log of all processes that ever were."""
        return [line for bot in self.born for line in bot.lines]

    @property
    def log(self) -> str:
        """The same as one text."""
        return "\n".join(self.lines)

    async def check(self) -> Evidence:
        """Wait until no work is left, then check all that must hold."""
        await self.until(self._is_quiet, "all jobs to end and be shown")
        found = Evidence(
            books=self.books,
            discord=self.discord,
            providers=self.providers,
            shots=self.shots,
            webhook=False,
        )
        looks = (endings.endings, endings.cards, bills.paid_once, bills.nothing_lost)
        wrong = [fault for look in (*looks, bills.window, bills.bills) for fault in look(found)]
        wrong += self.books.faults()
        wrong += self.discord.violations
        for bot in self.born:
            wrong += log.faults([line for line in bot.lines if not self._is_expected(bot, line)])
        secrets = [call["secret"] for calls in found.calls.values() for call in calls]
        wrong += log.secrets(self.lines, self.discord, self.providers, secrets)
        assert wrong == [], "\n".join(wrong)
        assert [start for start in self.discord.gateway.starts.all if start.early] == []
        return found

    def _is_expected(self, bot: Bot, line: str) -> bool:
        """Whether a line tells of nothing but the pause of its process.

        One that was stopped in a transaction finds its connection closed when it goes on: the
        server lets nobody hold a lock in silence. A statement whose fate it does not know then,
        it must not repeat.
        """
        return bot in self.paused and _CUT.search(line) is not None

    def _is_quiet(self) -> bool:
        idle = all(server.idle.is_set() for server in self.providers.servers)
        return idle and self.books.quiet() and not self.books.one(_SPOOLED)


def shards_of(name: str) -> set[int]:
    """The shards of a process."""
    first, _, last = PARTS[name].partition("-")
    return set(range(int(first), int(last) + 1))


def owner(guild: Guild) -> str:
    """The process that serves a server."""
    shard = (guild.id >> 22) % SHARDS
    return next(name for name in PARTS if shard in shards_of(name))
