"""The requests with which the bot starts: it comes up all the same, or ends with one sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import NamedTuple

from bot import client, serve
from bot.client import REFUSALS, UNREACHABLE, RemixBot
from bot.syncing import SYNCED
from sandbox.faults import Fault
from storage import facts
from storage.database import Transaction
from tests.faults.checks import logged
from tests.faults.house import House
from tests.faults.kinds import HELD, Kind, how
from tests.faults.match import Verdict
from tests.faults.outage import Outage

PATIENCE = 30.0
"""Seconds that a start may take, with all of discord.py's pauses."""
EXTENSIONS = ("cogs.presenter", "cogs.mishaps", "cogs.credits")
"""Enough for commands to be told of: each start loads them anew."""
READY, TOLD = "ready", "ended with a sentence"


class Start(NamedTuple):
    """A request of the start, failing in one way."""

    name: str
    method: str
    path: str
    kind: Kind

    def __str__(self) -> str:
        return f"{self.name}: {self.kind}"


_STEPS = (
    ("who the bot is", "GET", "/users/@me$"),
    ("which application it is", "GET", "/oauth2/applications/@me$"),
    ("which commands there are", "PUT", "/commands$"),
    ("where the gateway is", "GET", "/gateway/bot$"),
    ("the first connection", "GET", "^/gateway/?$"),
)
STARTS = tuple(
    Start(*step, kind)
    for step in _STEPS
    for kind in Kind
    # discord.py waits for an answer as long as aiohttp does: 5 minutes, then it is out of reach.
    if kind not in HELD and (kind is not Kind.REFUSED or step is _STEPS[0])
)


async def started(house: House, starts: Sequence[Start]) -> list[Verdict]:
    """Start a bot for each row, one after the other; gives what each came to.

    Args:
        house: Its own bot is not running.
        starts: The rows.
    """
    found: list[Verdict] = []
    before, client.EXTENSIONS = client.EXTENSIONS, EXTENSIONS
    try:
        async with AsyncExitStack() as stack:
            settings = await house.settings(hooks=False)
            parts = await serve._open(settings, stack)
            for start in starts:
                bot = serve._bot(settings, parts, None)
                came = await _came(house, bot, start)
                wrong = [*logged(house)] if came in (READY, TOLD) else [came]
                house.log.lines.clear()
                found.append(Verdict(row=start, end=came, faults=wrong))
    finally:
        client.EXTENSIONS = before
    return found


async def _came(house: House, bot: RemixBot, start: Start) -> str:
    """Start a bot; gives READY, TOLD or what else it came to."""
    faults = house.discord.faults
    faults.clear()
    await _forget_commands(bot)
    fault: Fault | None = None
    async with AsyncExitStack() as stack:
        if start.kind is Kind.REFUSED:
            await stack.enter_async_context(Outage(house, "discord"))
        elif start.kind is not Kind.NONE:
            spoilt = how(start.kind, to="discord", released=asyncio.Event())
            fault = faults.add(method=start.method, path=start.path, **spoilt)
        running = asyncio.create_task(bot.start(house.discord.token))
        ready = asyncio.create_task(house.discord.ready(PATIENCE))
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
    if fault is not None and not fault.hits:
        return "the failure befell nothing"
    came = _named(running, ready)
    ready.cancel()
    await bot.stop_jobs()
    await bot.close()
    await asyncio.gather(running, ready, return_exceptions=True)
    await house.discord.offline()
    return came


def _named(running: asyncio.Task[None], ready: asyncio.Task[None]) -> str:
    if running.done():
        error = running.exception()
        return TOLD if isinstance(error, (*UNREACHABLE, *REFUSALS)) else f"ended by {error!r}"
    return READY if ready.exception() is None else "neither ready nor ended"


async def _forget_commands(bot: RemixBot) -> None:
    """Let it be necessary to tell Discord of the commands."""

    async def work(tx: Transaction) -> None:
        await facts.put(tx, SYNCED, "")

    await bot.database.transaction(work)
