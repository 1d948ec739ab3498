"""Where a bot is measured: stand-ins of its own, members, and what each remix took."""

from __future__ import annotations

import asyncio
import math
import statistics
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.child import Child
from sandbox.discord import Actor, DiscordSandbox, Upload
from sandbox.discord.body import Body
from sandbox.discord.interactions import Invocation
from sandbox.discord.message import Message
from sandbox.providers import Fal
from sandbox.providers.pictures import Order, Pictures

READY_SECONDS = 60.0
STILL = 20.0
"""Seconds without one more picture after which the others are given up."""
WAYS = 2000
"""Works that may run at once at the stand-in, and calls that the bot may have open."""
CDN = ("/attachments/", "/ephemeral-attachments/")


class Canned(Pictures):
    """Gives the same picture for every order, so that painting takes no time from the bot."""

    def __init__(self, data: bytes) -> None:
        super().__init__(workers=1)
        self._data = data

    async def make(self, order: Order) -> bytes:  # noqa: ARG002 - whatever is asked
        """Give the picture."""
        return self._data


@dataclass(frozen=True, kw_only=True)
class Took:
    """What one remix took, in seconds from the instant in which all were asked for.

    What did not happen took endlessly long.
    """

    answered: float
    """Until the bot sent the answer."""
    spent: float
    """Processor time of the bot until then; that of the stand-in's is none of it."""
    acknowledged: float
    """Until the answer arrived at the stand-in."""
    shown: float
    """Until the edit with the pictures did."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What some remixes at once took."""

    each: Sequence[Took]
    bot: dict[str, Any]
    """What the bot's own probes saw."""
    requests: int
    """To Discord."""

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.each)

    @property
    def lost(self) -> int:
        """How many were not shown."""
        return sum(math.isinf(took.shown) for took in self.each)

    @property
    def last(self) -> float:
        """Seconds until the last one was shown, of those that were."""
        return max(took.shown for took in self.each if not math.isinf(took.shown))

    @property
    def middle(self) -> float:
        """Seconds until half of them were shown."""
        return statistics.median(took.shown for took in self.each)

    @property
    def cpu(self) -> float:
        """Seconds of the bot's own process for each remix."""
        return self.bot["cpu"] / self.count

    def acknowledged(self, share: float) -> float:
        """Seconds in which this share of the answers had arrived."""
        return quantile([took.acknowledged for took in self.each], share)

    def answered(self, share: float) -> float:
        """Seconds in which the bot had sent this share of the answers."""
        return quantile([took.answered for took in self.each], share)

    def spent(self, share: float) -> float:
        """Processor time in which the bot had sent this share of the answers; seconds."""
        return quantile([took.spent for took in self.each], share)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


class Stage:
    """One bot and the stand-ins that only it knows."""

    def __init__(self, discord: DiscordSandbox, fal: Fal, child: Child) -> None:
        self.discord = discord
        self.fal = fal
        self.child = child
        self._shown: dict[int, float] = {}
        self._awaited = 0
        self._all_shown = asyncio.Event()
        guild = discord.add_guild("Art")
        self._channel = guild.add_channel("remixes")
        self._guild = guild
        self._members: list[Actor] = []
        edit = discord.world.posts.edit

        def noted(message: Message, body: Body) -> None:
            edit(message, body)
            if body.files:
                self._note(message.id)

        # The stand-in tells of no times; this is where an edit with pictures passes by.
        setattr(discord.world.posts, "edit", noted)  # noqa: B010 - a method is no variable

    async def ready(self) -> float:
        """Wait for the bot; seconds since it was started."""
        await self.discord.ready(READY_SECONDS)
        return time.perf_counter() - self.child.started

    async def run(
        self, count: int, picture: Upload, *, latency: float, watch: bool = False
    ) -> Load:
        """Let so many members ask for a remix in the same instant.

        Args:
            count: Members.
            picture: The source of each.
            latency: Seconds that fal takes.
            watch: Whether the event loop is watched, which costs a little.
        """
        while len(self._members) < count:
            self._members.append(self._guild.add_member(f"m{len(self._members)}"))
        self.fal.latency = latency
        self._shown.clear()
        self._all_shown.clear()
        self._awaited = count
        await self.child.reset(watch=watch)
        asked = len(self.discord.requests)
        shots = [
            await member.slash(self._channel, "remix", image=picture, prompt="a copper city")
            for member in self._members[:count]
        ]
        # Not before here does any frame leave, since nothing above lets the pump run.
        begun = time.perf_counter()
        await self._until_shown()
        bot = await self._settled()
        load = Load(
            each=[self._took(shot, begun, bot) for shot in shots],
            bot=bot,
            requests=sum(not one.path.startswith(CDN) for one in self.discord.requests[asked:]),
        )
        self._forget(shots)
        return load

    async def _until_shown(self) -> None:
        """Wait until all were, or, of those whose answer came too late, none can be any more."""
        seen, quiet = -1, 0.0
        while quiet < STILL and len(self._shown) < self._awaited:
            quiet = 0.0 if len(self._shown) != seen else quiet + 1.0
            seen = len(self._shown)
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._all_shown.wait()

    async def _settled(self) -> dict[str, Any]:
        """What the bot saw, once it has put everything away."""
        await asyncio.sleep(0.3)
        return await self.child.read()

    def _took(self, shot: Invocation, begun: float, bot: dict[str, Any]) -> Took:
        answered, spent = bot["answered"].get(str(shot.id), (math.inf, math.inf))
        sent = shot._sent  # noqa: SLF001 - our own stand-in, which tells only of differences
        card = math.inf if shot.message is None else self._shown.get(shot.message.id, math.inf)
        return Took(
            answered=answered - begun,
            spent=spent,
            acknowledged=math.inf if shot.seconds is None else sent + shot.seconds - begun,
            shown=card - begun,
        )

    def _note(self, message_id: int) -> None:
        self._shown[message_id] = time.perf_counter()
        if len(self._shown) == self._awaited:
            self._all_shown.set()

    def _forget(self, shots: Sequence[Invocation]) -> None:
        """Delete what was posted: a long run would fill the memory with pictures."""
        for shot in shots:
            if shot.message is not None:
                self.discord.world.posts.discard(shot.message)
        self.discord.requests.clear()


@asynccontextmanager
async def stage(
    kind: str, folder: Path, result: bytes, settings: dict[str, str] | None = None
) -> AsyncGenerator[Stage]:
    """Set up a stage and start a bot on it.

    Args:
        kind: What `benchmarks.inside` shall run.
        folder: Where the bot keeps what it keeps.
        result: The picture that fal gives.
        settings: Further environment variables.
    """
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nothing is measured yet
    fal = Fal(pictures=Canned(result), concurrency=WAYS)
    async with DiscordSandbox(checks=False) as discord, fal:
        given = {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_URL": discord.url,
            "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
            "SPOOL_DIR": str(folder / "spool"),
            "DEFAULT_DAILY_CREDITS": "100000",
            "DAILY_SPEND_USD": "100000",
            "FAL_KEY": fal.key,
            "FAL_URL": fal.url,
            "FAL_CONCURRENCY": str(WAYS),
            "LOG_FORMAT": "json",
            **(settings or {}),
        }
        child = Child(kind, given, folder)
        made = Stage(discord, fal, child)
        async with child:
            yield made
