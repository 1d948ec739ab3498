"""The requests with which the bot starts: it comes up all the same, or ends with one sentence."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Generator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from typing import NamedTuple

import pytest

from bot import __main__ as command
from bot import client, logs, serve
from bot.client import RemixBot
from bot.settings import Settings
from bot.syncing import SYNCED
from sandbox.faults import Fault
from storage import facts
from storage.database import Transaction
from tests.faults.checks import logged
from tests.faults.hasty import PAUSE, give_up_after, pauses_cut
from tests.faults.house import House
from tests.faults.kinds import GARBAGE, HELD, Kind, how
from tests.faults.match import Verdict
from tests.faults.outage import Outage
from tests.faults.reconnecting import CONNECTION
from tests.faults.tempo import GIVE_UP

PATIENCE = 30.0
"""Seconds that a start may take, with all of discord.py's pauses."""
HELD_FOR = 1.5
"""Seconds after which a start gives up what is held; all else must be answered within them."""
EXTENSIONS = ("cogs.presenter", "cogs.mishaps", "cogs.credits")
"""Enough for commands to be told of: each start loads them anew."""
READY, TOLD = "ready", "ended with a sentence"
SENTENCE = "Discord cannot be reached at {url} ({error}); check the network, PROXY_URL and"
"""What an operator reads, and which kind of error goes with it."""
_FINAL = (
    *(Kind.REFUSED, Kind.CUT_BODY, *HELD),
    *(Kind.BANNED, Kind.S503),
    *GARBAGE,
)
"""After these neither discord.py nor aiohttp asks again, unless it is for a connection."""


class Start(NamedTuple):
    """A request of the start, failing in one way."""

    name: str
    method: str
    path: str
    kind: Kind

    def __str__(self) -> str:
        return f"{self.name}: {self.kind}"

    @property
    def end(self) -> str:
        """What it must come to: a manager of processes begins anew what has ended."""
        return TOLD if self.kind in _FINAL and self.path != CONNECTION else READY


_STEPS = (
    ("who the bot is", "GET", "/users/@me$"),
    ("which application it is", "GET", "/oauth2/applications/@me$"),
    ("which commands there are", "PUT", "/commands$"),
    ("where the gateway is", "GET", "/gateway/bot$"),
    ("the first connection", "GET", CONNECTION),
)
STARTS = tuple(
    Start(*step, kind)
    for step in _STEPS
    for kind in Kind
    # A connection is "answered" at its end only.
    if (step, kind) != (_STEPS[-1], Kind.SLOW)
)


@contextmanager
def _impatient(start: Start) -> Generator[None]:
    """Let discord.py wait less, and load fewer extensions."""
    with pauses_cut() as patch:
        patch.setattr(client, "EXTENSIONS", EXTENSIONS)
        give_up_after(HELD_FOR if start.kind in HELD else GIVE_UP, patch)
        yield


async def started(house: House, starts: Sequence[Start]) -> list[Verdict]:
    """Start a bot for each row, one after the other; gives what each came to.

    Args:
        house: Its own bot is not running.
        starts: The rows.
    """
    found: list[Verdict] = []
    async with AsyncExitStack() as stack:
        settings = await house.settings(hooks=False)
        parts = await serve._open(settings, stack)
        for start in starts:
            with _impatient(start):
                bot = serve._bot(settings, parts, None)
                came = await _came(house, settings, bot, start)
            wrong = [*logged(house)]
            if came != start.end:
                wrong = [f"{came}, not {start.end}", *wrong]
            house.log.lines.clear()
            found.append(Verdict(row=start, end=came, faults=wrong))
    return found


async def _came(house: House, settings: Settings, bot: RemixBot, start: Start) -> str:
    """Start a bot; gives READY, TOLD or what else it came to."""
    house.discord.faults.clear()
    await _forget_commands(bot)
    released, armed = asyncio.Event(), asyncio.Event()
    befalls = _befalls(house, start, released, armed)
    await armed.wait()
    running = asyncio.create_task(bot.start(house.discord.token))
    ready = asyncio.create_task(house.discord.ready(PATIENCE))
    missed = await befalls
    await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
    released.set()
    came = missed or await _named(house, settings, running, ready)
    ready.cancel()
    await bot.stop_jobs()
    await bot.close()
    await asyncio.gather(running, ready, return_exceptions=True)
    await house.discord.offline()
    return came


def _befalls(
    house: House, start: Start, released: asyncio.Event, armed: asyncio.Event
) -> Awaitable[str]:
    """Prepare the failure of a row; what is given waits for it, and says what was wrong with it.

    Args:
        house: Where Discord is.
        start: The row.
        released: Set when the client has given up.
        armed: Set here once a bot may start.
    """
    if start.kind is Kind.REFUSED:
        return asyncio.create_task(_refused(house, _STEPS.index(start[:3]), armed))
    armed.set()
    if start.kind is Kind.NONE:
        return asyncio.sleep(0, "")
    lasting = start.path == CONNECTION
    spoilt = how(start.kind, to="discord", released=released, lasting=lasting)
    fault = house.discord.faults.add(method=start.method, path=start.path, **spoilt)
    return _hit(fault)


async def _hit(fault: Fault) -> str:
    """Wait until a fault has struck."""
    with suppress(TimeoutError):
        await asyncio.wait_for(fault.hit.wait(), PATIENCE)
    return "" if fault.hits else "the failure befell nothing"


async def _refused(house: House, step: int, armed: asyncio.Event) -> str:
    """Let nobody listen once the request before this one is carried out."""
    released = asyncio.Event()
    if step:
        _, method, path = _STEPS[step - 1]
        before = house.discord.faults.add(method=method, path=path, hold=released)
        armed.set()
        await before.processed.wait()
    async with Outage(house, "discord") as outage:
        armed.set()
        released.set()
        await outage.felt(more=PAUSE)
    return "" if outage.refused else "no connection was refused"


async def _named(
    house: House, settings: Settings, running: asyncio.Task[None], ready: asyncio.Task[None]
) -> str:
    if not running.done():
        return READY if ready.exception() is None else "neither ready nor ended"
    error = running.exception()
    said = await _read(house, settings, error)
    wanted = SENTENCE.format(url=settings.discord_url, error=type(error).__name__)
    return TOLD if len(said) == 1 and wanted in said[0] else f"ended by {error!r}, told {said}"


async def _read(house: House, settings: Settings, error: BaseException | None) -> list[str]:
    """What the operator reads where the process ends so; it is taken out of the log."""

    async def ended(*_: object) -> None:
        if error is not None:
            raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "serve", ended)
        # The house listens already.
        patch.setattr(logs, "setup", lambda **_: None)
        run = Namespace(shard_ids=None, shard_count=None)
        # It makes a loop of its own.
        status = await asyncio.to_thread(command._run, settings, run)
    said = [line for line in house.log.lines if " CRITICAL " in line]
    house.log.lines = [line for line in house.log.lines if line not in said]
    return said if status == command.EXIT_FAILED else [*said, f"status {status}"]


async def _forget_commands(bot: RemixBot) -> None:
    """Let it be necessary to tell Discord of the commands."""

    async def work(tx: Transaction) -> None:
        await facts.put(tx, SYNCED, "")

    await bot.database.transaction(work)
