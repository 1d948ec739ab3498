"""The HTTP of jobs: questions, paid calls, event streams and links.

Each job has a `Session` of its own, hence clients of its own. A pool shared by all jobs
slows down with them, loses connections for good when requests are cancelled, and reuses
stale connections for paid calls (httpx 0.28.1, measured 2026-11).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path

import httpx
from pydantic import JsonValue

from bot.backends import exchange
from bot.backends.addresses import Gate, Resolve, resolve
from bot.backends.bodies import Body
from bot.backends.events import EventTooLarge
from bot.backends.exchange import ANSWER_BYTES, Answer, bounded, origin, text
from bot.backends.http_errors import Broken, Forbidden, MaybeSent, NotSent, TooLarge
from bot.backends.links import STEP_BYTES, Links, Reply
from bot.backends.pace import Pace
from bot.instants import Reach, watch

LOADED_LATE = ("httpcore", "anyio._backends._asyncio")
"""What httpx loads with its first request, for which the loop would stand still for 0.2 s."""


class Http:
    """What all sessions share: TLS, the proxy, time-outs, and which private hosts are ours."""

    def __init__(
        self,
        *,
        trusted: Iterable[str] = (),
        proxy: str | None = None,
        pace: Pace | None = None,
        tls: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
        reach: Reach | None = None,
    ) -> None:
        """Build it once; reading the certificates and loading all of httpx takes some 0.2 s.

        Args:
            trusted: The configured base addresses. Links to these may be private and plain
                http; all others must be https to public addresses.
            proxy: An HTTP proxy for everything.
            pace: Time-outs.
            tls: Another TLS context than one with the usual certificates.
            resolve: Another way from names to addresses.
            reach: Told each instant around each request.
        """
        self.pace = pace or Pace()
        places = {origin(url) for url in trusted}
        self.gate = Gate(places, proxied=proxy is not None, resolve=resolve)
        self._proxy = proxy
        self._hooks = {} if reach is None else {"request": [watch("http", reach)]}
        self._tls = tls or httpx.create_ssl_context(trust_env=False)
        for part in LOADED_LATE:
            with suppress(ImportError):
                import_module(part)

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Session]:
        """Open the HTTP of one job."""
        session = Session(self)
        try:
            yield session
        finally:
            await session.close()

    def client(self, *, keep: int = 0) -> httpx.AsyncClient:
        """Make a client that keeps so many idle connections; follows no redirect."""
        pace = self.pace
        return httpx.AsyncClient(
            verify=self._tls,
            trust_env=False,
            proxy=self._proxy,
            limits=httpx.Limits(max_connections=8, max_keepalive_connections=keep),
            timeout=httpx.Timeout(
                connect=pace.connect, read=pace.read, write=pace.write, pool=pace.pool
            ),
            # Compressed answers could unfold to more than the limit in one piece.
            headers={"User-Agent": "RemixBot", "Accept-Encoding": "identity"},
            event_hooks=self._hooks,
        )


class Session:
    """The HTTP of one job."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._asking: httpx.AsyncClient | None = None
        self._closed = False
        self._links = Links(self._open)

    async def close(self) -> None:
        """Close what is open; no question can be asked any more."""
        self._closed = True
        if self._asking is not None:
            await self._asking.aclose()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: Body | JsonValue = None,
        limit: int = ANSWER_BYTES,
        deadline: float | None = None,
    ) -> Answer:
        """Ask a question that costs nothing, once, at an address of the configuration.

        Args:
            method: Of HTTP.
            url: What is asked.
            headers: With the provider's key.
            content: What is sent along.
            limit: The most bytes of the answer.
            deadline: Seconds for all of it; None is `Pace.answer`.

        Raises:
            Broken: No whole answer in time.
            TooLarge: The answer has more than `limit` bytes.
        """
        async with bounded(url, deadline or self._http.pace.answer):
            return await exchange.ask(self._client, method, url, headers, content, limit=limit)

    async def paid(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        content: Body | JsonValue,
        deadline: float,
        read: float | None = None,
        limit: int = ANSWER_BYTES,
    ) -> Answer:
        """POST a call that costs money: once, on a connection of its own, without redirects.

        Args:
            url: An address of the configuration.
            headers: With the provider's key.
            content: The call.
            deadline: Seconds for the whole call.
            read: Seconds until the answer begins, where it waits for the work.
            limit: The most bytes of the answer.

        Raises:
            NotSent: Certainly nothing was sent.
            MaybeSent: It may have been carried out.
        """
        try:
            async with asyncio.timeout(deadline), self._http.client() as client:
                return await exchange.ask(
                    client, "POST", url, headers, content, read=read, limit=limit
                )
        except exchange.NOT_SENT as error:
            raise NotSent(text(url, error)) from None
        except Exception as error:  # noqa: BLE001 - whatever it was, bytes may be on their way
            raise MaybeSent(text(url, error)) from None

    async def events(
        self, url: str, *, headers: Mapping[str, str], idle: float
    ) -> AsyncGenerator[str]:
        """Follow a text/event-stream at an address of the configuration.

        Args:
            url: The stream.
            headers: With the provider's key.
            idle: Seconds without an event after which it counts as broken.

        Yields:
            The data of each event, until the server ends the stream.

        Raises:
            Broken: No stream, or it broke off or went quiet.
            TooLarge: An event has more than `ANSWER_BYTES`.
        """
        try:
            async with AsyncExitStack() as stack:
                request = exchange.build(self._client, "GET", url, headers, None, read=idle)
                async with asyncio.timeout(idle):
                    response = await self._client.send(request, stream=True)
                stack.push_async_callback(response.aclose)
                async for event in exchange.events(url, response, idle):
                    yield event
        except EventTooLarge:
            raise TooLarge(text(url)) from None
        except exchange.FAULTS as error:
            raise Broken(text(url, error)) from None

    async def download(self, url: str, to: Path, *, limit: int, deadline: float) -> None:
        """Stream what a link leads to into a file, which is there only if it is whole.

        Args:
            url: From a provider or from Discord; sent without any key.
            to: The file to write.
            limit: The most bytes.
            deadline: Seconds for all of it.

        Raises:
            Dead: Gone for good.
            TooLarge: More bytes than `limit`.
            Forbidden: It leads, or redirects, where links may not lead.
            Broken: It could not be read just now.
            OSError: The file cannot be written.
        """
        async with bounded(url, deadline):
            await self._links.download(url, to, limit=limit)

    async def upload(self, url: str, body: Body, *, deadline: float) -> int:
        """PUT a file to a link that a provider gave, without any key.

        Returns:
            The status.

        Raises:
            Forbidden: It leads where links may not lead.
            Broken: No whole answer in time.
        """
        async with bounded(url, deadline):
            return await self._links.upload(url, body)

    @property
    def _client(self) -> httpx.AsyncClient:
        """For questions and streams; made when it is needed, as some sessions read links only."""
        if self._closed:
            raise RuntimeError("the session is closed")
        if self._asking is None:
            self._asking = self._http.client(keep=4)
        return self._asking

    @asynccontextmanager
    async def _open(self, method: str, url: str, body: Body | None) -> AsyncGenerator[Reply]:
        """Open a link that others made, at an address that was checked.

        The connection goes to that very address, so that a name which is resolved anew
        cannot lead elsewhere; and it is not kept, since it was made for this name.
        """
        try:
            place = origin(url)
        except ValueError as error:
            raise Forbidden(str(error)) from None
        ways = await self._http.gate.ways(place)
        async with self._http.client() as client:
            response = await exchange.first_open(client, method, httpx.URL(url), ways, body)
            async with aclosing(response):
                onward = response.headers["Location"] if response.has_redirect_location else None
                yield Reply(
                    status=response.status_code,
                    location=None if onward is None else str(httpx.URL(url).join(onward)),
                    pieces=response.aiter_raw(STEP_BYTES),
                )
