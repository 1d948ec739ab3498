"""Short pauses and short time-outs, for a block in which nothing else is under way."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType
from typing import Any, TypeVar

import aiohttp
import pytest
from discord import http, shard
from discord.webhook import async_

from tests.faults.play import Play
from tests.faults.tempo import GIVE_UP, PACE, SOON

T = TypeVar("T")
PAUSE = 0.3
"""The most seconds between two attempts of discord.py's: its own pauses are up to 5. Its five
attempts must outlast the second for which Discord's limit of 50 requests holds."""


class _Hasty(ModuleType):
    """asyncio as discord.py's modules see it, with shorter pauses, and less patience."""

    def __init__(self, patience: float) -> None:
        super().__init__(asyncio.__name__)
        self._patience = patience

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float, *more: Any) -> None:
        await asyncio.sleep(min(seconds, PAUSE), *more)

    async def wait_for(self, one: Awaitable[T], timeout: float) -> T:  # noqa: ASYNC109
        # By it a shard connects.
        return await asyncio.wait_for(one, min(timeout, self._patience))


@contextmanager
def pauses_cut(patience: float = GIVE_UP) -> Generator[pytest.MonkeyPatch]:
    """Let discord.py pause for moments; gives what more can be patched by.

    Args:
        patience: Seconds after which it gives up a connection to the gateway.
    """
    with pytest.MonkeyPatch.context() as patch:
        for module in (http, shard, async_):
            patch.setattr(module, "asyncio", _Hasty(patience))
        yield patch


@contextmanager
def hasty(play: Play) -> Generator[None]:
    """Let the bot give up soon what a row holds, and discord.py pause for moments."""
    patience = SOON if play.row.is_held else GIVE_UP
    with pauses_cut(patience) as patch:
        patch.setattr(play.house.parts.http, "pace", replace(PACE, answer=patience))
        patch.setattr(sys.modules["cogs.authority"], "ASK_SECONDS", patience)
        patch.setattr(sys.modules["cogs.quota_report"], "FETCH_SECONDS", patience)
        give_up_after(patience, patch)
        yield


def give_up_after(seconds: float, patch: pytest.MonkeyPatch) -> None:
    """Let discord.py wait so long for an answer, as long as aiohttp does: else 5 minutes."""
    timeout = aiohttp.ClientTimeout(total=seconds)
    patch.setattr(aiohttp.client, "DEFAULT_TIMEOUT", timeout)
