"""A hook server on loopback, a database with calls, and the stand-ins that report."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.backends.base import ProviderAccess, ProviderName
from bot.backends.http import Http
from bot.hooks.readers import readers
from bot.hooks.server import HookServer
from sandbox.clock import SandboxClock
from sandbox.providers import Fal, Runware
from storage import calls
from storage.calls import CallRow
from storage.sqlite import SqliteDatabase
from storage.states import CallOutcome
from tests.backends.conftest import IMPATIENT
from tests.storage.rows import do, insert
from tests.storage.template import fresh
from tests.tls import NO_TLS

BOUND = {ProviderName.FAL: "fal-v3", ProviderName.RUNWARE: "runware-v2"}


@dataclass(frozen=True)
class Now:
    """The sandbox's clock, as the bot reads it."""

    clock: SandboxClock

    def now(self) -> int:
        return int(self.clock.now() * 1000)


@dataclass(kw_only=True)
class Desk:
    """The server, and what is around it."""

    server: HookServer
    database: SqliteDatabase
    fal: Fal
    runware: Runware
    clock: Now
    http: httpx.AsyncClient
    woken: list[str] = field(default_factory=list)

    async def call(
        self,
        provider: ProviderName = ProviderName.FAL,
        outcome: CallOutcome = CallOutcome.INTENDED,
    ) -> CallRow:
        """Intend a call, and let it end where it has."""
        job = await insert(self.database)
        row = await do(
            self.database,
            calls.intend,
            job.id,
            backend=BOUND[provider],
            key=str(uuid.uuid4()),
            secret=secrets.token_hex(16),
            provider=provider,
            slots=0,
            now=self.clock.now(),
        )
        if outcome is CallOutcome.ACCEPTED:
            await do(self.database, calls.accept, row, "ticket", now=self.clock.now())
        elif outcome is not CallOutcome.INTENDED:
            await do(self.database, calls.end, row, outcome, now=self.clock.now())
        return row

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.port}{path}"

    def webhook(self, row: CallRow) -> str:
        return self.address(f"/hooks/{row.provider}/{row.secret}")

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> int:
        answer = await self.http.post(url, content=body, headers=headers)
        return answer.status_code

    async def report(self, row: CallRow, **fields: Any) -> int:
        """Report as fal does, with its key, of a request that it never had."""
        body = json.dumps({"request_id": str(uuid.uuid4()), "status": "OK"} | fields).encode()
        return await self.post(self.webhook(row), body, self.signed(body))

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers with which the stand-in sends a body."""
        return self.fal.webhooks._headers(body)

    async def hint(self, row: CallRow) -> str | None:
        found = await calls.latest(self.database, row.job_id)
        assert found is not None
        return found.hint

    def key_fetches(self) -> int:
        return sum(call.path.endswith("/jwks.json") for call in self.fal.calls)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    time = SandboxClock()
    async with (
        Fal(clock=time) as fal,
        Runware(clock=time) as runware,
        httpx.AsyncClient(verify=NO_TLS, timeout=10) as http,
    ):
        access = {
            ProviderName.FAL: ProviderAccess(key=fal.key, url=fal.url),
            ProviderName.RUNWARE: ProviderAccess(key=runware.key, url=runware.url),
        }
        clock, woken = Now(time), list[str]()
        database = await fresh(tmp_path / "bot.db")
        server = HookServer(
            database=database,
            clock=clock,
            readers=readers(
                access,
                http=Http(pace=IMPATIENT, tls=NO_TLS),
                clock=clock,
                fal_user=fal.webhooks.user,
            ),
            wake=woken.append,
            host="127.0.0.1",
            port=0,
        )
        await server.start()
        yield Desk(
            server=server,
            database=database,
            fal=fal,
            runware=runware,
            clock=clock,
            http=http,
            woken=woken,
        )
        await server.stop()
        await database.close()
