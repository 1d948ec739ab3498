"""How long after a provider has the result the bot knows it, for each way to learn of it.

Run it with `python -m benchmarks.push`. The stand-ins are on loopback, so what is measured is
what the ways themselves cost: how often is asked, and how many questions follow on a report.
A real network adds its round trips to all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import secrets
import ssl
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from bot.backends.base import (
    Backend,
    Call,
    Finished,
    ProviderAccess,
    ProviderName,
    Request,
    Source,
)
from bot.backends.http import Http
from bot.backends.registry import Registry
from bot.clock import SystemClock
from bot.hooks.readers import readers
from bot.hooks.server import HookServer
from bot.quotas import periods
from sandbox.providers import Fal, Runware
from storage import calls, jobs
from storage.database import Transaction
from storage.job_rows import NewJob
from storage.sqlite import SqliteDatabase

SHORTEST, LONGEST = 2.0, 15.0
"""Seconds that the work takes."""
STREAMS = r"/status/stream$"


@dataclass(frozen=True)
class Way:
    """One way to learn of a result."""

    name: str
    backend: str
    stream: bool = False
    webhook: bool = False


WAYS = (
    Way("fal: asked", "fal-v2a"),
    Way("fal: stream", "fal-v2a", stream=True),
    Way("fal: asked, and webhook", "fal-v2a", webhook=True),
    Way("fal: stream, and webhook", "fal-v2a", stream=True, webhook=True),
    Way("Runware: asked", "runware-v2"),
    Way("Runware: asked, and webhook", "runware-v2", webhook=True),
)


class Lane:
    """One way with a stand-in of its own, so that ways do not disturb each other."""

    def __init__(self, way: Way, server: Fal | Runware, folder: Path) -> None:
        self._way = way
        self._server = server
        self._source = _source(folder)
        name = ProviderName.FAL if isinstance(server, Fal) else ProviderName.RUNWARE
        self._access = {name: ProviderAccess(key=server.key, url=server.url)}
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._http = Http(trusted=[server.url], tls=tls)
        self._nudge = asyncio.Event()

    async def run(self, folder: Path, runs: int) -> list[float]:
        """Measure some works, one after the other; seconds."""
        if not self._way.stream:
            self._server.faults.add(path=STREAMS, status=404, times=None)
        async with self._hooks(folder) as hooks:
            return [await self._once(hooks) for _ in range(runs)]

    @asynccontextmanager
    async def _hooks(self, folder: Path) -> AsyncGenerator[_Hooks]:
        clock = SystemClock()
        database = await SqliteDatabase.open(folder / "bot.db")
        server = HookServer(
            database=database,
            clock=clock,
            readers=readers(self._access, http=self._http, clock=clock, fal_user=None),
            wake=lambda _: self._nudge.set(),
            host="127.0.0.1",
            port=0,
        )
        await server.start()
        try:
            yield _Hooks(database=database, server=server)
        finally:
            await server.stop()
            await database.close()

    async def _once(self, hooks: _Hooks) -> float:
        self._nudge.clear()
        # Never the same twice, or the pauses between two questions would fall alike.
        seconds = random.uniform(SHORTEST, LONGEST)  # noqa: S311 - no secret
        call = Call(
            key=str(uuid.uuid4()),
            request=Request(
                backend=self._way.backend,
                prompt=f"a copper city __latency:{seconds:.3f}__",
                strength=50,
            ),
            source=self._source,
        )
        if self._way.webhook:
            call = replace(call, webhook=await hooks.address(call, next(iter(self._access))))
        async with Registry(self._http, self._access).open(self._way.backend) as backend:
            ticket = await backend.submit(call)
            done = asyncio.create_task(self._done(ticket, call))
            await _finished(backend, ticket, self._nudge)
            known = time.perf_counter()
        return known - await done

    async def _done(self, ticket: str, call: Call) -> float:
        """When the provider had the result."""
        if isinstance(self._server, Fal):
            await self._server.works[json.loads(ticket)["request_id"]].done.wait()
        else:
            await self._server.jobs[call.key].done.wait()
        return time.perf_counter()


@dataclass(frozen=True, kw_only=True)
class _Hooks:
    """The server that is reported to, and the database that knows the calls."""

    database: SqliteDatabase
    server: HookServer

    async def address(self, call: Call, provider: ProviderName) -> str:
        """Write a call down, and give where its provider reports to."""
        secret, now = secrets.token_hex(16), SystemClock().now()
        job = _job(call, now)

        async def work(tx: Transaction) -> None:
            await jobs.insert(tx, job)
            await calls.intend(
                tx,
                job.id,
                backend=job.backend,
                key=call.key,
                secret=secret,
                provider=provider,
                slots=0,
                now=now,
            )

        await self.database.transaction(work)
        return f"http://127.0.0.1:{self.server.port}/hooks/{provider}/{secret}"


async def _finished(backend: Backend, ticket: str, nudge: asyncio.Event) -> None:
    async with aclosing(backend.watch(ticket, age=0, nudge=nudge)) as reports:
        async for progress in reports:
            if isinstance(progress, Finished):
                return


def _job(call: Call, now: int) -> NewJob:
    day = periods(now).day
    return NewJob(
        id=secrets.token_hex(8),
        interaction_id=secrets.randbits(62),
        server_id=1,
        channel_id=1,
        user_id=1,
        account_id=1,
        owner="benchmark",
        pressed=None,
        parent_id=None,
        backend=call.request.backend,
        request="{}",
        source="{}",
        token="",
        token_ends=now,
        upload_limit=0,
        credits_each=0,
        micros_each=0,
        reserved=0,
        period=0,
        month_start=day,
        day_start=day,
        budget_start=day,
        created=now,
    )


def _source(folder: Path) -> Source:
    path = folder / "source.jpg"
    Image.radial_gradient("L").resize((256, 192)).convert("RGB").save(path)
    size = path.stat().st_size
    return Source(path=path, media_type="image/jpeg", size=size, width=256, height=192)


async def _measure(way: Way, runs: int) -> list[float]:
    server = Fal() if way.backend.startswith("fal") else Runware()
    with tempfile.TemporaryDirectory() as folder:
        async with server:
            return await Lane(way, server, Path(folder)).run(Path(folder), runs)


async def _all(runs: int) -> list[list[float]]:
    return await asyncio.gather(*(_measure(way, runs) for way in WAYS))


def _table(found: Sequence[Sequence[float]]) -> str:
    lines = ["| way | runs | median | longest |", "| --- | ---: | ---: | ---: |"]
    for way, seconds in zip(WAYS, found, strict=True):
        median, most = statistics.median(seconds), max(seconds)
        lines.append(
            f"| {way.name} | {len(seconds)} | {median * 1000:.0f} ms | {most * 1000:.0f} ms |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure all ways at once and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.push", description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="works for each way")
    runs: int = parser.parse_args().runs
    sys.stdout.write(_table(asyncio.run(_all(runs))) + "\n")


if __name__ == "__main__":
    main()
