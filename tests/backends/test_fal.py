"""What only fal does: queue, stream, storage, cancel, and its two shapes of errors."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from aiohttp import web

from bot.backends.base import (
    Backend,
    Finished,
    Progress,
    Queued,
    Reason,
    Rejected,
    Running,
    Source,
    Unavailable,
    Unconfirmed,
)
from bot.backends.fal_wire import Error, Log, rejection
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
    # The last place in the queue and the start may come as one piece of news.
    assert queued[:2] == [Queued(position=2), Queued(position=1)]
    assert queued[2:] in ([], [Queued(position=0)])
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


async def test_a_small_source_goes_inline(fal: Bench, server: Fal) -> None:
    async with fal.open() as backend:
        await finished(backend, await backend.submit(fal.call()))

    [submit] = [call for call in server.calls if call.path.endswith("/remix")]
    assert submit.body["image_url"].startswith("data:image/png;base64,")
    assert paths(server, "PUT", ".png") == 0


async def test_a_large_source_goes_to_storage_for_a_day_without_the_key(
    fal: Bench, server: Fal, large_source: Source
) -> None:
    async with fal.open() as backend:
        await finished(backend, await backend.submit(fal.call(source=large_source)))

    initiate, put = server.calls[:2]
    assert initiate.path == "/rest/storage/upload/initiate"
    assert json.loads(initiate.headers["X-Fal-Object-Lifecycle-Preference"]) == {
        "expiration_duration_seconds": 86400
    }
    assert put.method == "PUT"
    assert "Authorization" not in put.headers
    [submit] = [call for call in server.calls if call.path.endswith("/remix")]
    assert submit.body["image_url"].startswith(f"{server.url}/files/")


@pytest.mark.parametrize("path", ["/rest/storage/upload/initiate", "/files/upload"])
@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"drop": "before"}, {"status": 429}, {"body": b"x", "status": 404}],
    ids=str,
)  # fmt: skip
async def test_a_storage_that_fails_means_that_nothing_was_bought(
    fal: Bench, server: Fal, large_source: Source, path: str, fault: dict[str, Any]
) -> None:
    server.faults.add(path=path, **fault)

    async with fal.open() as backend:
        with pytest.raises(Unavailable):
            await backend.submit(fal.call(source=large_source))

    assert fal.submits() == 0


async def test_a_source_is_not_uploaded_to_a_private_address(
    fal: Bench, server: Fal, large_source: Source, loopback: Loopback
) -> None:
    async def take(request: web.Request) -> web.Response:
        raise AssertionError

    private = await loopback.web(web.put("/{any}", take))
    links = {"upload_url": f"{private}/x", "file_url": f"{private}/x"}
    server.faults.add(path="/rest/storage", body=links)

    async with fal.open() as backend:
        with pytest.raises(Unavailable):
            await backend.submit(fal.call(source=large_source))

    assert fal.submits() == 0


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


def failed(*types: str, status: int = 422, units: str | None = None) -> Rejected:
    details = [{"type": name, "loc": ["body", "image_url"], "msg": "m"} for name in types]
    return rejection(Error.model_validate({"detail": details}), status, units=units)


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        ("content_policy_violation", 422, Reason.POLICY),
        ("image_too_small", 422, Reason.BAD_IMAGE),
        ("image_too_large", 422, Reason.BAD_IMAGE),
        ("image_load_error", 422, Reason.BAD_IMAGE),
        ("image_aspect_ratio_error", 422, Reason.BAD_IMAGE),
        ("file_download_error", 422, Reason.BAD_IMAGE),
        ("file_too_large", 422, Reason.BAD_IMAGE),
        ("face_detection_error", 422, Reason.BAD_IMAGE),
        ("unsupported_image_format", 422, Reason.BAD_IMAGE),
        ("greater_than_equal", 422, Reason.BAD_REQUEST),
        ("literal_error", 422, Reason.BAD_REQUEST),
        ("one_of", 422, Reason.BAD_REQUEST),
        ("something_new", 422, Reason.BAD_REQUEST),
        ("no_media_generated", 422, Reason.UPSTREAM),
        ("downstream_service_error", 400, Reason.UPSTREAM),
        ("downstream_service_unavailable", 500, Reason.UPSTREAM),
        ("downstream_service_error", 504, Reason.UPSTREAM),
        ("internal_server_error", 500, Reason.UPSTREAM),
        ("generation_timeout", 504, Reason.UPSTREAM),
    ],
)
def test_the_type_of_an_error_decides(kind: str, status: int, reason: Reason) -> None:
    assert failed(kind, status=status).reason is reason


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        ("request_timeout", 504, Reason.BUSY),
        ("startup_timeout", 504, Reason.BUSY),
        ("runner_scheduling_failure", 503, Reason.UPSTREAM),
        ("runner_server_error", 500, Reason.UPSTREAM),
        ("client_cancelled", 499, Reason.CANCELLED),
        ("client_disconnected", 499, Reason.UPSTREAM),
        ("bad_request", 400, Reason.BAD_REQUEST),
        ("concurrency_limit", 429, Reason.BUSY),
        ("forbidden", 403, Reason.ACCOUNT),
    ],
)
def test_the_type_of_a_platform_error_decides(kind: str, status: int, reason: Reason) -> None:
    error = Error.model_validate({"detail": "a text", "error_type": kind})

    assert rejection(error, status, units=None).reason is reason


def test_what_ran_in_vain_counts_as_billed_unless_fal_says_otherwise() -> None:
    assert failed("content_policy_violation").billed
    assert not failed("content_policy_violation", units="0").billed
    assert failed("content_policy_violation", units="1").billed
    assert not failed("image_too_small").billed
    assert not failed("internal_server_error", status=500).billed


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


def test_a_log_line_loses_links_and_quotes() -> None:
    line = Log(message="prompt 'a secret' from https://x.y/z?sig=1 and \"another\" it's cut")

    assert line.text == "prompt … from … and … it…"
    assert len(Log(message="x" * 10_000).text) == 200


async def test_the_models_log_is_written_once_at_debug(
    fal: Bench, server: Fal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot.backends.fal")

    async with fal.open() as backend:
        await finished(backend, await backend.submit(fal.call()))

    lines = [record.getMessage() for record in caplog.records if "Request" in record.getMessage()]
    assert len(lines) == len(set(lines)) >= 2
    assert all("INFO" in line for line in lines)
