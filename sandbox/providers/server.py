"""What the three stand-ins share: one aiohttp server on loopback, its records and its dials."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections import Counter
from collections.abc import AsyncGenerator, Coroutine, Generator, Iterable, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, ClassVar, Self

from aiohttp import ClientSession, ClientTimeout, web
from aiohttp.typedefs import Handler

from sandbox.clock import SandboxClock
from sandbox.faults import Fault, Faults
from sandbox.providers.account import Account
from sandbox.providers.bill import Bill
from sandbox.providers.delivery import Delivery
from sandbox.providers.files import FileStore
from sandbox.providers.pictures import Pictures
from sandbox.providers.received import Received, current
from sandbox.providers.results import Results
from sandbox.providers.steps import Step, Where
from sandbox.providers.triggers import Trigger, Triggers
from sandbox.site import Site

logger = logging.getLogger(__name__)

# Room for a picture of 25 MB in base64.
MAX_BODY_BYTES = 40 * 2**20
# Pictures in base64 are noted by their beginning and length, or a long run eats the memory.
_LONGEST_NOTED = 4096


class BadBody(Exception):
    """The body of a request is not what its Content-Type must say it is."""


class Server:
    """A stand-in of one provider; use it with `async with`.

    Attributes:
        key: The credential that it accepts.
        account: How it sees the account that the key belongs to.
        faults: Faults injected by a test; `fail` adds one at a step of a remix.
        bill: What it charged.
        calls: What it received, oldest first.
        latency: Seconds that one work takes.
        queue_length: Works before each new one.
        queue_step: Seconds for which each of these keeps it waiting.
        begun: Set when a work begins to run; a test may clear it.
        idle: Set while no work runs.
        gate: While it is cleared, running works do not end.
        retry_after: Seconds that a 429 of the trigger tells; None tells none.
        delivery: How it sends webhooks.
        results: How it spoils results.
    """

    steps: ClassVar[Mapping[Step, Where]] = {}
    """How the requests of each step are told apart."""

    def __init__(
        self, *, key: str, clock: SandboxClock | None = None, pictures: Pictures | None = None
    ) -> None:
        self.key = key
        self.clock = clock or SandboxClock()
        self.account = Account.GOOD
        self.faults = Faults()
        self.bill = Bill(self.clock)
        self.calls: list[Received] = []
        self.latency = 0.05
        self.queue_length = 0
        self.queue_step = 0.02
        self.begun = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()
        self.gate = asyncio.Event()
        self.gate.set()
        self.retry_after: int | None = None
        self.files = FileStore(self.clock)
        self.pictures = pictures or Pictures()
        self.results = Results(self.pictures, self.files)
        self.delivery = Delivery()
        self._owns_pictures = pictures is None
        self._tasks: set[asyncio.Task[None]] = set()
        self._refusals: Counter[str] = Counter()
        self._open_works = 0
        self._port = 0

    def routes(self) -> Iterable[web.RouteDef]:
        """Name the routes of this provider."""
        raise NotImplementedError

    def domains(self) -> Mapping[str, Iterable[web.RouteDef]]:
        """Name the routes under the provider's own host names, for clients that know no other."""
        return {}

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        if self._port == 0:
            raise RuntimeError("the stand-in has not been started")
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        app = web.Application(
            middlewares=[self.faults.middleware, self._note], client_max_size=MAX_BODY_BYTES
        )
        app.add_routes(self.routes())
        for host, routes in self.domains().items():
            named = web.Application()
            named.add_routes(routes)
            app.add_domain(host, named)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        self.session = ClientSession(timeout=ClientTimeout(total=10), trust_env=False)
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.faults.close()
        await self._runner.cleanup()
        await self.session.close()
        if self._owns_pictures:
            self.pictures.close()

    async def listen_tls(self, context: ssl.SSLContext) -> int:
        """Listen on a further port, with TLS, and return the port."""
        site = Site(self._runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        return site.port

    def fail(self, step: Step, **how: Any) -> Fault:
        """Let the next request of a step fail, or the next `times`.

        Args:
            step: One of `steps`.
            how: What `Faults.add` takes, but for `method`, `path` and `match`.
        """
        where = self.steps[step]
        return self.faults.add(method=where.method, path=where.path, match=where.match, **how)

    @asynccontextmanager
    async def unreachable(self) -> AsyncGenerator[None]:
        """Refuse new connections for as long as the block lasts."""
        await self._site.stop()
        try:
            yield
        finally:
            await self._listen()

    async def _listen(self) -> None:
        self._site = Site(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await self._site.start()
        self._port = self._site.port

    @web.middleware
    async def _note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        received = Received(
            at=self.clock.now(),
            method=request.method,
            path=request.path,
            query=dict(request.query),
            headers=dict(request.headers),
        )
        self.calls.append(received)
        current.set(received)
        response = await handler(request)
        self.stamp(response)
        return response

    def stamp(self, response: web.StreamResponse) -> None:
        """Add what every answer of this provider carries; nothing, unless it says so."""

    async def read_json(self, request: web.Request) -> Any:
        """Read a body that must be JSON and say so, and note it.

        Raises:
            BadBody: It is not JSON, or is called something else.
        """
        if request.content_type != "application/json":
            raise BadBody(f"Content-Type is {request.content_type}, not application/json")
        try:
            body = json.loads(await request.read())
        except ValueError as error:
            raise BadBody("the body is not JSON") from error
        self.note(body)
        return body

    async def read_object(self, request: web.Request) -> dict[str, Any]:
        """Read a body that must be a JSON object, and note it.

        Raises:
            BadBody: It is none.
        """
        body = await self.read_json(request)
        if not isinstance(body, dict):
            raise BadBody("the body is not a JSON object")
        return body

    def note(self, body: Any) -> None:
        """Note what the body of the request at hand said."""
        current.get().body = shorten(body)

    @contextmanager
    def working(self) -> Generator[None]:
        """Count a work as running for as long as the block lasts."""
        self._open_works += 1
        self.begun.set()
        self.idle.clear()
        try:
            yield
        finally:
            self._open_works -= 1
            if self._open_works == 0:
                self.idle.set()

    async def work_time(self, triggers: Triggers) -> None:
        """Take as long as the work with these triggers takes."""
        if Trigger.SLOW in triggers:
            await asyncio.Event().wait()
        await asyncio.sleep(self.latency if triggers.latency is None else triggers.latency)
        await self.gate.wait()

    def is_busy(self, prompt: str, triggers: Triggers) -> bool:
        """Say whether this request is one of the two that `__429__` turns away."""
        if Trigger.BUSY not in triggers or self._refusals[prompt] >= 2:
            return False
        self._refusals[prompt] += 1
        return True

    @property
    def busy_headers(self) -> dict[str, str]:
        """What a 429 tells of when to come again."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}

    async def deliver(self, url: str, body: Any, headers: Mapping[str, str]) -> None:
        """Send a webhook until it is taken, a few times at most."""
        await self.delivery.send(self.session, url, body, headers)

    @property
    def busy(self) -> bool:
        """Whether works run, or reports wait for somebody who takes them."""
        return bool(self._tasks) or not self.idle.is_set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Carry on with something while the request that began it is answered."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finish)
        return task

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("work of the stand-in broke", exc_info=error)


def answer(
    body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with JSON under the bare media type, as all three providers do."""
    return web.Response(
        status=status,
        body=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )


def shorten(value: Any) -> Any:
    """Return JSON with its long texts cut short."""
    match value:
        case str() if len(value) > _LONGEST_NOTED:
            return f"{value[:64]}... ({len(value)} characters)"
        case dict():
            return {name: shorten(item) for name, item in value.items()}
        case list():
            return [shorten(item) for item in value]
        case _:
            return value
