"""Discord out of reach: at the start, and later."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

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


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port that nobody listens on, and nobody else takes meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@asynccontextmanager
async def unreachable(world: World, how: str) -> AsyncIterator[str]:
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
