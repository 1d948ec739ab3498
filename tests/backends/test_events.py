"""Event streams are taken apart as the HTML standard says, and never waited for without end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.events import EventParser, EventTooLarge
from bot.backends.http import Http
from bot.backends.http_errors import Broken, TooLarge
from tests.backends.conftest import QUICK, Loopback
from tests.tls import NO_TLS

STREAM = (
    b": ping\n\n"
    b"event: status\ndata: one\n\n"
    b"data:two\r\nid: 7\r\n\r\n"
    b"data: three\rdata: and four\r\r"
    b"data: five\r\ndata: and six\r\n\r\n"
    b"retry: 5\n\n"
    b"data\n\n"
    b'data: {"text": "a\xe2\x80\xa8b"}\n\n'
    b"data: never finished\n"
)
EVENTS = ["one", "two", "three\nand four", "five\nand six", "", '{"text": "a\u2028b"}']


@given(cuts=st.lists(st.integers(1, len(STREAM) - 1), unique=True).map(sorted))
def test_events_are_the_same_wherever_the_bytes_are_cut(cuts: list[int]) -> None:
    parser = EventParser(limit=1000)
    pieces = [STREAM[a:b] for a, b in zip([0, *cuts], [*cuts, len(STREAM)], strict=True)]

    found = [event for piece in pieces for event in parser.feed(piece)]

    assert found == EVENTS


@pytest.mark.parametrize("endless", [b"x" * 60, b"data: y\n"], ids=["line", "event"])
def test_an_endless_event_is_refused(endless: bytes) -> None:
    parser = EventParser(limit=100)

    with pytest.raises(EventTooLarge):
        for _ in range(200):
            parser.feed(endless)


async def read(address: str, *, idle: float = 0.3) -> list[str]:
    async with Http(pace=QUICK, tls=NO_TLS).session() as session:
        return [event async for event in session.events(address, headers={}, idle=idle)]


async def stream(loopback: Loopback, pieces: AsyncIterator[bytes]) -> str:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        async for piece in pieces:
            await response.write(piece)
        return response

    return await loopback.web(web.get("/", answer))


async def test_a_stream_is_read_to_its_end(loopback: Loopback) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield STREAM[:30]
        yield STREAM[30:]

    assert await read(await stream(loopback, pieces())) == EVENTS


async def test_a_stream_of_comments_alone_counts_as_broken(loopback: Loopback) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b": ping\n\n"
            await asyncio.sleep(0.02)

    with pytest.raises(Broken, match="TimeoutError"):
        await read(await stream(loopback, pieces()))


async def test_each_event_renews_the_patience(loopback: Loopback) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(5):
            yield b"data: %d\n\n" % number
            await asyncio.sleep(0.12)

    assert await read(await stream(loopback, pieces())) == list("01234")


async def test_a_stream_with_an_endless_event_is_refused(loopback: Loopback) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b"data: " + b"x" * 100_000 + b"\n"

    with pytest.raises(TooLarge):
        await read(await stream(loopback, pieces()))


@pytest.mark.parametrize(("status", "kind"), [(200, "text/html"), (404, "text/event-stream")])
async def test_another_answer_is_no_stream(loopback: Loopback, status: int, kind: str) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text="data: x\n\n", content_type=kind)

    with pytest.raises(Broken, match=f"status {status}"):
        await read(await loopback.web(web.get("/", answer)))


async def test_a_stream_that_is_cut_is_broken(loopback: Loopback) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n9\r\ndata: a\n\n\r\n"
        )
        await writer.drain()

    events = []
    async with Http(pace=QUICK, tls=NO_TLS).session() as session:
        with pytest.raises(Broken):
            address = await loopback.raw(cut)
            async for event in session.events(address, headers={}, idle=1):
                events.append(event)  # noqa: PERF401 - a comprehension loses them when it raises

    assert events == ["a"]
