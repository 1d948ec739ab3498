"""What Runware does over its WebSocket, frame by frame."""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from sandbox.providers import Runware
from sandbox.providers.account import Account
from tests.sandbox.providers.callers import RunwareCaller

PING = {"taskType": "ping", "ping": True}


@pytest.fixture
async def wire(runware: RunwareCaller) -> AsyncIterator[ClientWebSocketResponse]:
    async with ClientSession() as session, session.ws_connect(runware.server.ws_url) as wire:
        yield wire


async def said(wire: ClientWebSocketResponse, *tasks: dict[str, Any]) -> dict[str, Any]:
    """Send tasks in one frame; return the first frame that answers."""
    await wire.send_json(list(tasks))
    return await wire.receive_json()


async def opened(runware: RunwareCaller, wire: ClientWebSocketResponse, **more: Any) -> str:
    """Authenticate; return the session."""
    login = {"taskType": "authentication", "apiKey": runware.server.key, **more}
    (item,) = (await said(wire, login))["data"]
    assert item["taskType"] == "authentication"
    return item["connectionSessionUUID"]


def refused(frame: dict[str, Any]) -> str:
    (error,) = frame["errors"]
    assert error["taskType"] == "authentication"
    return error["code"]


async def test_nothing_is_taken_before_the_key(
    runware: RunwareCaller, wire: ClientWebSocketResponse
) -> None:
    before = await said(wire, PING)
    wrong = await said(wire, {"taskType": "authentication", "apiKey": "wrong"})
    still = await said(wire, runware.task())

    assert {refused(frame) for frame in (before, wrong, still)} == {"invalidApiKey"}
    assert runware.server.jobs == {}


async def test_a_header_is_no_key_here(runware: RunwareCaller) -> None:
    headers = {"Authorization": f"Bearer {runware.server.key}"}
    async with (
        ClientSession(headers=headers) as session,
        session.ws_connect(runware.server.ws_url) as wire,
    ):
        assert refused(await said(wire, PING)) == "invalidApiKey"


async def test_a_ping_is_answered(runware: RunwareCaller, wire: ClientWebSocketResponse) -> None:
    await opened(runware, wire)

    assert await said(wire, PING) == {"data": [{"taskType": "ping", "pong": True}]}


async def test_each_picture_comes_as_soon_as_it_is_finished(
    runware: RunwareCaller, wire: ClientWebSocketResponse
) -> None:
    await opened(runware, wire)
    runware.server.arrivals.allow(1)
    task = runware.task(numberResults=3)

    frames = [await said(wire, task)]
    job = runware.server.jobs[task["taskUUID"]]
    awaited = len(job.missing)
    runware.server.arrivals.allow(None)
    frames += [await wire.receive_json() for _ in range(2)]

    assert awaited == 2
    assert all(len(frame["data"]) == 1 for frame in frames)
    assert [frame["data"][0] for frame in frames] == job.items


async def test_the_connection_is_not_held_up_by_work(
    runware: RunwareCaller, wire: ClientWebSocketResponse
) -> None:
    await opened(runware, wire)
    runware.server.gate.clear()
    task = runware.task()

    pong = await said(wire, task, PING)
    runware.server.gate.set()
    (item,) = (await wire.receive_json())["data"]

    assert pong["data"][0]["pong"] is True
    assert item["taskUUID"] == task["taskUUID"]


async def test_what_failed_comes_after_the_pictures(
    runware: RunwareCaller, wire: ClientWebSocketResponse
) -> None:
    await opened(runware, wire)

    first = await said(wire, runware.task(positivePrompt="__partial__", numberResults=2))
    last = await wire.receive_json()

    assert "imageURL" in first["data"][0]
    assert [error["code"] for error in last["errors"]] == ["timeoutProvider"]


async def test_asynchronous_work_is_acknowledged_and_asked_for(
    runware: RunwareCaller, wire: ClientWebSocketResponse
) -> None:
    await opened(runware, wire)
    task = runware.task(deliveryMethod="async", numberResults=2)
    name = task["taskUUID"]

    acknowledged = await said(wire, task)
    await runware.server.jobs[name].done.wait()
    found = await said(wire, {"taskType": "getResponse", "taskUUID": name})

    assert acknowledged == {"data": [{"taskType": "imageInference", "taskUUID": name}]}
    assert [item["status"] for item in found["data"]] == ["success"] * 2


async def test_results_can_be_asked_for_by_http_when_the_client_left(
    runware: RunwareCaller, caplog: pytest.LogCaptureFixture
) -> None:
    runware.server.gate.clear()
    task = runware.task()
    async with ClientSession() as session, session.ws_connect(runware.server.ws_url) as wire:
        await opened(runware, wire)
        await said(wire, task, PING)

    runware.server.gate.set()
    with caplog.at_level(logging.ERROR):
        found = await runware.ended(task["taskUUID"])

    assert found.json()["data"][0]["status"] == "success"
    assert caplog.records == []
    assert len(runware.server.bill) == 1


async def test_a_session_goes_on_over_a_new_connection(
    runware: RunwareCaller, wire: ClientWebSocketResponse
) -> None:
    session = await opened(runware, wire)

    same = await opened(runware, wire, connectionSessionUUID=session)
    other = await opened(runware, wire, connectionSessionUUID=str(uuid.uuid4()))

    assert same == session
    assert other != session


async def test_a_key_that_is_revoked_ends_an_open_session(
    runware: RunwareCaller, wire: ClientWebSocketResponse
) -> None:
    await opened(runware, wire)

    runware.server.account = Account.REVOKED
    closed = await said(wire, runware.task())
    runware.server.account = Account.GOOD
    again = await said(wire, PING)

    assert refused(closed) == "invalidApiKey"
    assert again["data"][0]["pong"] is True


@pytest.mark.parametrize("text", ["{", "[]", '{"taskType": "ping"}'])
async def test_a_frame_that_is_no_array_of_tasks_is_refused(
    runware: RunwareCaller, wire: ClientWebSocketResponse, text: str
) -> None:
    await opened(runware, wire)

    await wire.send_str(text)
    (error,) = (await wire.receive_json())["errors"]

    assert error["code"] == "invalidRequest"
    assert (await said(wire, PING))["data"][0]["pong"] is True


async def test_a_silent_connection_is_closed(runware: RunwareCaller) -> None:
    runware.server.idle_limit = 0.02
    async with ClientSession() as session, session.ws_connect(runware.server.ws_url) as wire:
        ending = await wire.receive()

    assert ending.type is WSMsgType.CLOSE


async def test_the_stand_in_ends_though_a_client_is_connected() -> None:
    async with ClientSession() as session:
        async with Runware() as server:
            server.gate.clear()
            wire = await session.ws_connect(server.ws_url)
            login = {"taskType": "authentication", "apiKey": server.key}
            await said(wire, login)

        ending = await wire.receive()

    assert ending.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR)


async def test_frames_are_noted_like_requests(
    runware: RunwareCaller, wire: ClientWebSocketResponse
) -> None:
    await opened(runware, wire)
    await said(wire, PING)

    frames = [call.body for call in runware.server.calls if call.method == "FRAME"]
    assert frames[-1] == [PING]
    assert len(frames) == 2
