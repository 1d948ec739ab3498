"""Where a stand-in listens, and how it stops."""

from __future__ import annotations

import asyncio

from aiohttp import web

TURNS = 3
"""Of the loop, from the moment a connection is accepted until its protocol knows it."""


class Site(web.TCPSite):
    """A site that loses no connection when it is stopped.

    asyncio by itself loses one that it accepted in that very instant: nothing closes it, whoever is
    at its other end waits, and the garbage collector complains of it during some later test (seen
    with CPython 3.11).
    """

    async def stop(self) -> None:
        """Accept nothing more, let what was accepted be made, and stop."""
        if isinstance(self._server, asyncio.Server):
            for listening in self._server.sockets:
                asyncio.get_running_loop().remove_reader(listening.fileno())
            for _ in range(TURNS):
                await asyncio.sleep(0)
        await super().stop()
