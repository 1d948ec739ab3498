"""Nobody listens: real refusals for as long as a block lasts, each of which is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Self

from aiohttp import web

from sandbox.site import Site
from tests.faults.house import House
from tests.faults.tempo import GIVE_UP


class Outage:
    """New connections to one server are refused, and its old ones end with what they carry."""

    def __init__(self, house: House, to: str) -> None:
        self._runner = _runner(house, to)
        self._port = 0
        self.refused = 0
        """Connections that somebody in this process asked for in vain."""
        self._felt = asyncio.Event()

    async def __aenter__(self) -> Self:
        for site in [*self._runner.sites]:
            assert isinstance(site, web.TCPSite)
            self._port = site.port
            await site.stop()
        for connection in self._connections():
            _end(connection)
        self._count()
        return self

    async def __aexit__(self, *_: object) -> None:
        del asyncio.get_running_loop().sock_connect
        await Site(self._runner, "127.0.0.1", self._port, reuse_address=True).start()

    async def felt(self, *, more: float) -> None:
        """Wait until a connection was refused, and so many seconds more."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._felt.wait(), GIVE_UP)
        await asyncio.sleep(more)

    def _count(self) -> None:
        """Count refusals where asyncio makes connections: a port without a listener tells none."""
        loop = asyncio.get_running_loop()
        connect = loop.sock_connect

        async def counted(sock: Any, address: Any) -> None:
            try:
                await connect(sock, address)
            except ConnectionRefusedError:
                if address[1] == self._port:
                    self.refused += 1
                    self._felt.set()
                raise

        loop.sock_connect = counted

    def _connections(self) -> Iterator[web.RequestHandler]:
        assert self._runner.server is not None
        yield from [*self._runner.server.connections]


def _end(connection: web.RequestHandler) -> None:
    """Let a connection end with what it carries; the gateway's would not read on."""
    if connection._upgraded:
        return
    request = connection._current_request
    if request is None:
        # aiohttp's `close` would leave it open, and nobody would answer what comes by it.
        connection.force_close()
        return
    # So that the client does not use it again, just when it closes.
    request._message = request._message._replace(should_close=True)
    connection.close()


def _runner(house: House, to: str) -> web.AppRunner:
    if to == "discord":
        assert house.discord._runner is not None
        return house.discord._runner
    if to == "relay":
        return house.relay.runner
    if to == "operator":
        return house.inbox.runner
    return house.stands.server(to)._runner
