"""Sources on disk, small servers on loopback, and HTTP that does not wait long."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.web import RouteDef
from PIL import Image, ImageDraw

from bot.backends.base import (
    Backend,
    Call,
    Finished,
    Operation,
    Progress,
    ProviderAccess,
    ProviderName,
    Request,
    Source,
)
from bot.backends.catalogue import CATALOGUE, by_name
from bot.backends.entry import Entry, Feature
from bot.backends.http import Http
from bot.backends.options import FalOptions, RunwareOptions
from bot.backends.pace import Pace
from bot.backends.registry import Registry
from sandbox.providers import Providers
from sandbox.providers.server import Received, Server
from sandbox.site import Site
from tests.tls import NO_TLS

QUICK = Pace(
    gap_shortest=0.01,
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


def source_of(path: Path, media_type: str) -> Source:
    """Describe a picture on disk."""
    with Image.open(path) as image:
        width, height = image.size
    size = path.stat().st_size
    return Source(path=path, media_type=media_type, size=size, width=width, height=height)


SIZE = (320, 240)


@cache
def drawn(name: str) -> bytes:
    """Draw one of the pictures below; once, since compressing it takes longer than most tests."""
    match name:
        case "source":
            image = Image.radial_gradient("L").resize(SIZE)
            image = Image.merge("RGB", (image, image.rotate(90), image.rotate(180)))
        case "mask":
            image = Image.new("L", SIZE, "white")
            ImageDraw.Draw(image).rectangle((0, 0, SIZE[0] // 2 - 1, SIZE[1]), fill="black")
        case "reference":
            image = Image.effect_mandelbrot((90, 90), (-2, -1.5, 1, 1.5), 20).convert("RGB")
        case _:
            image = Image.effect_noise(SIZE, 120)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def stored(folder: Path, name: str, *, least: int = 0) -> Source:
    """Store one of them, followed by so many zeros that it has at least this many bytes."""
    path = folder / f"{name}.png"
    path.write_bytes(drawn(name).ljust(least, b"\0"))
    return source_of(path, "image/png")


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """A small photograph-like picture, 4:3."""
    return stored(tmp_path, "source")


@pytest.fixture
def mask(tmp_path: Path) -> Source:
    """A mask for the source, whose left half changes at a provider to which black says so."""
    return stored(tmp_path, "mask")


@pytest.fixture
def reference(tmp_path: Path) -> Source:
    """A picture whose style is to be followed."""
    return stored(tmp_path, "reference")


@pytest.fixture
def large_source(tmp_path: Path) -> Source:
    """A picture above what is sent inline; what follows its end makes it no less of one."""
    return stored(tmp_path, "large", least=5_000_000)


class Loopback:
    """Starts servers on loopback and stops them at the end of a test."""

    def __init__(self) -> None:
        self._closers: list[Callable[[], Awaitable[None]]] = []

    async def web(self, *routes: RouteDef) -> str:
        """Start an aiohttp server; gives its address."""
        app = web.Application(client_max_size=2**26)
        app.add_routes(routes)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._closers.append(runner.cleanup)
        site = Site(runner, "127.0.0.1", 0)
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
    mask: Source | None = None

    def call(
        self,
        *,
        key: str | None = None,
        source: Source | None = None,
        references: tuple[Source, ...] = (),
        webhook: str | None = None,
        **asked: Any,
    ) -> Call:
        """Make a call; what is not asked for is the usual."""
        takes = self.entry.takes
        return Call(
            key=key or str(uuid4()),
            request=request_for(self.entry, **asked),
            source=source or self.source if takes(Feature.SOURCE) else None,
            mask=self.mask if takes(Feature.MASK) else None,
            references=references,
            webhook=webhook,
        )

    def open(self) -> AbstractAsyncContextManager[Backend]:
        """Open the backend as for one job."""
        return self.registry.open(self.entry.name, self.entry.operation)

    def optional(self, options: FalOptions | RunwareOptions) -> Bench:
        """Give the same bench for an operator who set these options."""
        chosen = {self.entry.provider: options}
        return replace(self, registry=registry_of(self.providers, options=chosen))

    def altered(self, **differences: Any) -> Bench:
        """Give a bench whose entry of the catalogue is different."""
        entry = replace(self.entry, **differences)
        registry = registry_of(self.providers, catalogue=(entry,))
        return replace(self, entry=entry, registry=registry)

    def impatient(self) -> Bench:
        """Give the same bench with short time-outs."""
        return replace(self, registry=registry_of(self.providers, IMPATIENT))

    def submits(self) -> int:
        """Count the paid calls that reached the stand-in."""
        return len(self.paid())

    def paid(self) -> list[Received]:
        """Give the paid calls that reached the stand-in, oldest first."""
        return [
            call
            for call in self.server.calls
            if call.method == "POST"
            and (
                call.path.startswith("/queue/fal-ai/")
                or call.path.endswith("/remix")
                or (call.path == "/v1" and call.body[0]["taskType"] == "imageInference")
            )
        ]


def request_for(entry: Entry, **asked: Any) -> Request:
    """Ask an entry for something; what is not asked for is the usual."""
    wanted: dict[str, Any] = {"backend": entry.name, "operation": entry.operation}
    wanted["prompt"] = "a lighthouse in a storm" if entry.takes(Feature.PROMPT) else ""
    wanted["strength"] = 50 if entry.takes(Feature.STRENGTH) else None
    if entry.operation is Operation.REFRAME:
        wanted["aspect"] = "4:3"
    if "size" in asked:
        wanted["aspect"] = None
    return Request(**wanted | asked)


def registry_of(
    providers: Providers,
    pace: Pace = QUICK,
    catalogue: tuple[Entry, ...] = CATALOGUE,
    options: Mapping[ProviderName, FalOptions | RunwareOptions] | None = None,
) -> Registry:
    """Offer every backend, at the stand-ins."""
    env, chosen = providers.env(), options or {}
    names = {
        ProviderName.FAL: ("FAL_KEY", "FAL_URL"),
        ProviderName.RUNWARE: ("RUNWARE_API_KEY", "RUNWARE_URL"),
        ProviderName.IDEOGRAM: ("IDEOGRAM_API_KEY", "IDEOGRAM_URL"),
    }
    access = {
        name: ProviderAccess(key=env[key], url=env[url], options=chosen.get(name))
        for name, (key, url) in names.items()
    }
    trusted = [env[url] for _, url in names.values()]
    http = Http(trusted=trusted, pace=pace, tls=NO_TLS)
    return Registry(http, access, catalogue=catalogue)


@pytest.fixture
async def providers() -> AsyncIterator[Providers]:
    """The stand-ins of all three providers."""
    async with Providers() as servers:
        for server in servers.servers:
            server.latency = 0.01
        yield servers


def bench_of(
    name: str,
    providers: Providers,
    source: Source,
    operation: Operation = Operation.REMIX,
    mask: Source | None = None,
) -> Bench:
    """Bind one operation of a backend."""
    entry = by_name(name, operation)
    server = {
        ProviderName.FAL: providers.fal,
        ProviderName.RUNWARE: providers.runware,
        ProviderName.IDEOGRAM: providers.ideogram,
    }[entry.provider]
    return Bench(
        entry=entry,
        server=server,
        providers=providers,
        registry=registry_of(providers),
        source=source,
        mask=mask,
    )


def _id(entry: Entry) -> str:
    return f"{entry.name} {entry.operation}"


FIVE = ("fal-v2a", "fal-v3", "runware-v2", "fal-v2-turbo", "ideogram-v2")
every_entry = pytest.mark.parametrize("entry", CATALOGUE, ids=_id)


@pytest.fixture(params=FIVE)
def bench(request: pytest.FixtureRequest, providers: Providers, source: Source) -> Bench:
    """Each of the five backends that the bot began with: every protocol is among them."""
    return bench_of(request.param, providers, source)


@pytest.fixture(params=CATALOGUE, ids=_id)
def each(
    request: pytest.FixtureRequest, providers: Providers, source: Source, mask: Source
) -> Bench:
    """Each operation of each backend in turn."""
    entry: Entry = request.param
    return bench_of(entry.name, providers, source, entry.operation, mask)


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
    """Follow accepted work to its end, which must come soon."""
    async with asyncio.timeout(20):
        return [progress async for progress in backend.watch(ticket, age=age)]


async def finished(backend: Backend, ticket: str) -> Finished:
    """Follow accepted work to its pictures."""
    last = (await watched(backend, ticket))[-1]
    assert isinstance(last, Finished)
    return last
