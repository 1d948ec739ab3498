"""The fault injector and the clock, tried over a small server of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Self

import httpx
import pytest
from aiohttp import ClientConnectionResetError, web

from sandbox.clock import SandboxClock
from sandbox.faults import Faults, read_again
from sandbox.site import Site
from tests.tls import NO_TLS


class Rig:
    """A server that notes what it carried out, and a client of it."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.processed: list[str] = []
        app = web.Application(middlewares=[self.faults.middleware])
        app.router.add_route("*", "/whole", self._whole)
        app.router.add_post("/streamed", self._streamed)
        app.router.add_get("/missing", self._missing)
        app.router.add_get("/stream", self._stream)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self.runner.setup()
        await Site(self.runner, "127.0.0.1", 0).start()
        host, port = self.runner.addresses[0][:2]
        self.client = httpx.AsyncClient(
            verify=NO_TLS, base_url=f"http://{host}:{port}", trust_env=False
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.client.aclose()
        await self.runner.cleanup()

    async def _whole(self, request: web.Request) -> web.Response:
        self.processed.append(await request.text())
        return web.json_response({"text": "x" * 100})

    async def _streamed(self, request: web.Request) -> web.Response:
        self.processed.append((await request.content.read()).decode())
        return web.Response()

    async def empty(self) -> None:
        """Wait until the server knows that its clients are gone."""
        assert self.runner.server is not None
        # The server tells nobody.
        while any(one.transport for one in self.runner.server.connections):  # noqa: ASYNC110
            await asyncio.sleep(0)

    async def _missing(self, _: web.Request) -> web.Response:
        raise web.HTTPNotFound(text="nothing here")

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            for number in range(10):
                await response.write(f"data: {number}\n\n".encode())
        except ClientConnectionResetError:
            self.processed.append("stream cut")
        return response


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with Rig() as made:
        yield made


async def test_without_faults_nothing_is_changed(rig: Rig) -> None:
    answer = await rig.client.get("/whole")

    assert answer.json() == {"text": "x" * 100}


async def test_a_fault_takes_as_many_requests_as_it_says_after_those_it_skips(rig: Rig) -> None:
    fault = rig.faults.add(path="^/whole$", status=503, times=2, after=1)

    statuses = [(await rig.client.get("/whole")).status_code for _ in range(4)]

    assert statuses == [200, 503, 503, 200]
    assert fault.hits == 2
    assert len(rig.processed) == 2


async def test_a_fault_without_a_number_takes_all_until_it_is_cleared(rig: Rig) -> None:
    rig.faults.add(times=None, status=500)

    during = [(await rig.client.get("/whole")).status_code for _ in range(3)]
    rig.faults.clear()

    assert during == [500, 500, 500]
    assert (await rig.client.get("/whole")).status_code == 200


async def test_a_fault_takes_only_its_method_path_and_match(rig: Rig) -> None:
    rig.faults.add(method="POST", path="ole$", match=lambda r: "a" in r.query, status=418)

    got = await rig.client.get("/whole?a=1")
    elsewhere = await rig.client.get("/stream?a=1")
    unmatched = await rig.client.post("/whole?b=1")
    taken = await rig.client.post("/whole?a=1")

    assert [a.status_code for a in (got, elsewhere, unmatched, taken)] == [200, 200, 200, 418]


async def test_two_faults_strike_one_after_the_other(rig: Rig) -> None:
    rig.faults.add(path="/whole", status=500)
    rig.faults.add(path="/whole", status=502)

    statuses = [(await rig.client.get("/whole")).status_code for _ in range(3)]

    assert statuses == [500, 502, 200]


async def test_a_fault_answers_with_its_own_body_and_headers(rig: Rig) -> None:
    rig.faults.add(status=429, body={"detail": "slow"}, headers={"Retry-After": "7"})
    rig.faults.add(
        status=502, body=b"<center>nginx</center>", headers={"Content-Type": "text/html"}
    )

    first, second = await rig.client.get("/whole"), await rig.client.get("/whole")

    assert first.json() == {"detail": "slow"}
    assert first.headers["content-type"] == "application/json"
    assert first.headers["retry-after"] == "7"
    assert second.text == "<center>nginx</center>"
    assert rig.processed == []


async def test_a_body_alone_replaces_that_of_a_request_that_was_carried_out(rig: Rig) -> None:
    rig.faults.add(body=b"{not json")

    answer = await rig.client.post("/whole", content="order")

    assert (answer.status_code, answer.text) == (200, "{not json")
    assert rig.processed == ["order"]


async def test_a_status_may_follow_on_a_request_that_was_carried_out(rig: Rig) -> None:
    fault = rig.faults.add(status=502, process=True)

    answer = await rig.client.post("/whole", content="order")

    assert answer.status_code == 502
    assert rig.processed == ["order"]
    assert fault.processed.is_set()


async def test_headers_alone_are_added_to_the_normal_answer(rig: Rig) -> None:
    rig.faults.add(headers={"X-Odd": "1"})

    answer = await rig.client.get("/whole")

    assert answer.headers["x-odd"] == "1"
    assert answer.json() == {"text": "x" * 100}


async def test_an_exception_that_is_an_answer_passes_through_a_fault(rig: Rig) -> None:
    rig.faults.add(headers={"X-Odd": "1"})

    answer = await rig.client.get("/missing")

    assert (answer.status_code, answer.text) == (404, "nothing here")
    assert answer.headers["x-odd"] == "1"


@pytest.mark.parametrize(("drop", "carried_out"), [("before", []), ("after", ["order"])])
async def test_a_dropped_request_gets_no_answer(
    rig: Rig, drop: str, carried_out: list[str]
) -> None:
    rig.faults.add(drop="before" if drop == "before" else "after")

    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await rig.client.post("/whole", content="order")

    assert rig.processed == carried_out
    assert (await rig.client.get("/whole")).status_code == 200


@pytest.mark.parametrize("cut", [0, 1, 60])
async def test_a_cut_answer_ends_after_its_bytes(rig: Rig, cut: int) -> None:
    rig.faults.add(cut=cut)

    received = b""
    with pytest.raises(httpx.RemoteProtocolError):
        async with rig.client.stream("GET", "/whole") as answer:
            assert answer.headers["content-length"] == "112"
            async for chunk in answer.aiter_raw():
                received += chunk

    assert received == (b'{"text": "' + b"x" * 100)[:cut]


async def test_an_answer_shorter_than_the_cut_is_whole(rig: Rig) -> None:
    rig.faults.add(cut=112)

    assert (await rig.client.get("/whole")).json() == {"text": "x" * 100}


async def test_a_streamed_answer_is_cut_too(rig: Rig) -> None:
    rig.faults.add(path="/stream", cut=12)

    received = b""
    with pytest.raises(httpx.RemoteProtocolError):
        async with rig.client.stream("GET", "/stream") as answer:
            async for chunk in answer.aiter_raw():
                received += chunk

    assert received == b"data: 0\n\ndat"
    assert rig.processed == ["stream cut"]


async def test_a_held_answer_waits_until_it_is_let_go(rig: Rig) -> None:
    let_go = asyncio.Event()
    fault = rig.faults.add(hold=let_go)

    asking = asyncio.ensure_future(rig.client.post("/whole", content="order"))
    await fault.processed.wait()

    assert rig.processed == ["order"]
    assert not asking.done()
    let_go.set()
    assert (await asking).status_code == 200


async def test_a_held_request_whose_client_has_gone_ends_with_the_faults(rig: Rig) -> None:
    before = asyncio.all_tasks()
    fault = rig.faults.add(hold_before=asyncio.Event())
    asking = asyncio.ensure_future(rig.client.post("/whole", content="order"))
    await fault.hit.wait()
    held = asyncio.all_tasks() - before
    asking.cancel()
    await rig.runner.cleanup()
    assert any(not task.done() for task in held)

    await rig.faults.close()
    await asyncio.wait(held)

    assert rig.processed == []


async def test_a_request_held_before_is_not_carried_out_until_it_is_let_go(rig: Rig) -> None:
    let_go = asyncio.Event()
    fault = rig.faults.add(hold_before=let_go)

    asking = asyncio.ensure_future(rig.client.post("/whole", content="order"))
    await fault.hit.wait()

    assert rig.processed == []
    let_go.set()
    assert (await asking).status_code == 200
    assert rig.processed == ["order"]


@pytest.mark.parametrize("path", ["/whole", "/streamed"])
async def test_a_held_request_whose_client_has_gone_is_carried_out_whole(
    rig: Rig, path: str
) -> None:
    let_go = asyncio.Event()
    fault = rig.faults.add(hold_before=let_go)
    with pytest.raises(httpx.ReadTimeout):
        await rig.client.post(path, content="order", timeout=0.1)
    await rig.empty()

    let_go.set()
    await fault.processed.wait()

    assert rig.processed == ["order"]


async def test_a_request_that_is_to_be_held_is_hit_once_its_body_is_there(rig: Rig) -> None:
    seen = asyncio.Event()

    def sees(_: web.Request) -> bool:
        seen.set()
        return True

    host, port = rig.runner.addresses[0][:2]
    fault = rig.faults.add(path="/whole", match=sees, hold_before=asyncio.Event())
    _, writer = await asyncio.open_connection(host, port)
    writer.write(b"POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
    await seen.wait()
    hit_before = fault.hit.is_set()
    writer.write(b"order")

    await fault.hit.wait()

    writer.close()
    await rig.faults.close()
    assert not hit_before


async def test_a_body_that_a_fault_was_chosen_by_can_still_be_streamed(rig: Rig) -> None:
    async def ordered(request: web.Request) -> bool:
        return await read_again(request) == b"order"

    rig.faults.add(path="/streamed", match=ordered, headers={"X-Odd": "1"})

    answer = await rig.client.post("/streamed", content="order")

    assert answer.headers["x-odd"] == "1"
    assert rig.processed == ["order"]


async def test_a_delayed_request_is_carried_out_later(rig: Rig) -> None:
    rig.faults.add(delay=0.05)
    loop = asyncio.get_running_loop()

    started = loop.time()
    answer = await rig.client.get("/whole")

    assert answer.status_code == 200
    assert loop.time() - started >= 0.05


def test_the_clock_moves_forward_only() -> None:
    clock = SandboxClock()

    before = clock.now()
    clock.advance(3600)

    assert 3600 <= clock.now() - before < 3660
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)


@pytest.mark.parametrize("cut", [0, 1, 8, 30])
async def test_an_answer_is_cut_at_a_byte_of_its_head(rig: Rig, cut: int) -> None:
    rig.faults.add(path="/whole", cut_wire=cut)

    with pytest.raises(httpx.RemoteProtocolError):
        await rig.client.post("/whole", content=b"x")

    assert rig.processed == ["x"]


async def test_as_much_of_an_answer_as_was_asked_for_goes_over_the_wire(rig: Rig) -> None:
    host, port = rig.runner.addresses[0][:2]
    rig.faults.add(path="/stream", cut_wire=150)
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")

    sent = await reader.read()

    writer.close()
    assert sent.startswith(b"HTTP/1.1 200 OK")
    assert len(sent) == 150


async def test_a_cut_beyond_the_end_of_an_answer_changes_nothing(rig: Rig) -> None:
    rig.faults.add(path="/whole", cut_wire=100_000)

    answer = await rig.client.post("/whole")

    assert answer.json() == {"text": "x" * 100}


async def test_a_fault_may_choose_its_requests_by_their_bodies(rig: Rig) -> None:
    async def bad(request: web.Request) -> bool:
        return await request.read() == b"bad"

    fault = rig.faults.add(path="/whole", match=bad, status=500)

    answers = [await rig.client.post("/whole", content=text) for text in ("good", "bad", "bad")]

    assert [answer.status_code for answer in answers] == [200, 500, 200]
    assert rig.processed == ["good", "bad"]
    assert fault.hits == 1
