"""Where the operator is told what to mend: it takes messages as Discord's webhooks do."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web

from sandbox.faults import Faults
from sandbox.site import Site

SECRET = "the-operators-own"
"""Whoever knows it can write to the operator."""


class Inbox:
    """Keeps what came, unless a fault took it."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.url = ""
        self.messages: list[str] = []

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Listen for as long as the block lasts."""
        app = web.Application(middlewares=[self.faults.middleware])
        app.router.add_post(f"/api/webhooks/1/{SECRET}", self._take)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        site = Site(self.runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site.port}/api/webhooks/1/{SECRET}"
        yield
        await self.faults.close()
        await self.runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.messages.append((await request.json())["content"])
        return web.Response(status=204)
