"""What only fal does: queue, stream, storage, cancel, and its two shapes of errors."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from aiohttp import web

from bot.backends.base import Backend, Finished, Progress, Queued, Running
from bot.backends.errors import Reason, Rejected, Unconfirmed
from bot.backends.fal_wire import Error, Log
from sandbox.providers.fal import Fal
from tests.backends.conftest import Bench, Loopback, finished, watched


@pytest.fixture
def server(fal: Bench) -> Fal:
    assert isinstance(fal.server, Fal)
    return fal.server


STREAM = {"Content-Type": "text/event-stream"}


def paths(server: Fal, method: str, end: str) -> int:
    return sum(call.method == method and call.path.endswith(end) for call in server.calls)


class Follower:
    """Follows one work in the background, so that a test can act on its progress."""

    def __init__(self, backend: Backend, ticket: str) -> None:
        self.seen: list[Progress] = []
        self._news = asyncio.Event()
        self.task = asyncio.create_task(self._follow(backend, ticket))

    async def _follow(self, backend: Backend, ticket: str) -> None:
        async for progress in backend.watch(ticket, age=0):
            self.seen.append(progress)
            self._news.set()

    async def until(self, kind: type[Progress]) -> None:
        while not any(isinstance(one, kind) for one in self.seen):
            self._news.clear()
            await self._news.wait()


async def test_progress_comes_by_the_stream_without_a_poll(fal: Bench, server: Fal) -> None:
    server.queue_length = 2

    async with fal.open() as backend:
        found = await watched(backend, await backend.submit(fal.call()))

    *queued, running, done = found
    # On a busy machine some places in the queue pass between two pieces of news.
    assert queued
    expected = [Queued(position=2), Queued(position=1), Queued(position=0)]
    assert queued == [news for news in expected if news in queued]
    assert running == Running()
    assert isinstance(done, Finished)
    assert paths(server, "GET", "/status/stream") == 1
    assert paths(server, "GET", "/status") == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 404},
        {"drop": "before"},
        {"cut": 40},
        {"status": 200, "body": b"<html></html>"},
        {"status": 200, "body": b"data: no JSON\n\n", "headers": STREAM},
        {"status": 200, "body": b": nothing\n\n", "headers": STREAM},
    ],
    ids=str,
)
async def test_without_a_stream_it_polls(fal: Bench, server: Fal, fault: dict[str, Any]) -> None:
    server.latency = 0.3
    server.faults.add(path="/status/stream", **fault)

    async with fal.open() as backend:
        found = await watched(backend, await backend.submit(fal.call()))

    assert isinstance(found[-1], Finished)
    assert found.count(Running()) == 1
    assert paths(server, "GET", "/status") > 2


async def test_a_stream_that_goes_quiet_is_left(fal: Bench, server: Fal) -> None:
    server.ping_every = 0.05
    server.gate.clear()
    bench = fal.impatient()

    async with bench.open() as backend:
        follower = Follower(backend, await backend.submit(bench.call()))
        await follower.until(Running)
        polled = server.faults.add(path="/status$", drop="before")
        await polled.hit.wait()
        server.gate.set()
        await follower.task

    assert isinstance(follower.seen[-1], Finished)


@pytest.mark.parametrize("newer", [False, True])
@pytest.mark.parametrize("accepted", [200, 202])
async def test_the_links_are_used_as_they_come(
    fal: Bench, server: Fal, newer: bool, accepted: int
) -> None:
    server.newer_links, server.accepted_status = newer, accepted

    async with fal.open() as backend:
        await finished(backend, await backend.submit(fal.call()))

    assert paths(server, "GET", "/response") == newer


async def test_a_result_with_links_alone_is_enough(fal: Bench, server: Fal) -> None:
    server.sparse_output = True

    async with fal.open() as backend:
        found = await finished(backend, await backend.submit(fal.call(count=3)))

    assert len({output.url for output in found.outputs}) == 3
    assert {output.file_size for output in found.outputs} == {None}


async def test_a_ticket_with_foreign_links_is_unconfirmed_and_the_key_stays_here(
    fal: Bench, server: Fal, loopback: Loopback
) -> None:
    seen: list[str] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.json_response({"status": "COMPLETED"})

    foreign = await loopback.web(web.route("*", "/{any:.*}", take))
    links = dict.fromkeys(("status_url", "response_url", "cancel_url"), f"{foreign}/x")
    stolen = {"request_id": "1", "status": "IN_QUEUE", **links}
    server.faults.add(method="POST", path="/remix", body=stolen)

    async with fal.open() as backend:
        with pytest.raises(Unconfirmed):
            await backend.submit(fal.call())
        with pytest.raises(Unconfirmed):
            await watched(backend, json.dumps(stolen))
        assert not await backend.cancel(json.dumps(stolen))

    assert seen == []


@pytest.mark.parametrize(("status", "reason"), [(422, Reason.BAD_REQUEST), (499, Reason.UPSTREAM)])
async def test_a_result_that_fails_without_a_reason_has_failed_all_the_same(
    fal: Bench, server: Fal, status: int, reason: Reason
) -> None:
    async with fal.open() as backend:
        ticket = await backend.submit(fal.call())
        failed = server.faults.add(path=r"/requests/[^/]+$", times=None, status=status, body=b"no")
        with pytest.raises(Rejected) as caught:
            await watched(backend, ticket)

    assert caught.value.reason is reason
    assert failed.hits == 1


async def test_queued_work_is_stopped_and_not_billed(fal: Bench, server: Fal) -> None:
    server.queue_gate.clear()

    async with fal.open() as backend:
        ticket = await backend.submit(fal.call())
        assert await backend.cancel(ticket)
        with pytest.raises(Rejected) as caught:
            await watched(backend, ticket)

    assert caught.value.reason is Reason.CANCELLED
    assert not caught.value.billed
    assert len(server.bill) == 0


@pytest.mark.parametrize("stops", [True, False])
async def test_running_work_is_stopped_only_if_fal_says_so(
    fal: Bench, server: Fal, stops: bool
) -> None:
    server.stops_running = stops
    server.gate.clear()
    bench = fal.impatient()

    async with bench.open() as backend:
        ticket = await backend.submit(bench.call())
        follower = Follower(backend, ticket)
        await follower.until(Running)
        assert await backend.cancel(ticket) is stops
        server.gate.set()
        await asyncio.wait([follower.task])

    assert isinstance(follower.task.exception(), Rejected) is stops
    assert isinstance(follower.seen[-1], Finished) is not stops
    assert len(server.bill) == (0 if stops else 1)


async def test_a_stop_that_only_the_result_tells_of_is_believed(fal: Bench, server: Fal) -> None:
    server.gate.clear()
    async with fal.open() as backend:
        ticket = await backend.submit(fal.call())
        follower = Follower(backend, ticket)
        await follower.until(Running)
        follower.task.cancel()
        done = {"status": "COMPLETED", "request_id": "x"}
        server.faults.add(path="/status$", body=done)
        server.faults.add(path=r"/requests/[^/]+$", status=499, body={"detail": "gone"})

        assert await backend.cancel(ticket)


async def test_work_that_fails_by_itself_was_not_stopped(fal: Bench, server: Fal) -> None:
    server.gate.clear()
    async with fal.open() as backend:
        ticket = await backend.submit(fal.call())
        follower = Follower(backend, ticket)
        await follower.until(Running)
        follower.task.cancel()
        failed = {"status": "COMPLETED", "error": "broken", "error_type": "runner_server_error"}
        server.faults.add(path="/status$", body=failed)

        assert not await backend.cancel(ticket)


async def test_finished_work_cannot_be_stopped(fal: Bench, server: Fal) -> None:
    async with fal.open() as backend:
        ticket = await backend.submit(fal.call())
        await finished(backend, ticket)

        assert not await backend.cancel(ticket)


@pytest.mark.parametrize("fault", [{"status": 404}, {"drop": "before"}, {"status": 500}], ids=str)
async def test_a_cancel_in_doubt_is_no_cancel(
    fal: Bench, server: Fal, fault: dict[str, Any]
) -> None:
    server.queue_gate.clear()
    server.faults.add(method="PUT", **fault)

    async with fal.open() as backend:
        assert not await backend.cancel(await backend.submit(fal.call()))


async def test_a_wrong_input_may_be_refused_at_the_submit(fal: Bench, server: Fal) -> None:
    server.validates_at_submit = True

    async with fal.open() as backend:
        with pytest.raises(Rejected) as caught:
            await backend.submit(fal.call(seed=2**31))

    assert caught.value.reason is Reason.BAD_REQUEST
    assert "body.seed" in caught.value.detail
    assert not caught.value.billed


def test_an_error_is_logged_by_type_place_and_bounds_alone() -> None:
    detail = {
        "type": "image_too_small",
        "loc": ["body", "image_url", 0, "a secret place"],
        "msg": "a secret",
        "input": "a secret",
        "ctx": {"min_width": 256, "why": "a secret"},
    }
    error = Error.model_validate({"detail": [detail, {"type": "a secret \n"}]})

    assert error.text == "image_too_small body.image_url.0.? min_width=256; ?"


def test_of_a_text_only_what_is_known_is_logged() -> None:
    text = "User is locked. Reason: Exhausted balance. Top up at https://x.y/?sig=1 for a secret"
    locked = Error.model_validate({"detail": text})
    unknown = Error.model_validate({"detail": "a secret", "error_type": "startup_timeout"})

    assert locked.text == "User is locked; Exhausted balance"
    assert unknown.text == "startup_timeout"
    assert Error().text == ""


def test_a_log_line_loses_links_and_quotes() -> None:
    line = Log(message="prompt 'a secret' from https://x.y/z?sig=1 and \"another\" it's cut")

    assert line.text == "prompt … from … and … it…"
    assert len(Log(message="x" * 10_000).text) == 200


async def test_the_models_log_is_written_once_at_debug(
    fal: Bench, server: Fal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot.backends.fal_work")

    async with fal.open() as backend:
        await finished(backend, await backend.submit(fal.call()))

    lines = [record.getMessage() for record in caplog.records if "Request" in record.getMessage()]
    assert len(lines) == len(set(lines)) >= 2
    assert all("INFO" in line for line in lines)
