"""A paid call is sent once, and its faults tell "nothing was sent" from "may have been"."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from aiohttp import web

from bot.backends.base import Source
from bot.backends.bodies import json_body
from bot.backends.exchange import ANSWER_BYTES
from bot.backends.http import Http
from bot.backends.http_errors import Broken, MaybeSent, NotSent
from tests.backends.conftest import IMPATIENT, QUICK, Loopback
from tests.tls import NO_TLS

NOTHING_SENT = {httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout}
EXCEPTIONS = sorted(
    {
        found
        for found in vars(httpx).values()
        if isinstance(found, type) and issubclass(found, Exception)
    },
    key=lambda found: found.__name__,
)


def made(kind: type[Exception]) -> Exception:
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("POST", "http://host.invalid")
        return httpx.HTTPStatusError("broken", request=request, response=httpx.Response(500))
    try:
        return kind("broken")
    except TypeError:
        return kind()


class Failing(Http):
    """HTTP whose transport fails in one way."""

    def __init__(self, error: Exception) -> None:
        super().__init__(pace=IMPATIENT, tls=NO_TLS)
        self._error = error

    def client(self, *, keep: int = 0) -> httpx.AsyncClient:
        def fail(request: httpx.Request) -> httpx.Response:
            raise self._error

        return httpx.AsyncClient(transport=httpx.MockTransport(fail))


async def pay(address: str, http: Http | None = None, deadline: float = 10) -> int:
    async with (http or Http(pace=IMPATIENT, tls=NO_TLS)).session() as session:
        answer = await session.paid(
            f"{address}/buy?sig=s3cret", headers={"Authorization": "Key k3y"}, content={"a": 1},
            deadline=deadline,
        )  # fmt: skip
        return answer.status


@pytest.mark.parametrize("kind", EXCEPTIONS, ids=lambda kind: kind.__name__)
async def test_every_exception_of_httpx_is_told_apart(kind: type[Exception]) -> None:
    assert len(EXCEPTIONS) > 25
    expected = NotSent if kind in NOTHING_SENT else MaybeSent

    with pytest.raises((NotSent, MaybeSent)) as caught:
        await pay("http://host.invalid", Failing(made(kind)))

    assert caught.type is expected


@pytest.mark.parametrize("kind", EXCEPTIONS, ids=lambda kind: kind.__name__)
async def test_a_question_is_broken_by_every_exception_of_httpx(kind: type[Exception]) -> None:
    async with Failing(made(kind)).session() as session:
        with pytest.raises(Broken):
            await session.request("GET", "http://host.invalid", headers={})


async def test_a_refused_connection_sent_nothing(nowhere: str) -> None:
    with pytest.raises(NotSent):
        await pay(nowhere)


async def test_a_tls_handshake_that_fails_sent_nothing(loopback: Loopback) -> None:
    async def speak_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    address = await loopback.raw(speak_plainly)

    with pytest.raises(NotSent):
        await pay(address.replace("http:", "https:"))


ANSWERS = {
    "nothing": b"",
    "half of a status line": b"HTTP/1.1 2",
    "half of the headers": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half of the body": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{",
    "half of a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a wrong encoding": (
        b'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n{"a"'
    ),
}


@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS.keys())
async def test_a_call_whose_answer_breaks_may_have_been_sent(
    loopback: Loopback, said: bytes
) -> None:
    calls = 0

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        await reader.readuntil(b'{"a": 1}')
        calls += 1
        writer.write(said)
        await writer.drain()

    with pytest.raises(MaybeSent):
        await pay(await loopback.raw(hang_up))

    assert calls == 1


async def test_a_call_that_is_never_answered_may_have_been_sent(loopback: Loopback) -> None:
    calls = 0

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        await reader.readuntil(b'{"a": 1}')
        calls += 1
        await reader.read()

    with pytest.raises(MaybeSent, match="ReadTimeout"):
        await pay(await loopback.raw(keep_silent))

    assert calls == 1


async def test_a_trickling_answer_ends_at_the_deadline(loopback: Loopback) -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    with pytest.raises(MaybeSent, match="TimeoutError"):
        await pay(await loopback.raw(trickle), deadline=0.3)


async def test_an_answer_over_the_limit_may_have_been_sent(loopback: Loopback) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=b" " * (ANSWER_BYTES + 1))

    with pytest.raises(MaybeSent, match="TooLarge"):
        await pay(await loopback.web(web.post("/buy", answer)))


@pytest.mark.parametrize("status", [200, 202, 301, 302, 307, 308, 400, 429, 500, 503])
async def test_a_call_is_sent_once_whatever_the_status(loopback: Loopback, status: int) -> None:
    calls: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        calls.append(request.path)
        return web.Response(status=status, headers={"Location": "/elsewhere", "Retry-After": "0"})

    address = await loopback.web(web.post("/{any}", answer), web.get("/{any}", answer))

    assert await pay(address) == status
    assert calls == ["/buy"]


async def test_paid_calls_never_share_a_connection(loopback: Loopback) -> None:
    peers: list[object] = []

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.append(request.transport.get_extra_info("peername"))
        return web.json_response({})

    address = await loopback.web(web.post("/buy", answer))

    async with Http(pace=QUICK, tls=NO_TLS).session() as session:
        for _ in range(2):
            await session.request("POST", f"{address}/buy", headers={})
        for _ in range(2):
            await session.paid(f"{address}/buy", headers={}, content={}, deadline=10)

    asked, asked_again, paid, paid_again = peers
    assert asked == asked_again
    assert len({asked, paid, paid_again}) == 3


async def test_a_source_that_vanishes_while_it_is_sent_may_have_been_sent(
    loopback: Loopback, large_source: Source
) -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    body = json_body(lambda uris: {"image": uris[0]}, [large_source])
    large_source.path.write_bytes(b"short")

    async with Http(pace=IMPATIENT, tls=NO_TLS).session() as session:
        with pytest.raises(MaybeSent, match="LocalProtocolError"):
            address = await loopback.raw(swallow)
            await session.paid(address, headers={}, content=body, deadline=10)


async def test_no_error_text_holds_a_key_or_a_link(nowhere: str, loopback: Loopback) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)

    listening = await loopback.raw(hang_up)
    texts: list[str] = []
    for address in (nowhere, listening):
        with pytest.raises((NotSent, MaybeSent)) as caught:
            await pay(address)
        texts.append(str(caught.value))
        assert caught.value.__suppress_context__

    with pytest.raises(MaybeSent) as caught:
        async with Http(pace=IMPATIENT, tls=NO_TLS).session() as session:
            headers = {"Authorization": "Key k3y\n"}
            await session.paid(listening, headers=headers, content={}, deadline=10)
    texts.append(str(caught.value))

    assert all("127.0.0.1" in text for text in texts)
    assert not any("s3cret" in text or "k3y" in text for text in texts)
