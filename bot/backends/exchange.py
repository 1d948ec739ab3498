"""One exchange over HTTP: how a request of httpx is built and sent, and its answer read.

Which faults it may have, and what may be said of them, is found out here alone.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import httpx
from pydantic import JsonValue

from bot.backends.addresses import Origin
from bot.backends.bodies import Body
from bot.backends.events import EventParser
from bot.backends.http_errors import Broken, TooLarge

ANSWER_BYTES = 1_000_000
"""The largest answer to a question; real ones have a few kilobytes."""

_PORTS = {"http": 80, "https": 443}
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# httpx lets an SSLError through that comes while reading; TimeoutError is our deadline's.
FAULTS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpx.CookieConflict,
    ssl.SSLError,
    TimeoutError,
)


def origin(url: str) -> Origin:
    """Give the origin of an address, as requests to it will understand it.

    Raises:
        ValueError: It is not an http or https address, or names a user.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise ValueError("no address") from None
    port = parsed.port or _PORTS.get(parsed.scheme, 0)
    if parsed.scheme not in _PORTS or not parsed.host or parsed.userinfo or port > 65535:
        raise ValueError("no plain http or https address")
    return parsed.scheme, parsed.host, port


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes | bytearray


@asynccontextmanager
async def bounded(url: str, deadline: float) -> AsyncGenerator[None]:
    """Turn every fault of a request, and its deadline in seconds, into `Broken`."""
    try:
        async with asyncio.timeout(deadline):
            yield
    except FAULTS as error:
        raise Broken(text(url, error)) from None


async def first_open(
    client: httpx.AsyncClient,
    method: str,
    url: httpx.URL,
    ways: tuple[str, ...],
    body: Body | None,
) -> httpx.Response:
    """Send a request by the first way on which a connection can be made."""
    for host in ways:
        headers = {"Host": url.netloc.decode()}
        request = build(client, method, url.copy_with(host=host), headers, body)
        request.extensions["sni_hostname"] = url.host
        try:
            return await client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if host == ways[-1]:
                raise
    raise Broken(f"{url.host} has no address")


async def ask(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: Body | JsonValue,
    *,
    read: float | None = None,
    limit: int = ANSWER_BYTES,
) -> Answer:
    """Send a request once, and read its whole answer.

    Raises:
        TooLarge: It has more than `limit` bytes.
    """
    request = build(client, method, url, headers, content, read=read)
    response = await client.send(request, stream=True)
    async with aclosing(response):
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > limit:
                raise TooLarge(text(url))
    return Answer(status=response.status_code, headers=dict(response.headers), body=body)


def build(
    client: httpx.AsyncClient,
    method: str,
    url: httpx.URL | str,
    headers: Mapping[str, str],
    content: Body | JsonValue,
    *,
    read: float | None = None,
) -> httpx.Request:
    """Build a request, with `content` as its JSON unless it is a body of its own.

    Args:
        client: Its time-outs count, but for `read`.
        method: Of HTTP.
        url: Where it goes.
        headers: In addition to those that its content needs.
        content: None sends nothing.
        read: Seconds until the answer begins, and between its pieces.
    """
    fields = dict(headers)
    data: AsyncIterator[bytes] | bytes | None = None
    if isinstance(content, Body):
        fields |= {"Content-Type": content.media_type, "Content-Length": str(content.length)}
        data = content.pieces()
    elif content is not None:
        fields["Content-Type"] = "application/json"
        data = json.dumps(content).encode()
    limits = client.timeout.as_dict() | ({} if read is None else {"read": read})
    timeout = httpx.Timeout(**limits)
    return client.build_request(method, url, headers=fields, content=data, timeout=timeout)


async def events(url: str, response: httpx.Response, idle: float) -> AsyncIterator[str]:
    """Yield the data of each event of a stream, until the server ends it.

    Raises:
        Broken: It is no event stream.
        EventTooLarge: An event has more than `ANSWER_BYTES`.
        TimeoutError: There was no event for `idle` seconds.
    """
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    if response.status_code != 200 or kind != "text/event-stream":
        raise Broken(f"{text(url)}: no event stream, status {response.status_code}")
    clock = asyncio.get_running_loop().time
    parser, pieces, until = EventParser(ANSWER_BYTES), response.aiter_raw(), clock() + idle
    while True:
        async with asyncio.timeout_at(until):
            piece = await anext(pieces, None)
        if piece is None:
            return
        for event in parser.feed(piece):
            yield event
            until = clock() + idle


def text(url: str, error: Exception | None = None) -> str:
    """Say what went wrong where; only a connection error's own text is free of secrets."""
    try:
        host = httpx.URL(url).host
    except httpx.InvalidURL:
        host = "no address"
    if error is None:
        return host
    cause = f" ({error})" if isinstance(error, httpx.ConnectError) else ""
    return f"{host}: {type(error).__name__}{cause}"
