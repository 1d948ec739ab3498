"""A small server that takes what the stand-ins send by themselves."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from sandbox.site import Site


@dataclass(frozen=True)
class Taken:
    """One request that came."""

    method: str
    path: str
    media_type: str
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Takes any request; the next ones are answered with these statuses, then with 200."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self._taken: asyncio.Queue[Taken] = asyncio.Queue()
        app = web.Application(client_max_size=10**8)
        app.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await Site(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    @property
    def is_empty(self) -> bool:
        return self._taken.empty()

    async def next(self, count: int = 1) -> list[Taken]:
        """Wait for so many requests."""
        return [await self._taken.get() for _ in range(count)]

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        await self._taken.put(Taken(request.method, request.path, request.content_type, body))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)
