"""A report wakes the job that it is about; whatever else comes in changes nothing."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import uuid
from collections.abc import Callable

import pytest

from bot.backends.base import ProviderAccess, ProviderName
from bot.backends.http import Http
from bot.hooks.fal import WINDOW_SECONDS
from bot.hooks.readers import readers
from bot.hooks.server import BODY_BYTES, HookServer, ListenError
from sandbox.providers.server import Server
from storage.calls import HINT_MS, CallRow
from storage.database import Transaction
from storage.states import CallOutcome
from tests.backends.conftest import IMPATIENT
from tests.hooks.conftest import Desk
from tests.sandbox.providers.callers import V2A, FalCaller, RunwareCaller, photo
from tests.storage.rows import execute
from tests.tls import NO_TLS

OPEN = (CallOutcome.INTENDED, CallOutcome.ACCEPTED, CallOutcome.UNKNOWN)
ENDED = (CallOutcome.DONE, CallOutcome.FAILED, CallOutcome.NOT_ACCEPTED)


async def assert_nothing_came_of_it(desk: Desk, row: CallRow) -> None:
    assert await desk.hint(row) is None
    assert desk.woken == []


async def quiet(server: Server) -> None:
    """Wait until a stand-in has nothing more to do or to tell."""
    while server._tasks:
        await asyncio.wait(server._tasks)


async def test_fal_reports_a_work_that_ended(desk: Desk) -> None:
    row = await desk.call()
    caller = FalCaller(server=desk.fal, http=desk.http, source=photo(64, 48))

    ticket = await caller.send(V2A, caller.body(), webhook=desk.webhook(row))
    await quiet(desk.fal)

    assert [attempt.status for attempt in desk.fal.delivery.attempts] == [200]
    assert await desk.hint(row) == ticket.json()["request_id"]
    assert desk.woken == [row.job_id]


async def test_runware_reports_each_picture_as_news_of_its_own(desk: Desk) -> None:
    row = await desk.call(ProviderName.RUNWARE)
    caller = RunwareCaller(server=desk.runware, http=desk.http, source=photo(64, 48))
    task = caller.task(
        taskUUID=row.key, webhookURL=desk.webhook(row), numberResults=2, deliveryMethod="async"
    )

    await caller.post(task)
    await quiet(desk.runware)

    reported = [json.loads(attempt.body) for attempt in desk.runware.delivery.attempts]
    assert desk.woken == [row.job_id] * 2
    assert await desk.hint(row) in [body["data"][0]["imageUUID"] for body in reported]


@pytest.mark.parametrize("body", [{"data": {"taskUUID": "%"}}, {"errors": [{"taskUUID": "%"}]}])
async def test_runware_reports_without_a_picture_are_heard(
    desk: Desk, body: dict[str, object]
) -> None:
    row = await desk.call(ProviderName.RUNWARE)

    status = await desk.post(desk.webhook(row), json.dumps(body).replace("%", row.key).encode())

    assert (status, await desk.hint(row), desk.woken) == (200, row.key, [row.job_id])


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"data": [1]}', b'{"data": [{"imageUUID": "../x"}]}', b"\xff"]
)
async def test_runware_reports_that_name_nothing_are_refused(desk: Desk, body: bytes) -> None:
    row = await desk.call(ProviderName.RUNWARE)

    assert await desk.post(desk.webhook(row), body) == 403
    await assert_nothing_came_of_it(desk, row)


@pytest.mark.parametrize("outcome", OPEN)
async def test_a_call_that_is_open_or_unknown_can_be_heard_of(
    desk: Desk, outcome: CallOutcome
) -> None:
    row = await desk.call(outcome=outcome)
    heard = str(uuid.uuid4())

    assert await desk.report(row, request_id=heard) == 200

    assert (await desk.hint(row), desk.woken) == (heard, [row.job_id])


@pytest.mark.parametrize("outcome", ENDED)
async def test_a_call_that_ended_is_acknowledged_and_no_more(
    desk: Desk, outcome: CallOutcome
) -> None:
    row = await desk.call(outcome=outcome)

    assert await desk.report(row) == 200
    await assert_nothing_came_of_it(desk, row)


async def test_a_call_of_long_ago_is_acknowledged_and_no_more(desk: Desk) -> None:
    row = await desk.call()
    desk.fal.clock.advance(HINT_MS / 1000 + 1)

    assert await desk.report(row) == 200
    await assert_nothing_came_of_it(desk, row)


async def test_a_report_that_comes_again_changes_nothing_more(desk: Desk) -> None:
    row = await desk.call()
    heard = str(uuid.uuid4())

    for _ in range(3):
        assert await desk.report(row, request_id=heard) == 200

    assert await desk.hint(row) == heard
    assert set(desk.woken) == {row.job_id}


async def test_it_is_acknowledged_only_when_it_is_stored(desk: Desk) -> None:
    row = await desk.call()
    loop, begun, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    async def hold(_: Transaction) -> None:
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(10)

    writing = asyncio.create_task(desk.database.transaction(hold))
    await begun.wait()
    reporting = asyncio.create_task(desk.report(row))
    # Others are answered meanwhile, since reading needs no writer.
    for _ in range(5):
        assert await desk.post(desk.address(f"/hooks/fal/{'0' * 32}"), b"") == 404
    assert not reporting.done()
    await assert_nothing_came_of_it(desk, row)

    go_on.set()

    assert await reporting == 200
    assert await desk.hint(row) is not None
    await writing


async def test_a_report_that_cannot_be_stored_shall_come_again(desk: Desk) -> None:
    row = await desk.call()
    await execute(desk.database, "ALTER TABLE calls RENAME TO gone")

    assert await desk.report(row) == 503
    assert desk.woken == []


# What is refused


def _flip(text: str) -> str:
    return ("0" if text[0] != "0" else "1") + text[1:]


TAMPERED: dict[str, Callable[[dict[str, str]], object]] = {
    "another signature": lambda h: h.update(
        {"X-Fal-Webhook-Signature": _flip(h["X-Fal-Webhook-Signature"])}
    ),
    "no hex": lambda h: h.update({"X-Fal-Webhook-Signature": "g" * 128}),
    "a short signature": lambda h: h.update({"X-Fal-Webhook-Signature": "00"}),
    "another user": lambda h: h.update({"X-Fal-Webhook-User-Id": "somebody"}),
    "another request": lambda h: h.update({"X-Fal-Webhook-Request-Id": str(uuid.uuid4())}),
    "no ASCII": lambda h: h.update({"X-Fal-Webhook-Request-Id": "\xe9"}),
    "another time": lambda h: h.update(
        {"X-Fal-Webhook-Timestamp": str(int(h["X-Fal-Webhook-Timestamp"]) + 1)}
    ),
    "no time": lambda h: h.update({"X-Fal-Webhook-Timestamp": "now"}),
    "a huge time": lambda h: h.update({"X-Fal-Webhook-Timestamp": "9" * 400}),
    **{
        f"no {name}": lambda h, name=name: h.pop(f"X-Fal-Webhook-{name}")
        for name in ("Signature", "User-Id", "Request-Id", "Timestamp")
    },
}


@pytest.mark.parametrize("tampered", TAMPERED)
async def test_a_report_that_was_tampered_with_is_refused(desk: Desk, tampered: str) -> None:
    row = await desk.call()
    body = json.dumps({"request_id": str(uuid.uuid4())}).encode()
    headers = desk.signed(body)
    assert await desk.post(desk.webhook(await desk.call()), body, headers) == 200
    desk.woken.clear()

    TAMPERED[tampered](headers)
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = await desk.http.post(desk.webhook(row), content=body, headers=encoded)

    assert (answer.status_code, answer.content) == (403, b"")
    await assert_nothing_came_of_it(desk, row)


async def test_a_signature_does_not_cover_another_body(desk: Desk) -> None:
    row = await desk.call()
    signed, sent = (json.dumps({"request_id": str(uuid.uuid4())}).encode() for _ in range(2))

    assert await desk.post(desk.webhook(row), sent, desk.signed(signed)) == 403
    await assert_nothing_came_of_it(desk, row)


async def test_a_well_signed_report_of_a_foreign_key_is_refused(desk: Desk) -> None:
    row = await desk.call()
    desk.fal.webhooks.forged = True

    assert await desk.report(row) == 403
    await assert_nothing_came_of_it(desk, row)


async def test_a_report_that_fal_signed_for_somebody_else_is_refused(desk: Desk) -> None:
    row = await desk.call()
    desk.fal.webhooks.stranger = "somebody"

    assert await desk.report(row) == 403
    await assert_nothing_came_of_it(desk, row)


async def test_users_are_not_compared_where_the_operators_is_not_known(desk: Desk) -> None:
    fal, heard = desk.fal, str(uuid.uuid4())
    fal.webhooks.stranger = "somebody"
    access = {ProviderName.FAL: ProviderAccess(key=fal.key, url=fal.url)}
    http = Http(pace=IMPATIENT, tls=NO_TLS)
    read = readers(access, http=http, clock=desk.clock, fal_user=None)[ProviderName.FAL]
    body = json.dumps({"request_id": heard}).encode()

    assert await read(desk.signed(body), body) == heard


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (0, 200),
        (WINDOW_SECONDS - 2, 200),
        (WINDOW_SECONDS + 2, 403),
        (2 - WINDOW_SECONDS, 200),
        (-WINDOW_SECONDS - 2, 403),
    ],
)
async def test_only_reports_from_just_now_are_taken(desk: Desk, age: float, status: int) -> None:
    row = await desk.call()
    desk.fal.webhooks.age = age

    assert await desk.report(row) == status
    assert (await desk.hint(row) is not None) == (status == 200)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"request_id": 5}',
        b'{"request_id": "../../requests"}',
        b'{"request_id": "0B5C0D7E-3E0A-4A5B-8E0B-0C1D2E3F4A5B"}',
    ],
)
async def test_a_signed_report_that_names_no_request_is_refused(desk: Desk, body: bytes) -> None:
    row = await desk.call()

    assert await desk.post(desk.webhook(row), body, desk.signed(body)) == 403
    await assert_nothing_came_of_it(desk, row)


async def test_a_secret_that_is_not_ours_is_not_found_and_costs_nothing(desk: Desk) -> None:
    row = await desk.call()
    body = b"{}"
    for path in (
        f"/hooks/fal/{'0' * 32}",
        f"/hooks/fal/{row.secret.upper()}x",
        f"/hooks/runware/{row.secret}",
        f"/hooks/ideogram/{row.secret}",
        f"/hooks/nobody/{row.secret}",
    ):
        assert await desk.post(desk.address(path), body, desk.signed(body)) == 404

    await assert_nothing_came_of_it(desk, row)
    assert desk.key_fetches() == 0


async def test_garbage_does_not_reach_the_database(desk: Desk) -> None:
    await execute(desk.database, "ALTER TABLE calls RENAME TO gone")

    for secret, status in (("0" * 32, 503), ("0" * 31, 404), ("g" * 32, 404), ("%00" * 32, 404)):
        assert await desk.post(desk.address(f"/hooks/fal/{secret}"), b"") == status


async def test_there_is_nothing_else_to_be_had(desk: Desk) -> None:
    row = await desk.call()

    for path in ("/", "/hooks", "/hooks/fal", "/hooks/fal/", f"/hooks/fal/{row.secret}/more"):
        assert await desk.post(desk.address(path), b"{}") == 404
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
        answer = await desk.http.request(method, desk.webhook(row))
        assert answer.status_code == 405


async def test_a_body_that_is_too_large_is_refused(desk: Desk) -> None:
    row = await desk.call()
    body = b" " * (BODY_BYTES + 1)

    assert await desk.post(desk.webhook(row), body, desk.signed(body)) == 413
    await assert_nothing_came_of_it(desk, row)


async def test_a_body_that_cannot_be_read_is_refused(desk: Desk) -> None:
    row = await desk.call()
    headers = desk.signed(b"no gzip") | {"Content-Encoding": "gzip"}

    assert await desk.post(desk.webhook(row), b"no gzip", headers) == 403
    assert await desk.hint(row) is None


async def test_what_strangers_send_is_not_written_to_the_log(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.server.port)
    writer.write(b"POST /hooks/fal/secret HTTP/1.1\r\nContent-Length: -5\r\n\r\n")

    answer = await reader.readline()
    writer.close()

    assert b" 400 " in answer
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_fault_of_ours_is_logged_and_shall_be_reported_again(
    desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await desk.call()
    monkeypatch.delattr(desk.server, "_wake")

    assert await desk.report(row) == 500
    assert [record.message for record in caplog.records if record.exc_info] == ["hooks.fault"]


async def test_a_port_that_is_taken_is_named(desk: Desk) -> None:
    second = HookServer(
        database=desk.database,
        clock=desk.clock,
        readers={},
        wake=desk.woken.append,
        host="127.0.0.1",
        port=desk.server.port,
    )

    with pytest.raises(ListenError, match=f"port {desk.server.port}.*HOOKS_PORT"):
        await second.start()
