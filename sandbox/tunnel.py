"""A proxy that leads a provider's own host names to its stand-in, and nothing anywhere else.

Clients whose addresses are fixed are sent here by `HTTPS_PROXY`; they run unmodified.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Self

_CHUNK = 65536


class Tunnel:
    """An HTTP proxy on loopback that knows only CONNECT; use it with `async with`.

    Args:
        ports: The port on this machine that stands for each host name.

    Attributes:
        refused: Hosts that were asked for and are none of these.
    """

    def __init__(self, ports: Mapping[str, int]) -> None:
        self._ports = ports
        self.refused: list[str] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def env(self) -> dict[str, str]:
        """Return what makes a client use it, in the environment of its process."""
        return {"HTTPS_PROXY": self.url, "HTTP_PROXY": self.url, "NO_PROXY": ""}

    async def __aenter__(self) -> Self:
        self._open: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        # Only the end of the tunnel cancels it; asyncio would call that an error of its own.
        ends = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)
        try:
            with suppress(*ends):
                await self._serve(reader, writer)
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, *_ = head.decode("latin-1").split()
        port = self._ports.get(target.removesuffix(":443"))
        if method != "CONNECT" or port is None:
            self.refused.append(target)
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            async with asyncio.TaskGroup() as group:
                group.create_task(_pass_on(reader, far_writer))
                group.create_task(_pass_on(far_reader, writer))
        finally:
            far_writer.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
