"""The bot's ways back to Discord's gateway, once it was connected."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from enum import StrEnum

from sandbox.discord import DiscordSandbox
from tests.faults.hasty import hasty
from tests.faults.kinds import Kind
from tests.faults.play import Play
from tests.faults.wires import Scene, Wire

CONNECTION, RESUMPTION = "^/gateway/?$", "^/resume/?$"
PATIENCE = 20.0
"""Seconds until the bot is back."""
_AGAIN = (Kind.NONE, Kind.CUT_BEFORE, Kind.CUT_HEAD, Kind.CUT_BODY)
"""After these aiohttp or discord.py asks for the session that was there; else for a new one."""


class Way(StrEnum):
    """How it comes back."""

    RESUMED = "its session goes on"
    BEGUN = "it begins a session"


@asynccontextmanager
async def returning(discord: DiscordSandbox, *wanted: Way) -> AsyncGenerator[None]:
    """What is done inside ends the bot's connection; wait until it is back.

    Raises:
        TimeoutError: It does not come back.
        AssertionError: It comes in other ways than are wanted.
    """
    gateway = discord.gateway

    def ways() -> list[Way]:
        return [Way.RESUMED] * gateway.resumes + [Way.BEGUN] * gateway.identifies

    before = ways()
    yield
    await discord.until(lambda: len(ways()) > len(before), PATIENCE, "the bot's return")
    await discord.ready(PATIENCE)
    after = ways()
    found = [way for way in Way for _ in range(after.count(way) - before.count(way))]
    assert found == [*wanted], f"it came back otherwise: {[str(way) for way in found]}"


async def _dropped(play: Play) -> None:
    """Let the gateway drop, and use /remix once the bot is back."""
    discord = play.house.discord
    way = Way.RESUMED if play.row.kind in _AGAIN else Way.BEGUN
    with hasty(play):
        async with returning(discord, way), play.moment():
            discord.drop_gateway()
    await play.order()


async def _lost(play: Play) -> None:
    """The same where what was to go on cannot be reached."""
    discord = play.house.discord
    lost = discord.faults.add(path=RESUMPTION, status=503)
    with hasty(play):
        async with returning(discord, Way.BEGUN):
            discord.drop_gateway()
    assert lost.hits
    await play.order()


_NEVER = frozenset({Kind.SLOW, Kind.CUT_AFTER, Kind.DONE_500})
"""Of what is carried out only when it is over."""


def _connection(name: str, path: str, scene: Scene, *, without: frozenset[Kind] = _NEVER) -> Wire:
    return Wire(
        name=name,
        to="discord",
        method="GET",
        path=path,
        scene=scene,
        shared=True,
        alone=True,
        lasting=True,
        without=without,
    )


RECONNECTED: tuple[Wire, ...] = (
    _connection("going on with a session", RESUMPTION, _dropped),
    _connection(
        "a session instead of one",
        CONNECTION,
        _lost,
        # Where connections are refused, already that which is to go on is.
        without=_NEVER | {Kind.REFUSED},
    ),
)
