"""Sources on disk, small servers on loopback, and HTTP that does not wait long."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from PIL import Image

from bot.backends.base import (
    Backend,
    Call,
    Finished,
    Progress,
    ProviderAccess,
    ProviderName,
    Request,
    Source,
)
from bot.backends.catalogue import CATALOGUE, Entry, by_name
from bot.backends.http import Http
from bot.backends.pace import Pace
from bot.backends.registry import Registry
from sandbox.providers import Providers
from sandbox.providers.server import Server

QUICK = Pace(
    gap_shortest=0.02,
    gap_longest=0.05,
    first_look=0.0,
    unknown_grace=0,
    patience=2,
)
"""Asks often, and gives up no sooner than the real one."""
IMPATIENT = replace(
    QUICK,
    connect=1,
    read=0.3,
    answer=0.5,
    transfer=0.8,
    submit=0.8,
    synchronous_read=0.3,
    synchronous=0.8,
    stream_idle=0.2,
    cancel=0.2,
)
"""For tests that wait until it gives up."""


NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Knows no certificate, and is made in no time; loopback needs none."""


def source_of(path: Path, media_type: str) -> Source:
    """Describe a picture on disk."""
    with Image.open(path) as image:
        width, height = image.size
    size = path.stat().st_size
    return Source(path=path, media_type=media_type, size=size, width=width, height=height)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """A small photograph-like picture, 4:3."""
    path = tmp_path / "source.png"
    image = Image.radial_gradient("L").resize((320, 240))
    Image.merge("RGB", (image, image.rotate(90), image.rotate(180))).save(path)
    return source_of(path, "image/png")


@pytest.fixture
def large_source(tmp_path: Path) -> Source:
    """A picture above what is sent inline; what follows its end makes it no less of one."""
    path = tmp_path / "large.png"
    Image.effect_noise((320, 240), 120).save(path)
    path.write_bytes(path.read_bytes().ljust(5_000_000, b"\0"))
    return source_of(path, "image/png")


class Loopback:
    """Starts servers on loopback and stops them at the end of a test."""

    def __init__(self) -> None:
        self._closers: list[Callable[[], Awaitable[None]]] = []

    async def web(self, *routes: web.RouteDef) -> str:
        """Start an aiohttp server; gives its address."""
        app = web.Application(client_max_size=2**26)
        app.add_routes(routes)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._closers.append(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{site.port}"

    async def raw(self, serve: Serve, **options: object) -> str:
        """Start a server that does with each connection what it is told."""
        tasks: set[asyncio.Task[None]] = set()

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                await serve(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                writer.transport.abort()

        server = await asyncio.start_server(take, "127.0.0.1", 0, **options)  # type: ignore[arg-type]  # passed on as they come

        async def close() -> None:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self._closers.append(close)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Stop them all."""
        for closer in self._closers:
            await closer()


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def loopback() -> AsyncIterator[Loopback]:
    """Servers for one test."""
    servers = Loopback()
    yield servers
    await servers.close()


@pytest.fixture
async def nowhere(loopback: Loopback) -> str:
    """An address at which nobody listens."""
    address = await loopback.web()
    await loopback.close()
    return address


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One backend of the catalogue, bound to the stand-in of its provider."""

    entry: Entry
    server: Server
    providers: Providers
    registry: Registry
    source: Source

    def call(self, *, key: str | None = None, source: Source | None = None, **asked: Any) -> Call:
        """Make a call; what is not asked for is the usual."""
        wanted = {"prompt": "a lighthouse in a storm", "strength": 50, **asked}
        request = Request(backend=self.entry.name, **wanted)
        return Call(key=key or str(uuid4()), request=request, source=source or self.source)

    def open(self) -> AbstractAsyncContextManager[Backend]:
        """Open the backend as for one job."""
        return self.registry.open(self.entry.name)

    def impatient(self) -> Bench:
        """Give the same bench with short time-outs."""
        return replace(self, registry=registry_of(self.providers, IMPATIENT))

    def submits(self) -> int:
        """Count the paid calls that reached the stand-in."""
        return sum(
            call.path.endswith("/remix")
            or (call.path == "/v1" and call.body[0]["taskType"] == "imageInference")
            for call in self.server.calls
        )


def registry_of(
    providers: Providers, pace: Pace = QUICK, catalogue: tuple[Entry, ...] = CATALOGUE
) -> Registry:
    """Offer every backend, at the stand-ins."""
    env = providers.env()
    access = {
        ProviderName.FAL: ProviderAccess(key=env["FAL_KEY"], url=env["FAL_URL"]),
        ProviderName.RUNWARE: ProviderAccess(key=env["RUNWARE_API_KEY"], url=env["RUNWARE_URL"]),
        ProviderName.IDEOGRAM: ProviderAccess(key=env["IDEOGRAM_API_KEY"], url=env["IDEOGRAM_URL"]),
    }
    trusted = [env["FAL_URL"], env["RUNWARE_URL"], env["IDEOGRAM_URL"]]
    http = Http(trusted=trusted, pace=pace, tls=NO_TLS)
    return Registry(http, access, catalogue=catalogue)


@pytest.fixture
async def providers() -> AsyncIterator[Providers]:
    """The stand-ins of all three providers."""
    async with Providers() as servers:
        yield servers


def bench_of(name: str, providers: Providers, source: Source) -> Bench:
    """Bind one backend."""
    entry = by_name(name)
    server = {
        ProviderName.FAL: providers.fal,
        ProviderName.RUNWARE: providers.runware,
        ProviderName.IDEOGRAM: providers.ideogram,
    }[entry.provider]
    registry = registry_of(providers)
    return Bench(entry=entry, server=server, providers=providers, registry=registry, source=source)


@pytest.fixture(params=[entry.name for entry in CATALOGUE])
def bench(request: pytest.FixtureRequest, providers: Providers, source: Source) -> Bench:
    """Each of the five backends in turn."""
    return bench_of(request.param, providers, source)


@pytest.fixture(params=["fal-v2a", "fal-v3", "runware-v2", "fal-v2-turbo"])
def polled(request: pytest.FixtureRequest, providers: Providers, source: Source) -> Bench:
    """Each of the backends whose work outlasts its paid call."""
    return bench_of(request.param, providers, source)


@pytest.fixture
def fal(providers: Providers, source: Source) -> Bench:
    """A backend on fal."""
    return bench_of("fal-v3", providers, source)


@pytest.fixture
def runware(providers: Providers, source: Source) -> Bench:
    """The backend on Runware."""
    return bench_of("runware-v2", providers, source)


@pytest.fixture
def ideogram(providers: Providers, source: Source) -> Bench:
    """The backend at Ideogram."""
    return bench_of("ideogram-v2", providers, source)


async def watched(backend: Backend, ticket: str, *, age: float = 0.0) -> list[Progress]:
    """Follow accepted work to its end."""
    return [progress async for progress in backend.watch(ticket, age=age)]


async def finished(backend: Backend, ticket: str) -> Finished:
    """Follow accepted work to its pictures."""
    last = (await watched(backend, ticket))[-1]
    assert isinstance(last, Finished)
    return last
