"""A small world: both sandboxes, the real bot, and members who use it."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Self, TypeVar

from sandbox.audit.books import Books
from sandbox.discord import Actor, Channel, DiscordSandbox, Invocation, Message, Upload
from sandbox.discord.app import Recorded
from sandbox.discord.members import JOINED, Member
from sandbox.discord.permissions import Permission
from sandbox.faults import Fault, Faults
from sandbox.nursery import Nursery
from sandbox.process import BotProcess
from sandbox.providers import Providers
from tests.e2e.audit import Audit
from tests.e2e.cards import card_of, labels, painted, photo

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds that anything may take, on a busy machine too."""
# Without a fallback, so that what a provider does wrong shows on the card of that provider.
DEFAULTS = {
    "DEFAULT_DAILY_CREDITS": "400",
    "FALLBACK": "false",
    "LOG_LEVEL": "DEBUG",
    # The stand-in takes an IDENTIFY at any time.
    "IDENTIFY_SECONDS": "0",
}
PROMPT = "a harbour in copper light"
_CDN = ("/attachments/", "/ephemeral-attachments/")


class World:
    """Discord with one server, the providers, and a bot that a test starts and kills."""

    def __init__(
        self,
        folder: Path,
        discord: DiscordSandbox,
        providers: Providers,
        nursery: Nursery | None = None,
    ) -> None:
        self.folder = folder
        self._nursery = nursery
        self.discord = discord
        self.providers = providers
        # fal may charge what it refuses after it ran, and the bot counts on that.
        providers.fal.bills_policy = True
        self.guild = discord.add_guild("Art")
        # So long ago that it is not welcomed any more.
        self.guild.bot_member.joined = JOINED
        self.channel = self.guild.add_channel("remix")
        self.books = Books(folder / "remix.db")
        self.settings: dict[str, str] = {}
        """What the bot was last started with, over `DEFAULTS`."""
        self.audit = Audit(self)
        self._bot: BotProcess | None = None
        self._log: list[str] = []
        self._members = 0
        self._held: list[asyncio.Event] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, nursery: Nursery | None = None) -> AsyncGenerator[Self]:
        """Make one; its bot is not started.

        Args:
            folder: Where the bot runs.
            nursery: Where its bots are born; None starts each as an operator does.
        """
        async with DiscordSandbox() as discord, Providers() as providers:
            world = cls(folder, discord, providers, nursery)
            try:
                yield world
            finally:
                if world.running:
                    await world.bot.kill()

    # The bot.

    @property
    def bot(self) -> BotProcess:
        """The bot's process; the last one, if it has exited."""
        assert self._bot is not None, "the bot was never started"
        return self._bot

    @property
    def running(self) -> bool:
        """Whether a bot runs."""
        return self._bot is not None and self._bot.running

    @property
    def lines(self) -> list[str]:
        """The lines that all processes have logged, oldest first."""
        return self._log + (self._bot.lines if self._bot else [])

    async def launch(self, **settings: str) -> BotProcess:
        """Start the bot, whatever comes of it."""
        assert not self.running, "the bot runs already"
        self._log = self.lines
        self.settings = settings
        self._bot = await self._started(settings, self._nursery)
        return self._bot

    async def launch_plainly(self, **settings: str) -> BotProcess:
        """Start the bot as an operator does, with all that happens before its first line."""
        assert not self.running, "the bot runs already"
        self._bot = await self._started(settings, None)
        return self._bot

    async def second(self) -> BotProcess:
        """Start another bot on the same database."""
        return await self._started({}, self._nursery)

    async def _started(self, settings: Mapping[str, str], nursery: Nursery | None) -> BotProcess:
        environment = {
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_URL": self.discord.url,
            "DATABASE_URL": f"sqlite:///{self.books.path}",
            **self.providers.env(),
            **DEFAULTS,
            **settings,
        }
        told = self.discord.world.changes.notify
        bot = BotProcess(environment, self.folder, told, nursery=nursery)
        await bot.start()
        return bot

    async def start_bot(self, **settings: str) -> None:
        """Start the bot and wait until members can use it.

        Args:
            settings: Environment variables, over `DEFAULTS`.
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
        """SIGKILL, and a new start with the same settings."""
        await self.kill()
        await self.start_bot(**self.settings)

    def _is_ready(self) -> bool:
        return self.discord.gateway.ready and self.discord.world.commands.overwrites > 0

    # Waiting.

    def event(self) -> asyncio.Event:
        """An event for a fault to hold a request by; set at the end of the test, if not before."""
        self._held.append(asyncio.Event())
        return self._held[-1]

    def release(self) -> None:
        """Let go of all that a test held, and forget its faults."""
        for event in self._held:
            event.set()
        self._held.clear()
        for server in self.providers.servers:
            server.faults.clear()
            server.gate.set()
        fal = self.providers.fal
        fal.queue_gate.set()
        fal.stops_running, fal.queue_length, fal.queue_step = False, 0, 0.02
        self.discord.faults.clear()

    def cut_off(
        self, faults: Faults, *, carried_out: bool, method: str = "*", path: str = ""
    ) -> Fault:
        """Hold a request for a kill to come: unanswered though carried out, or lost on its way."""
        if carried_out:
            return faults.add(method=method, path=path, hold=self.event())
        return faults.add(method=method, path=path, hold_before=self.event(), drop="before")

    async def reached(self, fault: Fault) -> None:
        """Wait until a fault has taken a request, and carried it out if it does that."""
        async with asyncio.timeout(PATIENCE):
            await (fault.hit if fault.hold is None else fault.processed).wait()

    async def until(self, predicate: Callable[[], T], what: str) -> T:
        """Wait until something is true; asked at each change in Discord and each log line.

        Raises:
            TimeoutError: It did not become true; says what was waited for.
        """
        return await self.discord.until(predicate, PATIENCE, what)

    async def logged(self, event: str, *words: str) -> str:
        """Wait for a line of the present process that has all these words; gives it."""
        wanted = [event, *words]

        def line() -> str | None:
            hits = (one for one in self.bot.lines if all(word in one for word in wanted))
            return next(hits, None)

        return str(await self.until(line, f"a log line with {wanted}"))

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

    async def closed(self, shot: Invocation) -> dict[str, Any]:
        """Wait until nothing is left to do for an interaction's job; gives the job."""

        def job() -> dict[str, Any]:
            found = self.job(shot)
            return found if found and found["shown"] != "no" else {}

        return await self.until(job, f"the job of {shot!r} to be over")

    async def drop_prompts(self, shot: Invocation) -> None:
        """Stop the bot, take the prompts of a job out of its database, and start it again."""
        await self.closed(shot)
        await self.stop()
        with closing(sqlite3.connect(self.books.path)) as connection, connection:
            connection.execute(
                "UPDATE jobs SET request = json_set(request, '$.prompt', '', '$.negative', NULL)"
                " WHERE interaction_id = ?",
                (shot.id,),
            )
        await self.start_bot(**self.settings)

    # Members.

    def member(self, **options: Any) -> Actor:
        """Let somebody new join, with a quota of their own."""
        self._members += 1
        return self.guild.add_member(f"member{self._members}", **options)

    def moderator(self, **options: Any) -> Actor:
        """Let somebody join who may manage the server."""
        role = self.guild.add_role("moderators", permissions=Permission.MANAGE_GUILD)
        return self.member(roles=[role], **options)

    async def use(
        self, member: Actor, command: str, /, *, channel: Channel | None = None, **options: Any
    ) -> Invocation:
        """Use any command, named with its subcommands, and wait for the first answer."""
        shot = await member.slash(channel or self.channel, command, **options)
        return await shot.answered()

    async def order(
        self, member: Actor, prompt: str = PROMPT, *, command: str = "remix", **options: Any
    ) -> Invocation:
        """Use a command and wait for nothing.

        Args:
            member: Who.
            prompt: What the picture shows, where the command takes it.
            command: Which.
            options: By name, over the usual ones; `channel`, and `leave_out` with the names of
                usual options that are not given.
        """
        channel: Channel = options.pop("channel", self.channel)
        left_out = options.pop("leave_out", ())
        filled = {**usual(command, prompt), **options}
        filled = {name: value for name, value in filled.items() if name not in left_out}
        return await member.slash(channel, command, **filled)

    async def remix(self, member: Actor, prompt: str = PROMPT, **options: Any) -> Invocation:
        """Use /remix, or another command, and wait for the first answer."""
        return await (await self.order(member, prompt, **options)).answered()

    async def made(self, member: Actor, prompt: str = PROMPT, **options: Any) -> Message:
        """Use /remix, or another command, and wait for its pictures; gives the card."""
        return await self.shown(await self.remix(member, prompt, **options))

    async def press(self, member: Actor, message: Message, what: str) -> Invocation:
        """Press a button and wait for the first answer."""
        return await (await member.click(message, what)).answered()

    async def credits(self, member: Actor, channel: Channel | None = None) -> str:
        """Use /credits; gives the answer."""
        shot = await member.slash(channel or self.channel, "credits")
        return card_of(await shot.answered()).content

    # What came of it.

    def job(self, shot: Invocation) -> dict[str, Any]:
        """The stored job of an interaction; empty where it made none."""
        rows = self.books.rows("SELECT * FROM jobs WHERE interaction_id = ?", shot.id)
        return dict(rows[0]) if rows else {}

    def jobs_of(self, member: Member) -> list[dict[str, Any]]:
        """The stored jobs of a member, oldest first."""
        query = "SELECT * FROM jobs WHERE user_id = ? ORDER BY created, id"
        return [dict(row) for row in self.books.rows(query, member.id)]

    def used(self, member: Member) -> int:
        """Credits that a member has used."""
        query = "SELECT COALESCE(SUM(used), 0) FROM accounts WHERE user_id = ?"
        return self.books.one(query, member.id) or 0

    def asked_of_discord(self, since: int) -> list[str]:
        """What the bot asked Discord's API, from the request of that number on.

        New messages in other channels are left out: the log channels of tests before may still
        get some.
        """
        return [
            f"{one.method} {re.sub(r'[^/]{17,}', '*', one.path)} {one.status}"
            for one in self.discord.requests[since:]
            if not one.path.startswith(_CDN) and not self._is_posted_elsewhere(one)
        ]

    def _is_posted_elsewhere(self, request: Recorded) -> bool:
        posted = request.method == "POST" and request.path.startswith("/channels/")
        return posted and not request.path.startswith(f"/channels/{self.channel.id}/")

    async def check(self) -> None:
        """Wait until no work is left, then audit all that was done since the last time."""
        self.release()
        if self.running:
            await self.until(self.books.quiet, "all jobs to end and be shown")
            await self.until(self._spool_is_clear, "the spool to be cleared")
        self.audit.check()

    def _spool_is_clear(self) -> bool:
        # os.walk passes over a folder that is removed while it looks; rglob raises.
        return not any(files for _, _, files in os.walk(self.folder / "spool"))


def usual(command: str, prompt: str = PROMPT) -> dict[str, Any]:
    """The options that a command needs, on a backend that is quick to answer."""
    image = Upload("photo.jpg", photo())
    match command:
        case "generate":
            return {"prompt": prompt, "backend": "fal-v2-turbo"}
        case "edit":
            mask = Upload("mask.png", painted())
            return {"image": image, "mask": mask, "prompt": prompt, "backend": "fal-v2-turbo"}
        case "reframe":
            return {"image": image, "aspect": "16:9", "backend": "fal-v3"}
        case _:
            return {"image": image, "prompt": prompt, "backend": "fal-v2a"}
