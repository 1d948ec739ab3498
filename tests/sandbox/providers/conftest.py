from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.clock import SandboxClock
from sandbox.providers import Fal, Ideogram, Runware
from tests.sandbox.providers.callers import FalCaller, IdeogramCaller, RunwareCaller, photo
from tests.tls import NO_TLS


@pytest.fixture(scope="session")
def source() -> bytes:
    return photo()


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
async def fal(
    http: httpx.AsyncClient, source: bytes, clock: SandboxClock
) -> AsyncIterator[FalCaller]:
    async with Fal(clock=clock) as server:
        server.latency = 0.01
        yield FalCaller(server, http, source)


@pytest.fixture
async def runware(
    http: httpx.AsyncClient, source: bytes, clock: SandboxClock
) -> AsyncIterator[RunwareCaller]:
    async with Runware(clock=clock) as server:
        server.latency = 0.01
        yield RunwareCaller(server, http, source)


@pytest.fixture
async def ideogram(
    http: httpx.AsyncClient, source: bytes, clock: SandboxClock
) -> AsyncIterator[IdeogramCaller]:
    async with Ideogram(clock=clock) as server:
        server.latency = 0.01
        yield IdeogramCaller(server, http, source)
