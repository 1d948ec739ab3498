"""The gateway: compression, resuming, reconnecting, shards and what closes a connection."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from typing import Any

import aiohttp
import discord
import pytest

from sandbox.discord import Actor, Channel, DiscordSandbox, Guild, Intent
from sandbox.discord.sessions import Op
from tests.sandbox.discord.bots import Bot, Runner
from tests.sandbox.discord.conftest import Play


@pytest.fixture(params=["zlib-stream", "zstd-stream"])
def compression(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make discord.py choose as it does where zstandard is installed, or is not."""
    if request.param == "zlib-stream":
        monkeypatch.setitem(sys.modules, "zstandard", None)
    spec = importlib.util.spec_from_file_location("discord.chosen_utils", discord.utils.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    context = module._ActiveDecompressionContext
    monkeypatch.setattr(discord.utils, "_ActiveDecompressionContext", context)
    assert request.param == context.COMPRESSION_TYPE
    return request.param


async def test_both_compressions_carry_everything(compression: str, play: Play) -> None:
    for number in range(5):
        exchange = await play.remix(prompt=f"number {number} " + "é" * 100)
        assert exchange.interaction.data["options"][1]["value"].startswith(f"number {number}")


class Raw:
    """A gateway client that says what the test wants."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self) -> dict[str, Any]:
        return await self.socket.receive_json(timeout=5)

    async def say(self, op: int, data: Any) -> None:
        await self.socket.send_str(json.dumps({"op": op, "d": data}))

    async def closed(self) -> int | None:
        while (message := await self.socket.receive(5)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        return self.socket.close_code


@pytest.fixture
async def raw(place: DiscordSandbox) -> Any:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{place.url}/?v=10&encoding=json") as socket,
    ):
        yield Raw(socket)


def identity(place: DiscordSandbox, **changes: Any) -> dict[str, Any]:
    return {"token": place.token, "properties": {}, "intents": 1, **changes}


async def test_without_compression_frames_are_text(place: DiscordSandbox, raw: Raw) -> None:
    guild = place.add_guild("Art")

    hello = await raw.next()
    await raw.say(Op.HEARTBEAT, None)
    acknowledged = await raw.next()
    await raw.say(Op.IDENTIFY, identity(place))
    ready, created = await raw.next(), await raw.next()

    assert hello["op"] == Op.HELLO
    assert hello["d"]["heartbeat_interval"] == 41250
    assert acknowledged["op"] == Op.HEARTBEAT_ACK
    assert (ready["t"], ready["s"]) == ("READY", 1)
    assert ready["d"]["guilds"] == [{"id": str(guild.id), "unavailable": True}]
    assert (created["t"], created["s"]) == ("GUILD_CREATE", 2)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"shard": [2, 2]}, 4010),
        ({"intents": 1 << 40}, 4013),
        ({"intents": int(Intent.GUILDS | Intent.MESSAGE_CONTENT)}, 4014),
    ],
)
async def test_a_wrong_identify_is_closed(
    place: DiscordSandbox, raw: Raw, data: dict[str, Any], code: int
) -> None:
    await raw.say(Op.IDENTIFY, identity(place, **data))

    assert await raw.closed() == code


async def test_breaking_the_protocol_is_closed(place: DiscordSandbox, raw: Raw) -> None:
    await raw.say(Op.PRESENCE, {})

    assert await raw.closed() == 4003


async def test_a_second_identify_is_closed(place: DiscordSandbox, raw: Raw) -> None:
    await raw.say(Op.IDENTIFY, identity(place))
    await raw.say(Op.IDENTIFY, identity(place))

    assert await raw.closed() == 4005


@pytest.mark.parametrize(
    ("frame", "code"),
    [("no json", 4002), ('{"op": 99}', 4001), (json.dumps({"op": 1, "d": "x" * 5000}), 4002)],
)
async def test_a_frame_that_makes_no_sense_is_closed(
    place: DiscordSandbox, raw: Raw, frame: str, code: int
) -> None:
    await raw.socket.send_str(frame)

    assert await raw.closed() == code


async def test_talking_too_much_is_closed(place: DiscordSandbox, raw: Raw) -> None:
    for _ in range(121):
        await raw.say(Op.HEARTBEAT, None)

    assert await raw.closed() == 4008


async def test_silence_is_closed(place: DiscordSandbox) -> None:
    place.gateway.heartbeat_interval = 0.05
    async with aiohttp.ClientSession() as session, session.ws_connect(place.url) as socket:
        assert await Raw(socket).closed() == 4009


async def test_an_unknown_compression_is_closed(place: DiscordSandbox) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{place.url}/?compress=lz4") as socket,
    ):
        assert await Raw(socket).closed() == 4012


async def test_discord_py_stays_connected_by_its_heartbeats(
    place: DiscordSandbox, channel: Channel, bots: Runner
) -> None:
    place.gateway.heartbeat_interval = 0.1
    bot = await bots.start()
    session = place.gateway.live[0]

    await place.until(lambda: bot.latency < 1, 5, "a heartbeat")

    assert place.gateway.live == [session]


async def test_what_was_missed_is_replayed_once(
    place: DiscordSandbox, channel: Channel, alice: Actor, bot: Bot
) -> None:
    place.drop_gateway(resumable=True)
    await place.offline(5)
    late = channel.guild.add_channel("late")
    await alice.slash(channel, "quota set", role=channel.guild.everyone, credits_=3)

    interaction = await bot.taken()

    assert interaction.data["name"] == "quota"
    assert bot.get_channel(late.id) is not None
    assert place.gateway.resumes == 1
    assert place.gateway.identifies == 1
    await alice.slash(channel, "quota set", role=channel.guild.everyone, credits_=4)
    await bot.taken()
    assert bot.arrived.empty()


async def test_a_lost_session_is_begun_anew(
    place: DiscordSandbox, channel: Channel, bot: Bot, play: Play
) -> None:
    place.drop_gateway(resumable=False)
    await place.until(lambda: place.gateway.identifies == 2, 5, "a new identify")
    await place.ready(5)

    await play.remix()

    assert place.gateway.resumes == 0
    assert len(place.gateway._sessions) == 1


async def test_op_7_makes_the_bot_resume(place: DiscordSandbox, bot: Bot, play: Play) -> None:
    place.request_reconnect()
    await place.until(lambda: place.gateway.resumes == 1, 5, "a resume")

    await play.remix()

    assert place.gateway.identifies == 1


@pytest.mark.parametrize(("resumable", "identifies"), [(True, 1), (False, 2)])
async def test_op_9_ends_the_session_or_not(
    place: DiscordSandbox, bot: Bot, play: Play, resumable: bool, identifies: int
) -> None:
    place.invalidate(resumable=resumable)
    gateway = place.gateway
    await place.until(lambda: gateway.resumes + gateway.identifies == 2, 5, "a new start")
    await place.ready(5)

    await play.remix()

    assert place.gateway.identifies == identifies


async def test_guilds_spread_over_shards(place: DiscordSandbox, bots: Runner) -> None:
    place.gateway.shards = 2
    guilds = [place.add_guild(f"Guild {number}") for number in range(4)]
    channels = [guild.add_channel("remix") for guild in guilds]
    bot = await bots.start()

    for guild, channel in zip(guilds, channels, strict=True):
        await guild.owner.slash(channel, "quota set", role=guild.everyone, credits_=1)
        interaction = await bot.taken()
        assert interaction.guild.shard_id == (guild.id >> 22) % 2
        assert interaction.guild_id == guild.id
    assert bot.arrived.empty()
    assert {guild.shard_id for guild in bot.guilds} == {0, 1}


async def test_the_gateway_says_how_many_identifies_are_left(
    place: DiscordSandbox, bot: Bot
) -> None:
    _, url, limit = await bot.http.get_bot_gateway()

    assert url == place.url.replace("http", "ws")
    assert (limit["total"], limit["remaining"]) == (1000, 999)


async def test_a_killed_bots_session_collects_nothing(
    place: DiscordSandbox, channel: Channel, bots: Runner, raw: Raw, alice: Actor
) -> None:
    await raw.say(Op.IDENTIFY, identity(place))
    await place.until(lambda: place.gateway.live, 5, "a session")
    assert raw.socket._response.connection is not None
    raw.socket._response.connection.close()
    await place.offline(5)

    bot = await bots.start()
    await alice.slash(channel, "quota set", role=channel.guild.everyone, credits_=1)
    await bot.taken()

    assert len(place.gateway._sessions) == 1


async def test_messages_are_sent_to_those_who_asked_for_them(
    place: DiscordSandbox, channel: Channel, alice: Actor, bots: Runner
) -> None:
    bot = await bots.start(intents=discord.Intents(guilds=True, guild_messages=True))
    heard: asyncio.Queue[discord.Message] = asyncio.Queue()

    async def on_message(message: discord.Message) -> None:
        heard.put_nowait(message)

    bot.event(on_message)
    await alice.post(channel, "secret")
    await bot.get_partial_messageable(channel.id).send("mine")

    async with asyncio.timeout(5):
        others, own = await heard.get(), await heard.get()
    assert others.author.id == alice.id
    assert others.content == ""
    assert own.content == "mine"


async def test_a_removed_bot_is_told(place: DiscordSandbox, guild: Guild, bot: Bot) -> None:
    gone = asyncio.Event()

    async def on_guild_remove(_: discord.Guild) -> None:
        gone.set()

    bot.event(on_guild_remove)
    place.remove_bot(guild)

    async with asyncio.timeout(5):
        await gone.wait()
    assert list(bot.guilds) == []
