"""What is around the engine: a clock, a database that tells, a server of sources; quick times."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from typing import TypeVar

from aiohttp import web

from bot.backends.pace import Pace
from bot.jobs.context import Tempo
from bot.quotas import Limits
from sandbox.faults import Fault, Faults
from sandbox.providers.server import Server
from sandbox.site import Site
from storage.database import Database, Query, Row, Transaction, Value

T = TypeVar("T")

START = 1_800_014_400_000
"""2027-01-15T12:00:00Z."""
SERVER, CHANNEL, MEMBER = 1, 2, 3

QUICK = Pace(
    connect=2,
    read=1.5,
    answer=2,
    transfer=2,
    submit=2,
    synchronous_read=5,
    synchronous=6,
    gap_shortest=0.02,
    gap_longest=0.05,
    first_look=0.0,
    stream_idle=2,
    unknown_grace=0,
    patience=2,
    cancel=0.3,
    retry=0.02,
    retry_longest=0.05,
)
FAST = Tempo(
    answer_within=0.2,
    late_gap=0.15,
    news_after=0,
    retry_first=0.01,
    retry_most=0.05,
    find_within=0.6,
    hints=0.05,
    fetch_within=0.3,
    sweep=0.2,
    heartbeat=3600,
    stop_showing=0.2,
)
UNLIMITED = Limits(
    default_credits=None,
    server_monthly_credits=None,
    daily_spend_micros=None,
    allowed_servers=frozenset(),
)


class MovableClock:
    """Goes on like any other, and can be moved."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._offset = START

    def now(self) -> int:
        return self._offset + int((time.monotonic() - self._began) * 1000)

    def move(self, *, seconds: float) -> None:
        self._offset += int(seconds * 1000)


class Observed:
    """A database that counts its transactions, and tells when one has ended."""

    def __init__(self, inner: Database, changed: Callable[[], None]) -> None:
        self.inner = inner
        self.exclusive = inner.exclusive
        self.transactions = 0
        self.before: dict[int, Callable[[], None]] = {}
        """What is done when the transaction of this number is asked for."""
        self.after: dict[int, Callable[[], None]] = {}
        """What is done at the very moment when it has ended."""
        self._changed = changed

    async def transaction(
        self, work: Callable[[Transaction], Awaitable[T]], *, must_run: bool = False
    ) -> T:
        self.transactions += 1
        number = self.transactions
        self.before.get(number, self._changed)()
        try:
            return await self.inner.transaction(_in_order(work), must_run=must_run)
        finally:
            self.after.get(number, self._changed)()

    async def read(self, sql: str, *values: Value) -> list[Row]:
        return await self.inner.read(sql, *values)

    async def look(self, work: Callable[[Query], Awaitable[T]]) -> T:
        return await self.inner.look(work)

    async def server_time(self) -> int | None:
        # The clock that the test moves is everybody's.
        return None

    async def close(self) -> None:
        await self.inner.close()


class JobBeforeCall:
    """A transaction that changes a job before its call: else two could wait for one another."""

    def __init__(self, inner: Transaction) -> None:
        self._inner = inner
        self._has_job = self._has_call = False

    async def run(self, sql: str, *values: Value) -> list[Row]:
        self._has_job |= sql.startswith("UPDATE jobs")
        self._has_call |= not self._has_job and sql.startswith("UPDATE calls")
        assert not (self._has_call and self._has_job), "the call was locked first"
        return await self._inner.run(sql, *values)


def _in_order(work: Callable[[Transaction], Awaitable[T]]) -> Callable[[Transaction], Awaitable[T]]:
    @wraps(work)
    async def watched(tx: Transaction) -> T:
        return await work(JobBeforeCall(tx))

    return watched


class Sources:
    """A small server of pictures, in the place of Discord's."""

    def __init__(self, pictures: dict[str, bytes]) -> None:
        self.faults = Faults()
        self.served: list[str] = []
        self.pictures = pictures
        self.address = ""

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        app = web.Application(middlewares=[self.faults.middleware])
        app.add_routes([web.get("/{name}", self._serve)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = Site(runner, "127.0.0.1", 0)
        await site.start()
        self.address = f"127.0.0.1:{site.port}"
        yield
        await self.faults.close()
        await runner.cleanup()

    def link(self, name: str) -> str:
        return f"http://{self.address}/{name}"

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.served.append(name)
        found = self.pictures.get(name)
        return web.Response(status=404) if found is None else web.Response(body=found)


def held(server: Server, path: str, *, arrived: bool) -> Fault:
    """Never answer a request: after it was carried out, or before."""
    never = asyncio.Event()
    if arrived:
        return server.faults.add(method="POST", path=path, hold=never)
    return server.faults.add(method="POST", path=path, hold_before=never)
