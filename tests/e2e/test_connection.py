"""Discord out of reach: at the start, and later."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, cast

import pytest

from sandbox.discord.gateway import Gateway
from sandbox.discord.sessions import Connection, Op
from sandbox.process import KEPT, ROOT
from tests.e2e.world import World

HEALTH_SECONDS = 5.0
"""The bot writes its health so often."""
SLACK = 10.0


async def health(world: World) -> tuple[int, str]:
    """Run `remix-bot health` beside the bot; gives its status and what it says."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "health"),
        env={
            **kept,
            "PYTHONPATH": str(ROOT),
            "DISCORD_TOKEN": world.discord.token,
            "DATABASE_URL": f"sqlite:///{world.books.path}",
            **world.providers.env(),
        },
        cwd=world.folder,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        said, _ = await process.communicate()
    return process.returncode or 0, said.decode().strip()


async def beat(world: World, *, ready: bool) -> None:
    """Wait until the health file says whether the bot is ready; well within two beats."""
    path = world.folder / "health.json"
    async with asyncio.timeout(HEALTH_SECONDS + SLACK):
        # Another process writes it, and tells nobody.
        while json.loads(path.read_bytes())["ready"] is not ready:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_a_lost_gateway_is_ill_health_until_it_is_back(world: World) -> None:
    await beat(world, ready=True)
    assert await health(world) == (0, "well")

    back, resumes = world.event(), world.discord.gateway.resumes
    handshake = world.discord.faults.add(path="^/(gateway|resume)", hold_before=back, times=None)
    world.discord.drop_gateway()
    await world.reached(handshake)
    await beat(world, ready=False)
    assert await health(world) == (1, "The bot is not connected to Discord's gateway.")
    assert world.running

    back.set()
    await beat(world, ready=True)
    assert world.discord.gateway.resumes > resumes
    assert await health(world) == (0, "well")
    await world.made(world.member())


async def test_a_start_outlives_a_gateway_that_fails_at_first(own_world: World) -> None:
    world, gateway = own_world, own_world.discord.gateway
    # discord.py reports it with a traceback, and tries again after 5 s.
    world.audit.tracebacks = True
    failing = world.discord.faults.add(path="^/gateway", status=500)
    identify = gateway.identify

    def invalidate_once(connection: Connection, data: dict[str, Any]) -> None:
        assert data["token"] == world.discord.token
        gateway.identify = identify
        connection.send(Op.INVALID_SESSION, False)

    gateway.identify = invalidate_once
    await world.start_bot()

    assert (failing.hits, gateway.identifies) == (1, 1)
    await world.made(world.member())


async def test_a_bot_that_died_too_often_waits_for_more_starts_instead_of_losing_its_token(
    own_world: World,
) -> None:
    world, starts = own_world, own_world.discord.gateway.starts
    world.audit.tracebacks = True  # it has none, but the audit takes the wait's line for a fault
    await world.start_bot()
    await world.kill()
    starts.per_day, starts.day_ends = starts.admitted, time.monotonic() + 1.5

    await world.start_bot()

    assert [start.at >= starts.day_ends for start in starts.all] == [False, True]
    await world.logged("gateway.no_starts_left", "left=0 ")
    await world.made(world.member())


async def test_malformed_events_and_frames_end_neither_the_bot_nor_its_jobs(
    own_world: World,
) -> None:
    world, gateway = own_world, own_world.discord.gateway
    # Read here: the audit takes each such line for a fault of the bot's.
    world.audit.tracebacks = True
    await world.start_bot()
    alice = world.member()
    world.providers.fal.gate.clear()
    shot = await world.remix(alice)

    for event in MALFORMED:
        gateway.live[0].dispatch(event, {})
        await world.logged("gateway.malformed", f"gateway_event={event} ")
    connection = gateway.live[0].connection
    assert connection is not None
    connection.send(cast("Op", 77), None)
    gateway.live[0].dispatch("AN_EVENT_OF_TOMORROW", {"id": "1"})
    await world.remix(world.member())
    assert gateway.identifies == 1, "it was not connected anew for these"

    cut = world.discord.faults.add(path="^/gateway", cut_wire=20)
    for number, spoil in enumerate((no_json, no_field, no_zlib), start=1):
        await spoil(gateway)
        await world.until(partial(has_met, world, number), "the fault to be met")
        await world.until(partial(is_anew, gateway, number), "a new connection")
    assert cut.hits == 1
    world.providers.fal.gate.set()
    await world.shown(shot)
    await world.made(alice)
    assert world.running


MALFORMED = (
    *("INTERACTION_CREATE", "GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE", "GUILD_ROLE_CREATE"),
    *("CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE", "THREAD_CREATE", "MESSAGE_CREATE"),
)


def has_met(world: World, garbled: int) -> bool:
    return sum("gateway.garbled" in line for line in world.lines) == garbled


def is_anew(gateway: Gateway, times: int) -> bool:
    return gateway.identifies == times + 1 and gateway.ready


async def no_json(gateway: Gateway) -> None:
    connection = gateway.live[0].connection
    assert connection is not None
    connection._outbox.put_nowait("not json")


async def no_field(gateway: Gateway) -> None:
    gateway.live[0].dispatch("READY", {})


async def no_zlib(gateway: Gateway) -> None:
    connection = gateway.live[0].connection
    assert connection is not None
    await connection._socket.send_bytes(b"\x07garbage\x00\x00\xff\xff")


@contextmanager
def deaf_port() -> Generator[int]:
    """A port that nobody listens on, and nobody else takes meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@asynccontextmanager
async def unreachable(world: World, how: str) -> AsyncGenerator[str]:
    """Discord's address, where nobody answers."""
    if how == "nobody listens":
        with deaf_port() as port:
            yield f"http://127.0.0.1:{port}"
    else:
        world.discord.faults.add(drop="before", times=None)
        yield world.discord.url


@pytest.mark.parametrize("how", ["nobody listens", "hung up"])
async def test_a_start_without_discord_ends_with_a_sentence(own_world: World, how: str) -> None:
    world = own_world
    async with unreachable(world, how) as url:
        bot = await world.launch(DISCORD_URL=url)
        assert await bot.exited() == 1
    log = "\n".join(bot.lines)
    assert "Traceback" not in log
    serious = [line for line in bot.lines if " ERROR " in line or " CRITICAL " in line]
    assert len(serious) == 1
    assert serious == bot.lines[-1:]
    assert f"Discord cannot be reached at {url}" in serious[0]
    assert "check the network, PROXY_URL and DISCORD_URL." in serious[0]
    # The audit takes every other serious line for a fault of the bot's; these were read here.
    world.audit.tracebacks = True


async def test_a_fault_of_the_bots_own_is_logged_and_ends_it_in_order(own_world: World) -> None:
    """Whoever keeps it running starts it again."""
    world = own_world
    world.audit.tracebacks = True
    told = {"url": "", "shards": "many", "session_start_limit": {"max_concurrency": 1}}
    world.discord.faults.add(path="/gateway/bot$", body=told, times=None)
    bot = await world.launch()
    assert await bot.exited() == 1
    (serious,) = [line for line in bot.lines if " CRITICAL " in line]
    assert "The bot ended by a fault of its own; start it again." in serious
