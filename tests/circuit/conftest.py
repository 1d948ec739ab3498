"""Circuits and notices on one database, the stand-ins, and a place where messages arrive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.backends.base import ProviderAccess, ProviderName
from bot.backends.http import Http
from bot.backends.registry import Registry
from bot.circuit import Circuit, CircuitTempo
from bot.notices import Notices
from sandbox.providers import Providers
from sandbox.providers.server import Server
from storage.database import Database
from tests.backends.conftest import IMPATIENT
from tests.jobs.surroundings import MovableClock
from tests.sandbox.providers.receiver import Receiver
from tests.storage.engines import Engine
from tests.tls import NO_TLS

NEVER = CircuitTempo(look=3600)
"""The tests look themselves."""


@dataclass(kw_only=True)
class Office:
    """What the processes of one installation share."""

    database: Database
    providers: Providers
    receiver: Receiver
    clock: MovableClock = field(default_factory=MovableClock)
    http: Http = field(default_factory=lambda: Http(pace=IMPATIENT, tls=NO_TLS))

    def server(self, provider: ProviderName) -> Server:
        return getattr(self.providers, provider)

    def notices(self, *, webhook: str | None = "") -> Notices:
        """Those of one more process."""
        return Notices(
            database=self.database,
            http=self.http,
            clock=self.clock,
            webhook=f"{self.receiver.url}/secret" if webhook == "" else webhook,
            gap=0,
        )

    def circuit(self, *, tempo: CircuitTempo = NEVER) -> Circuit:
        """That of one more process."""
        access = {
            name: ProviderAccess(key=self.server(name).key, url=self.server(name).url)
            for name in ProviderName
        }
        return Circuit(
            database=self.database,
            registry=Registry(self.http, access),
            clock=self.clock,
            notices=self.notices(),
            tempo=tempo,
        )

    async def told(self) -> str:
        """Wait for the next message, and give what it says."""
        (taken,) = await self.receiver.next()
        return taken.json["content"]


@pytest.fixture
async def office(engine: Engine, tmp_path: Path) -> AsyncIterator[Office]:
    database = await engine.open(tmp_path)
    async with Providers() as providers, Receiver() as receiver:
        yield Office(database=database, providers=providers, receiver=receiver)
    await database.close()
