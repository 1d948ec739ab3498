"""The engine with everything real around it but Discord."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from bot.backends.base import Operation, ProviderAccess, ProviderName, Request
from bot.backends.catalogue import CATALOGUE
from bot.backends.entry import Entry
from bot.backends.http import Http
from bot.backends.pace import Pace
from bot.backends.registry import Registry
from bot.circuit import Circuit, CircuitTempo
from bot.images import Images
from bot.jobs.context import Context, Tempo
from bot.jobs.engine import Jobs, new_process_id
from bot.jobs.record import Job, Pictures, SourceRef, read
from bot.jobs.submit import Order
from bot.notices import Notices
from bot.people import People
from bot.quotas import Limits
from sandbox.providers import Providers
from sandbox.providers.server import Server
from storage import jobs, processes
from storage.budgets import Scope, used
from storage.database import Row, Transaction, integer, text
from storage.job_rows import JobRow
from storage.opening import open_lineage, open_spool
from storage.states import UNFINISHED, JobState, Shown
from tests.jobs.checks import check_accounts, check_calls, check_leftovers
from tests.jobs.discord import Discord
from tests.jobs.surroundings import (
    CHANNEL,
    FAST,
    MEMBER,
    QUICK,
    SERVER,
    START,
    UNLIMITED,
    MovableClock,
    Observed,
    Sources,
)
from tests.storage.engines import Engine
from tests.storage.rows import execute
from tests.tls import NO_TLS

T = TypeVar("T")

REQUEST_FIELDS = {field.name for field in fields(Request)}


def _takes_strength(backend: str, of_request: dict[str, Any]) -> bool:
    operation = of_request.get("operation", Operation.REMIX)
    return operation is Operation.REMIX and backend != "fal-v3-background"


@dataclass(kw_only=True, repr=False)
class World:
    """Everything around the engine; `start` and `stop` are the bot's own."""

    folder: Path
    engine: Engine
    providers: Providers
    sources: Sources
    images: Images
    discord: Discord = field(default_factory=Discord)
    clock: MovableClock = field(default_factory=MovableClock)
    tempo: Tempo = FAST
    limits: Limits = UNLIMITED
    pace: Pace = QUICK
    catalogue: tuple[Entry, ...] = CATALOGUE
    spool_cap: int = 2 << 30
    fallback: bool = False
    """Off but where a test is about it, so that all others say which backend is meant."""
    public_url: str | None = None
    guarded: bool = False
    """Whether a provider that refuses the account leaves the offer, and the operator is told."""
    counts_its_life: bool = False
    """Whether the process notices that its database was restored."""
    bills_are_known: bool = True
    """Whether what the providers charged must equal what was recorded."""
    errors_are_expected: bool = False
    killed: Callable[[], None] = lambda: None
    """Told after a kill: what the process said as it died, nobody would have heard."""

    def __post_init__(self) -> None:
        self.discord.changed = self.notify
        self._changes = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._numbers = itertools.count(1000)

    # The process

    async def start(self, **changes: Any) -> None:
        """Start a process on what lies in the folder."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.database = Observed(await self.engine.open(self.folder), self.notify)
        if not self.database.exclusive:
            # Long enough ago that the leases of those before have lapsed.
            await self.database.transaction(self._forget_all)
        servers = {
            ProviderName.FAL: self.providers.fal,
            ProviderName.RUNWARE: self.providers.runware,
            ProviderName.IDEOGRAM: self.providers.ideogram,
        }
        access = {
            name: ProviderAccess(key=server.key, url=server.url) for name, server in servers.items()
        }
        trusted = [*(server.url for server in servers.values()), self.sources.link("")]
        http = Http(trusted=trusted, pace=self.pace, tls=NO_TLS)
        registry = Registry(http, access, catalogue=self.catalogue)
        self.notices = Notices(database=self.database, http=http, clock=self.clock)
        self.circuit = Circuit(
            database=self.database,
            registry=registry,
            clock=self.clock,
            notices=self.notices,
            tempo=CircuitTempo(look=0.05, first=0.1),
        )
        self.context = Context(
            process_id=new_process_id(),
            database=self.database,
            spool=open_spool(self.folder / "spool", self.database, cap=self.spool_cap),
            images=self.images,
            registry=registry,
            presenter=self.discord,
            clock=self.clock,
            limits=self.limits,
            people=await People.open(self.database),
            discord_hosts=frozenset({self.sources.address}),
            tempo=self.tempo,
            fallback=self.fallback,
            public_url=self.public_url,
            circuit=self.circuit if self.guarded else None,
            notices=self.notices if self.guarded else None,
            lineage=open_lineage(await self.engine.url(self.folder))
            if self.counts_its_life
            else None,
        )
        self.jobs = Jobs(self.context)
        if self.guarded:
            await self.circuit.start()
        await self.jobs.start()
        self.database.transactions = 0
        await self.jobs.carry_on()

    async def _forget_all(self, tx: Transaction) -> None:
        await processes.forget_others(tx, "")

    async def stop(self) -> None:
        await self.jobs.stop()
        await self.circuit.stop()
        await self.notices.close()
        await self.database.close()

    def cut(self) -> None:
        """Be killed: from this moment on nothing more is written, sent or shown."""
        for task in self._tasks:
            task.cancel()
        self.engine.cut(self.database.inner)

    async def kill(self) -> None:
        """End the process as SIGKILL does."""
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.engine.bury(self.database.inner)
        self.killed()

    @property
    def _tasks(self) -> list[asyncio.Task[Any]]:
        engine = self.jobs
        looking = filter(None, [self.circuit._loop])
        return [*engine._loops, *engine._carrier.runs.values(), *engine._carrier.paid, *looking]

    async def lose_spool(self) -> None:
        """Lose all that lay in the spool, between a kill and a start."""
        shutil.rmtree(self.folder / "spool")
        database = await self.engine.open(self.folder)
        await execute(database, "DELETE FROM spool_files")
        await database.close()

    async def restart(self, **changes: Any) -> None:
        """Kill it, and start it again."""
        await self.kill()
        await self.start(**changes)

    async def beat(self, *, seconds: float) -> None:
        """Move the clock, and let the process feel its heart beat at the new time."""
        self.clock.move(seconds=seconds)
        await self.jobs._beat()

    # Members

    def order(self, backend: str = "fal-v2a", prompt: str = "a copper city", **more: Any) -> Order:
        """What a member orders; names of a request's fields go into the request.

        `picture`, `mask` and `references` name what the server of sources has.
        """
        asked = {name: more.pop(name) for name in REQUEST_FIELDS & more.keys()}
        asked.setdefault("strength", 60 if _takes_strength(backend, asked) else None)
        picture, mask = more.pop("picture", "source.jpg"), more.pop("mask", None)
        references = more.pop("references", ())
        number = next(self._numbers)
        order = Order(
            interaction_id=number,
            token=f"token-{number}",
            token_ends=self.clock.now() + 900_000,
            server_id=SERVER,
            channel_id=CHANNEL,
            user_id=MEMBER,
            upload_limit=10 * 2**20,
            request=Request(backend=backend, prompt=prompt, **asked),
            pictures=Pictures(
                source=self._ref(picture),
                mask=self._ref(mask),
                references=tuple(SourceRef(url=self.sources.link(name)) for name in references),
            ),
        )
        return replace(order, **more)

    def _ref(self, name: str | None) -> SourceRef | None:
        return None if name is None else SourceRef(url=self.sources.link(name))

    async def remix(
        self, backend: str = "fal-v2a", prompt: str = "a copper city", **more: Any
    ) -> Job:
        """Order, and answer with the card, as the cog does."""
        job = await self.jobs.submit(self.order(backend, prompt, **more))
        self.jobs.confirm(job.id, self.discord.answer(job.id))
        return job

    # Waiting

    def notify(self) -> None:
        """Something happened."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def until(self, holds: Callable[[], Awaitable[T | None]]) -> T:
        """Wait until a condition holds, looking whenever something happened."""
        async with asyncio.timeout(40):
            while True:
                changed = asyncio.get_running_loop().create_future()
                self._waiting.add(changed)
                if found := await holds():
                    return found
                # What happens inside the engine's memory tells nobody.
                await asyncio.wait({changed}, timeout=0.02)

    async def row(self, job_id: str) -> JobRow:
        found = await jobs.get(self.database, job_id)
        assert found is not None
        return found

    async def in_state(self, job_id: str, *states: JobState) -> JobRow:
        """Wait for a state."""

        async def holds() -> JobRow | None:
            row = await self.row(job_id)
            return row if row.state in states else None

        return await self.until(holds)

    async def ended(self, job_id: str) -> Job:
        """Wait until a job has ended, was shown, and nothing of it goes on."""

        async def holds() -> JobRow | None:
            row = await self.row(job_id)
            over = row.state not in UNFINISHED and row.shown is not Shown.NO
            return row if over and job_id not in self.jobs._carrier.runs else None

        return read(await self.until(holds))

    async def idle(self) -> None:
        """Wait until no job is carried on."""

        async def holds() -> bool:
            return not self.jobs._carrier.runs

        await self.until(holds)

    # Looking

    async def calls(self, job_id: str) -> list[Row]:
        return await self.database.read(
            "SELECT * FROM calls WHERE job_id = ? ORDER BY number", job_id
        )

    async def entries(self, job_id: str) -> list[tuple[str, int]]:
        """Kind and amount of a job's ledger entries."""
        rows = await self.database.read(
            "SELECT kind, amount FROM ledger JOIN ledger_lines ON entry_id = id"  # noqa: S608 - our own names
            f" WHERE job_id = ? ORDER BY ledger.{self.engine.row_order}",
            job_id,
        )
        return [(text(row, "kind"), integer(row, "amount")) for row in rows]

    async def spend(self) -> int:
        """What the operator's day counts, in millionths of a dollar."""
        day = START - START % 86_400_000
        return await used(self.database.read, Scope.OPERATOR_DAY, 0, starts=day)

    def server(self, backend: str) -> Server:
        """The stand-in behind a backend."""
        found: dict[str, Server] = {
            "fal": self.providers.fal,
            "runware": self.providers.runware,
            "ideogram": self.providers.ideogram,
        }
        return found[backend.partition("-")[0]]

    async def server_month(self, server: int = SERVER) -> int:
        month = START - START % 86_400_000 - 14 * 86_400_000
        return await used(self.database.read, Scope.SERVER_MONTH, server, starts=month)

    def charged(self) -> int:
        """What the providers charged, in millionths of a dollar."""
        return int(self.providers.total * 1_000_000)

    async def check(self) -> None:
        """Check what must hold whenever nothing happens."""
        await check_accounts(self.database)
        await check_calls(self.database)
        await check_leftovers(self.database, self.context.spool._root)
        if self.bills_are_known:
            costs = await self.database.read(
                "SELECT CAST(COALESCE(SUM(cost_micros), 0) AS BIGINT) AS n FROM calls"
            )
            assert integer(costs[0], "n") == self.charged()
