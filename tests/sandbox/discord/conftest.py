from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import yarl
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route

from sandbox.clock import SandboxClock
from sandbox.discord import Actor, Channel, DiscordSandbox, Guild, Invocation, Message, Upload
from tests.sandbox.discord.bots import Bot, Runner, png


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock()


@pytest.fixture
async def place(
    clock: SandboxClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[DiscordSandbox]:
    """A sandbox that discord.py talks to; nothing accepted in it may break Discord's OpenAPI."""
    async with DiscordSandbox(clock=clock) as sandbox:
        gateway = yarl.URL(sandbox.url.replace("http", "ws"))
        monkeypatch.setattr(Route, "BASE", f"{sandbox.url}/api/v10")
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
        monkeypatch.setattr(Asset, "BASE", sandbox.url)
        yield sandbox
        assert sandbox.violations == []


@pytest.fixture
def guild(place: DiscordSandbox) -> Guild:
    return place.add_guild("Art")


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.add_channel("remix")


@pytest.fixture
def alice(guild: Guild) -> Actor:
    return guild.add_member("Alice")


@pytest.fixture
def bob(guild: Guild) -> Actor:
    return guild.add_member("Bob")


@pytest.fixture
async def bots(place: DiscordSandbox) -> AsyncIterator[Runner]:
    runner = Runner(place)
    yield runner
    await runner.stop_all()


@pytest.fixture
async def bot(bots: Runner, channel: Channel) -> Bot:
    return await bots.start()


@dataclass(frozen=True)
class Exchange:
    """One interaction from both sides."""

    shot: Invocation
    interaction: Any

    @property
    def message(self) -> Message:
        """The message that answered."""
        assert self.shot.message is not None
        return self.shot.message


class Play:
    """Lets a member act and hands over the interaction that the bot got for it."""

    def __init__(self, bot: Bot, channel: Channel, alice: Actor) -> None:
        self.bot = bot
        self._channel = channel
        self._alice = alice

    async def remix(self, **options: Any) -> Exchange:
        """Alice uses /remix."""
        filled = {"image": Upload("cat.png", png()), "prompt": "a cat", **options}
        return await self.taken(await self._alice.slash(self._channel, "remix", **filled))

    async def taken(self, shot: Invocation) -> Exchange:
        """Pair an interaction with what the bot got."""
        return Exchange(shot, await self.bot.taken())

    async def answered(self, *args: Any, **kwargs: Any) -> Exchange:
        """Alice uses /remix, and the bot answers with this message."""
        exchange = await self.remix()
        await exchange.interaction.response.send_message(*args, **kwargs)
        return exchange


@pytest.fixture
def play(bot: Bot, channel: Channel, alice: Actor) -> Play:
    return Play(bot, channel, alice)


def code_of(error: pytest.ExceptionInfo[Any]) -> tuple[int, int]:
    """Status and code of an HTTP error that discord.py raised."""
    return error.value.status, error.value.code
