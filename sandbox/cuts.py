"""Connections that close in the middle of an answer, at a byte that a test chooses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, cast

from aiohttp import ClientConnectionResetError, web
from aiohttp.abc import AbstractStreamWriter


def cut_body(request: web.Request, limit: int) -> None:
    """Close the connection after so many bytes of the answer's body."""
    _BodyCutter(request.writer, limit)


def cut_wire(request: web.Request, limit: int) -> None:
    """Close the connection after so many bytes of the answer, its head included."""
    if request.protocol.transport is not None:
        # Whatever aiohttp writes of this answer, it writes to the connection's transport.
        cutter = _WireCutter(request.protocol.transport, limit)
        request.protocol.transport = cast("asyncio.Transport", cutter)


class _WireCutter:
    """Stands in for a transport: lets the first bytes through, then closes it."""

    def __init__(self, transport: asyncio.Transport, limit: int) -> None:
        self._transport = transport
        self._left = limit

    def write(self, data: Any) -> None:
        """Send the data as far as the limit allows."""
        allowed = bytes(data)[: self._left]
        if allowed:
            self._transport.write(allowed)
        self._left -= len(allowed)
        if len(allowed) < len(data):
            self._transport.close()

    def writelines(self, chunks: Iterable[Any]) -> None:
        """Send the chunks as far as the limit allows."""
        self.write(b"".join(chunks))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _BodyCutter:
    """Lets the first bytes of an answer's body through, then closes the connection.

    It stands in for the two methods of the request's writer that carry body bytes, so
    that streamed answers are cut as well as whole ones.
    """

    def __init__(self, writer: AbstractStreamWriter, limit: int) -> None:
        self._writer = writer
        self._write = writer.write
        self._write_eof = writer.write_eof
        self._left = limit
        writer.write = self.write
        writer.write_eof = self.write_eof

    async def write(self, chunk: Any, **options: Any) -> None:
        """Send the chunk as far as the limit allows."""
        data = bytes(chunk)
        if len(data) > self._left:
            await self._close(data[: self._left])
        self._left -= len(data)
        await self._write(data, **options)

    async def write_eof(self, chunk: Any = b"") -> None:
        """Send the last chunk as far as the limit allows."""
        data = bytes(chunk)
        if len(data) > self._left:
            await self._close(data[: self._left])
        await self._write_eof(data)

    async def _close(self, rest: bytes) -> None:
        self._writer.send_headers()
        if rest:
            await self._write(rest)
        if self._writer.transport is not None:
            self._writer.transport.close()
        raise ClientConnectionResetError("the answer was cut by a fault")
