"""When sessions may be begun, and by which shard."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from sandbox.discord import DiscordSandbox
from sandbox.discord.sessions import Op

Identify = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def identify(place: DiscordSandbox) -> AsyncIterator[Identify]:
    """Connects, says which shard it is, and gives the answer; all stay connected."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())

        async def say(shard: int, count: int) -> dict[str, Any]:
            socket = await stack.enter_async_context(session.ws_connect(f"{place.url}/?v=10"))
            await socket.receive_json(timeout=5)
            data = {"token": place.token, "intents": 1, "shard": [shard, count]}
            await socket.send_str(json.dumps({"op": Op.IDENTIFY, "d": data}))
            return await socket.receive_json(timeout=5)

        yield say


async def test_an_identify_that_comes_too_early_is_no_session(
    place: DiscordSandbox, identify: Identify
) -> None:
    place.gateway.starts.gap = 5

    first, second = await identify(0, 2), await identify(1, 2)

    assert first["t"] == "READY"
    assert (second["op"], second["d"]) == (Op.INVALID_SESSION, False)
    assert len(place.gateway.live) == 1
    assert [start.early for start in place.gateway.starts.all] == [False, True]


async def test_who_begins_more_than_a_days_sessions_loses_the_token(
    place: DiscordSandbox, identify: Identify
) -> None:
    place.gateway.starts.per_day, token = 1, place.token
    first = await identify(0, 1)

    with pytest.raises(TypeError, match="4004"):
        await identify(0, 1)
    await place.offline()

    assert first["t"] == "READY"
    assert place.token != token, "the old one is of no use any more, nor is any session"


async def test_the_next_day_has_all_its_sessions_again(
    place: DiscordSandbox, identify: Identify
) -> None:
    starts = place.gateway.starts
    starts.per_day = 1
    await identify(0, 1)
    left, wait = starts.remaining, starts.reset_after

    starts.day_ends = time.monotonic()

    assert (left, starts.remaining, starts.reset_after) == (0, 1, 0)
    assert 0 < wait <= 86_400_000
    assert (await identify(0, 1))["t"] == "READY"


async def test_shards_of_other_buckets_come_at_the_same_time(
    place: DiscordSandbox, identify: Identify
) -> None:
    place.gateway.starts.gap, place.gateway.starts.max_concurrency = 5, 2

    answers = [await identify(shard, 4) for shard in (0, 1, 2)]

    assert [answer["op"] for answer in answers] == [Op.DISPATCH, Op.DISPATCH, Op.INVALID_SESSION]


async def test_a_shard_is_told_of_its_own_servers(
    place: DiscordSandbox, identify: Identify
) -> None:
    guilds = [place.add_guild(f"Guild {number}") for number in range(6)]

    ready = [await identify(shard, 3) for shard in range(3)]

    for shard, answer in enumerate(ready):
        own = [str(guild.id) for guild in guilds if (guild.id >> 22) % 3 == shard]
        assert answer["d"]["shard"] == [shard, 3]
        assert [guild["id"] for guild in answer["d"]["guilds"]] == own


async def test_the_bot_is_ready_once_all_shards_of_all_processes_are(
    place: DiscordSandbox, identify: Identify
) -> None:
    await identify(1, 2)
    assert not place.gateway.ready

    await identify(0, 2)

    assert place.gateway.ready
