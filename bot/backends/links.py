"""Links that others made: what they lead to is saved whole or not at all.

How a link is opened, and where it may lead, is `bot.backends.http`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from bot.backends.bodies import Body
from bot.backends.http_errors import Broken, Dead, TooLarge

STEP_BYTES = 512 * 1024
"""What is read, and written to disk, in one go."""

_HOPS = 5


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The answer behind a link, whose body is still to be read."""

    status: int
    location: str | None
    """Where it redirects to, as a whole address."""
    pieces: AsyncIterator[bytes]


Open = Callable[[str, str, Body | None], AbstractAsyncContextManager[Reply]]
"""Sends a body, or nothing, by a method to a link."""


class Links:
    """Reads and writes links, following redirects only while reading."""

    def __init__(self, open_link: Open) -> None:
        self._open = open_link

    async def download(self, url: str, to: Path, *, limit: int) -> None:
        """Save what a link leads to in the end, if it has at most `limit` bytes."""
        here: str | None = url
        with only_whole(to):
            for _ in range(_HOPS):
                here = await self._save(here, to, limit)
                if here is None:
                    return
            raise Broken(f"{_host(url)}: more than {_HOPS} redirects")

    async def upload(self, url: str, body: Body) -> int:
        """PUT a body to a link; gives the status."""
        async with self._open("PUT", url, body) as reply:
            return reply.status

    async def _save(self, url: str, to: Path, limit: int) -> str | None:
        """Save one hop; gives the next one if it is a redirect."""
        async with self._open("GET", url, None) as reply:
            if reply.location is not None:
                return reply.location
            _refuse(url, reply.status)
            left = limit
            mode: Literal["wb", "ab"] = "wb"
            async for piece in reply.pieces:
                left -= len(piece)
                if left < 0:
                    raise TooLarge(f"{_host(url)}: more than {limit} bytes")
                await _write(to, piece, mode)
                mode = "ab"
            if mode == "wb":
                await _write(to, b"", mode)
        return None


@contextmanager
def only_whole(path: Path) -> Generator[None]:
    """Let a file that is being written be there afterwards only if nothing went wrong."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


async def _write(path: Path, piece: bytes, mode: Literal["wb", "ab"]) -> None:
    """Write in a thread, and be done with it however this ends.

    A file that stayed open in between, or was made by a thread whose job had been cancelled, would
    be there after all was tidied up.
    """

    def work() -> None:
        with path.open(mode) as file:
            file.write(piece)

    writing = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait([writing])
        raise


def _refuse(url: str, status: int) -> None:
    if status in (408, 425, 429) or status >= 500:
        raise Broken(f"{_host(url)}: status {status}")
    if status != 200:
        raise Dead(f"{_host(url)}: status {status}")


def _host(url: str) -> str:
    # `Session` has parsed it before, so it has a host; links may be signed, hosts are not.
    return urlsplit(url).hostname or "no address"
