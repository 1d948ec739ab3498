"""What stands before the bot's server for reports, as a reverse proxy does: it can fail."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, ClientTimeout, web

from sandbox.faults import Faults
from sandbox.site import Site


class Relay:
    """Passes requests on, unless a fault takes them."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.url = ""
        self.target = ""
        """Where requests are passed on to."""

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Listen for as long as the block lasts."""
        app = web.Application(middlewares=[self.faults.middleware])
        app.router.add_post("/{tail:.*}", self._pass)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        site = Site(self.runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site.port}"
        async with ClientSession(timeout=ClientTimeout(total=10)) as self._session:
            yield
        await self.faults.close()
        await self.runner.cleanup()

    async def _pass(self, request: web.Request) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        body = await request.read()
        url = self.target + request.path
        async with self._session.post(url, data=body, headers=headers) as answer:
            return web.Response(status=answer.status, body=await answer.read())
