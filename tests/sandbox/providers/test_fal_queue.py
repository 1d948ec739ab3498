"""fal's queue protocol: submit, status, stream, result, cancel, webhook."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.providers import Fal
from sandbox.providers.fal.addresses import Addresses
from sandbox.providers.fal.line import Line
from sandbox.providers.fal.work import State, Wishes, Work
from sandbox.providers.triggers import Triggers
from tests.sandbox.providers.callers import V2A, V3, FalCaller, opened


async def until(fal: FalCaller, request: str, state: State) -> None:
    work = fal.server.works[request]
    while work.state is not state:
        await work.changed.wait()


async def test_a_submit_answers_with_the_addresses_of_its_work(fal: FalCaller) -> None:
    answer = await fal.submit()

    body = answer.json()
    base = f"{fal.server.url}/queue/fal-ai/ideogram/requests/{body['request_id']}"
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-fal-request-id"] == body["request_id"]
    assert body == {
        "status": "IN_QUEUE",
        "request_id": body["request_id"],
        "response_url": base,
        "status_url": f"{base}/status",
        "cancel_url": f"{base}/cancel",
        "queue_position": 0,
    }


async def test_the_status_tells_of_queue_work_and_end(fal: FalCaller) -> None:
    fal.server.queue_gate.clear()
    fal.server.gate.clear()
    ticket = (await fal.submit()).json()
    request = ticket["request_id"]

    queued = await fal.get(ticket["status_url"])
    fal.server.queue_gate.set()
    await until(fal, request, State.IN_PROGRESS)
    running = await fal.get(f"{ticket['status_url']}?logs=1")
    fal.server.gate.set()
    await until(fal, request, State.COMPLETED)
    ended = await fal.get(ticket["status_url"])

    assert (queued.status_code, running.status_code, ended.status_code) == (202, 202, 200)
    links = {name: ticket[name] for name in ("response_url", "status_url", "cancel_url")}
    named = {"request_id": request, **links}
    assert queued.json() == {"status": "IN_QUEUE", "queue_position": 0, **named}
    (line,) = running.json().pop("logs")
    assert line.keys() == {"timestamp", "level", "source", "message"}
    assert ended.json()["logs"] is None
    assert ended.json()["metrics"]["inference_time"] > 0
    assert "error" not in ended.json()


async def test_work_does_not_end_while_the_gate_is_closed(fal: FalCaller) -> None:
    fal.server.latency = 0
    fal.server.gate.clear()
    ticket = (await fal.submit(prompt="__garbage__")).json()
    await fal.server.begun.wait()

    states = [(await fal.get(ticket["status_url"])).json()["status"] for _ in range(10)]

    assert states == ["IN_PROGRESS"] * 10


@pytest.mark.parametrize(("logs", "shown"), [("1", 2), ("true", 2), ("0", None), ("false", None)])
async def test_logs_are_shown_when_they_are_asked_for(
    fal: FalCaller, logs: str, shown: int | None
) -> None:
    ticket = (await fal.submit()).json()
    await fal.states(ticket)

    body = (await fal.get(f"{ticket['status_url']}?logs={logs}")).json()

    assert body["logs"] is None if shown is None else len(body["logs"]) == shown


async def test_the_stream_tells_every_change_and_closes(fal: FalCaller) -> None:
    fal.server.queue_length = 2
    ticket = (await fal.submit()).json()

    seen = await fal.states(ticket, "?logs=1")

    assert ticket["queue_position"] == 2
    positions = [state["queue_position"] for state in seen if state["status"] == "IN_QUEUE"]
    assert positions == sorted(positions, reverse=True)
    assert [state["status"] for state in seen][-2:] == ["IN_PROGRESS", "COMPLETED"]
    assert [line["message"] for line in seen[-1]["logs"]] == [
        "Request started",
        "Request completed",
    ]


async def test_a_silent_stream_is_kept_alive(fal: FalCaller) -> None:
    fal.server.ping_every = 0.01
    fal.server.gate.clear()
    ticket = (await fal.submit()).json()

    url = f"{ticket['status_url']}/stream"
    async with fal.http.stream("GET", url, headers=fal.headers) as answer:
        lines = answer.aiter_lines()
        comment = await anext(line async for line in lines if line.startswith(":"))
        fal.server.gate.set()
        rest = [line async for line in lines]

    assert comment == ": ping"
    assert any('"COMPLETED"' in line for line in rest)


async def test_the_result_is_the_bare_output_at_both_addresses(fal: FalCaller) -> None:
    answer = await fal.finish(seed=11)

    again = await fal.get(f"{answer.url}/response")
    assert answer.status_code == 200
    assert answer.json() == again.json()
    (image,) = answer.json()["images"]
    file = await fal.http.get(image["url"])
    assert answer.json()["seed"] == 11
    assert file.headers["content-type"] == image["content_type"] == "image/png"
    assert len(file.content) == image["file_size"]
    assert opened(file.content).format == "PNG"


async def test_a_result_that_is_asked_for_too_early_is_refused(fal: FalCaller) -> None:
    fal.server.gate.clear()
    ticket = (await fal.submit()).json()

    early = await fal.get(ticket["response_url"])

    assert early.status_code == 400
    assert early.json() == {"detail": "Request is still in progress"}


@pytest.mark.parametrize("address", ["", "/response", "/status", "/status/stream"])
async def test_an_unknown_request_is_not_found(fal: FalCaller, address: str) -> None:
    answer = await fal.get(f"{fal.server.url}/queue/fal-ai/ideogram/requests/none{address}")

    assert answer.status_code == 404
    assert answer.headers["x-fal-request-id"]


async def test_a_request_of_another_app_is_not_found(fal: FalCaller) -> None:
    ticket = (await fal.submit()).json()

    answer = await fal.get(ticket["status_url"].replace("/ideogram/", "/flux/"))

    assert answer.status_code == 404


async def test_work_in_the_queue_is_cancelled_and_costs_nothing(fal: FalCaller) -> None:
    fal.server.queue_gate.clear()
    ticket = (await fal.submit()).json()

    cancelled = await fal.cancel(ticket)
    fal.server.queue_gate.set()
    status = (await fal.get(ticket["status_url"])).json()
    result = await fal.get(ticket["response_url"])

    assert (cancelled.status_code, cancelled.json()) == (200, {"status": "OK"})
    assert (status["status"], status["error_type"]) == ("COMPLETED", "client_cancelled")
    assert result.status_code == 499
    assert fal.server.bill == []


async def test_work_that_runs_goes_on_after_a_cancel_and_is_charged(fal: FalCaller) -> None:
    fal.server.gate.clear()
    ticket = (await fal.submit()).json()
    await until(fal, ticket["request_id"], State.IN_PROGRESS)

    asked = await fal.cancel(ticket)
    fal.server.gate.set()
    await fal.states(ticket)
    too_late = await fal.cancel(ticket)

    assert (asked.status_code, asked.json()) == (202, {"status": "CANCELLATION_REQUESTED"})
    assert (too_late.status_code, too_late.json()) == (400, {"status": "ALREADY_COMPLETED"})
    assert (await fal.get(ticket["response_url"])).status_code == 200
    assert len(fal.server.bill) == 1


async def test_work_that_runs_can_be_made_to_stop(fal: FalCaller) -> None:
    fal.server.stops_running = True
    fal.server.gate.clear()
    ticket = (await fal.submit()).json()
    await until(fal, ticket["request_id"], State.IN_PROGRESS)

    asked = await fal.cancel(ticket)

    assert asked.status_code == 202
    assert (await fal.get(ticket["response_url"])).status_code == 499
    assert fal.server.bill == []


async def test_cancelling_what_is_unknown_is_not_found(fal: FalCaller) -> None:
    base = f"{fal.server.url}/queue/fal-ai/ideogram/requests/none"

    answer = await fal.cancel({"cancel_url": f"{base}/cancel"})

    assert (answer.status_code, answer.json()) == (404, {"status": "NOT_FOUND"})


async def test_no_more_work_runs_than_the_account_may_have(fal: FalCaller) -> None:
    async with Fal(concurrency=1) as server:
        server.gate.clear()
        caller = FalCaller(server, fal.http, fal.source)
        first = (await caller.submit()).json()
        await until(caller, first["request_id"], State.IN_PROGRESS)
        second = (await caller.submit()).json()
        refused = await fal.http.post(
            f"{server.url}/run/{V2A}", json=caller.body(), headers=caller.headers
        )

        waiting = (await caller.get(second["status_url"])).json()
        server.gate.set()
        await caller.states(second)

    assert waiting["status"] == "IN_QUEUE"
    assert refused.status_code == 429
    assert len(server.bill) == 2


async def test_the_limit_can_be_changed_and_who_came_first_goes_first(fal: FalCaller) -> None:
    fal.server.concurrency = 0
    fal.server.gate.clear()
    tickets = [(await fal.submit()).json() for _ in range(4)]
    ids = [ticket["request_id"] for ticket in tickets]

    fal.server.concurrency = 2
    await until(fal, ids[1], State.IN_PROGRESS)
    seen = [(await fal.get(ticket["status_url"])).json() for ticket in tickets]
    cancelled = await fal.cancel(tickets[2])
    last = (await fal.get(tickets[3]["status_url"])).json()
    fal.server.gate.set()
    await fal.states(tickets[3])

    assert [ticket["queue_position"] for ticket in tickets] == [0, 1, 2, 3]
    assert [body["status"] for body in seen] == ["IN_PROGRESS"] * 2 + ["IN_QUEUE"] * 2
    assert [body.get("queue_position") for body in seen] == [None, None, 0, 1]
    assert cancelled.json() == {"status": "OK"}
    assert last["queue_position"] == 0
    assert {charge.id for charge in fal.server.bill} == {ids[0], ids[1], ids[3]}


async def test_who_comes_just_as_a_place_is_freed_does_not_push_in() -> None:
    line = Line(1)
    first, second, third = (waiting(name) for name in "123")
    line.join(first)
    await line.turn(first)
    line.join(second)
    turns = [asyncio.create_task(line.turn(second))]
    await asyncio.sleep(0)
    line.join(third)
    turns.append(asyncio.create_task(line.turn(third)))

    line.give_back()
    done, _ = await asyncio.wait(turns, return_when=asyncio.FIRST_COMPLETED)

    assert done == {turns[0]}
    assert (third.position, line.full) == (0, True)
    turns[1].cancel()


def waiting(name: str) -> Work:
    return Work(
        id=name,
        endpoint=V2A,
        payload={},
        triggers=Triggers(),
        wishes=Wishes(),
        app="fal-ai/ideogram",
        addresses=Addresses(queue="", files=""),
        now=lambda: 0.0,
    )


async def test_a_place_is_given_back_by_work_that_fails_or_is_stopped(fal: FalCaller) -> None:
    fal.server.concurrency = 1
    fal.server.stops_running = True
    fal.server.gate.clear()
    stopped = (await fal.submit()).json()
    await until(fal, stopped["request_id"], State.IN_PROGRESS)

    await fal.cancel(stopped)
    fal.server.gate.set()
    failed = await fal.finish(prompt="__down__")
    late = await fal.finish(headers={"X-Fal-Request-Timeout": "5"})

    assert (failed.status_code, late.status_code) == (500, 200)


async def test_a_request_that_does_not_start_in_time_ends(fal: FalCaller) -> None:
    fal.server.queue_gate.clear()

    answer = await fal.finish(headers={"X-Fal-Request-Timeout": "0.2"})

    assert answer.status_code == 504
    assert answer.json()["error_type"] == "request_timeout"
    assert answer.headers["x-fal-request-timeout-type"] == "user"
    assert fal.server.bill == []


async def test_the_submit_may_be_answered_in_the_newer_way(fal: FalCaller) -> None:
    fal.server.newer_links, fal.server.accepted_status = True, 202

    answer = await fal.submit()
    await fal.states(answer.json())

    assert answer.status_code == 202
    assert answer.json()["response_url"].endswith("/response")
    assert (await fal.get(answer.json()["response_url"])).status_code == 200


async def test_the_synchronous_endpoint_answers_with_the_output(fal: FalCaller) -> None:
    url = f"{fal.server.url}/run/{V3}"

    good = await fal.http.post(url, json=fal.body(num_images=2), headers=fal.headers)
    bad = await fal.http.post(url, json=fal.body(strength=2), headers=fal.headers)

    assert good.status_code == 200
    assert len(good.json()["images"]) == 2
    assert good.headers["x-fal-request-id"] == fal.server.bill[0].id
    assert bad.status_code == 422
    assert bad.json()["detail"][0]["type"] == "less_than_equal"


async def test_work_whose_client_hangs_up_is_charged_all_the_same(fal: FalCaller) -> None:
    fal.server.gate.clear()
    asking = asyncio.ensure_future(
        fal.http.post(f"{fal.server.url}/run/{V2A}", json=fal.body(), headers=fal.headers)
    )
    await fal.server.begun.wait()
    (work,) = fal.server.works.values()

    asking.cancel()
    fal.server.gate.set()
    await work.done.wait()

    assert len(fal.server.bill) == 1
