"""Nobody listens: real refusals for as long as a block lasts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from aiohttp import web

from tests.faults.house import House


class Outage:
    """New connections to one server are refused, and its old ones end with what they carry."""

    def __init__(self, house: House, to: str) -> None:
        self._runner = _runner(house, to)
        self._port = 0

    async def __aenter__(self) -> Self:
        for site in [*self._runner.sites]:
            assert isinstance(site, web.TCPSite)
            self._port = site.port
            await site.stop()
        for connection in self._connections():
            # The gateway's would not read on.
            if not connection._upgraded:
                connection.close()
        return self

    async def __aexit__(self, *_: object) -> None:
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()

    def _connections(self) -> Iterator[web.RequestHandler]:
        assert self._runner.server is not None
        yield from self._runner.server.connections


def _runner(house: House, to: str) -> web.AppRunner:
    if to == "discord":
        assert house.discord._runner is not None
        return house.discord._runner
    if to == "relay":
        return house.relay.runner
    return house.stands.server(to)._runner
