"""How pictures leave Runware: one by one, in part, by webhook, by upload, in each format."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from PIL import Image

from tests.sandbox.providers.callers import RunwareCaller, opened
from tests.sandbox.providers.receiver import Receiver


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as server:
        yield server


def statuses(items: list[dict[str, Any]]) -> list[str]:
    return [item["status"] for item in items]


async def seen(runware: RunwareCaller, name: str, finished: int) -> dict[str, Any]:
    """What a poll says once so many pictures are there."""
    while True:
        body = (await runware.poll(name)).json()
        if statuses(body.get("data", [])).count("success") == finished:
            return body


async def test_some_pictures_are_there_while_the_others_are_awaited(
    runware: RunwareCaller,
) -> None:
    runware.server.arrivals.allow(2)
    task = runware.task(deliveryMethod="async", numberResults=5)
    await runware.post(task)

    some = await seen(runware, task["taskUUID"], 2)
    runware.server.arrivals.allow(None)
    ended = (await runware.ended(task["taskUUID"])).json()

    assert statuses(some["data"]) == ["success"] * 2 + ["processing"] * 3
    assert "imageUUID" not in some["data"][-1]
    assert statuses(ended["data"]) == ["success"] * 5
    first, last = ([item.get("imageUUID") for item in body["data"]] for body in (some, ended))
    assert first[:2] == last[:2]
    assert len(set(last)) == 5


async def test_the_order_of_what_is_listed_can_change(runware: RunwareCaller) -> None:
    runware.server.arrivals.shuffled = True
    name = "7f0d9a52-7c0c-4f0e-8d55-0f4b8a3c1a11"
    await runware.post(runware.task(taskUUID=name, deliveryMethod="async", numberResults=5))
    await runware.server.jobs[name].done.wait()

    polls = [(await runware.poll(name)).json()["data"] for _ in range(3)]

    orders = [tuple(item["imageUUID"] for item in poll) for poll in polls]
    assert len(set(orders)) > 1
    assert {frozenset(order) for order in orders} == {frozenset(orders[0])}
    assert len(set(orders[0])) == 5


@pytest.mark.parametrize(
    ("prompt", "count", "made"), [("__partial:2__", 4, 2), ("__partial__", 3, 1)]
)
async def test_the_rest_of_a_task_fails_when_its_prompt_says_so(
    runware: RunwareCaller, prompt: str, count: int, made: int
) -> None:
    task = runware.task(positivePrompt=prompt, deliveryMethod="async", numberResults=count)
    await runware.post(task)

    body = (await runware.ended(task["taskUUID"])).json()

    (error,) = body["errors"]
    assert statuses(body["data"]) == ["success"] * made
    assert (error["code"], error["status"]) == ("timeoutProvider", "error")
    assert [charge.pictures for charge in runware.server.bill] == [made]


async def test_a_synchronous_answer_holds_pictures_and_the_error(runware: RunwareCaller) -> None:
    runware.server.mishaps.break_work("providerError", status=503, pictures=[1])

    answer = await runware.post(runware.task(numberResults=3))

    body = answer.json()
    assert answer.status_code == 200
    assert len(body["data"]) == 2
    assert [error["code"] for error in body["errors"]] == ["providerError"]


async def test_an_early_error_leaves_the_others_in_work(runware: RunwareCaller) -> None:
    runware.server.mishaps.break_work("taskFailed", pictures=[0])
    runware.server.arrivals.allow(2)
    task = runware.task(deliveryMethod="async", numberResults=3)
    await runware.post(task)

    body = await seen(runware, task["taskUUID"], 1)

    assert statuses(body["data"]) == ["success", "processing"]
    assert [error["code"] for error in body["errors"]] == ["taskFailed"]


async def test_work_that_fails_whole_is_not_charged(runware: RunwareCaller) -> None:
    runware.server.mishaps.break_work("modelUnavailable", status=503)

    status, error = await runware.error(runware.task(numberResults=2))
    again = await runware.post(runware.task())

    assert (status, error["code"]) == (503, "modelUnavailable")
    assert again.status_code == 200
    assert len(runware.server.bill) == 1


@pytest.mark.parametrize("delivery", ["sync", "async"])
async def test_each_picture_is_announced_in_the_form_of_a_synchronous_answer(
    runware: RunwareCaller, receiver: Receiver, delivery: str
) -> None:
    url = f"{receiver.url}/hook"
    task = runware.task(webhookURL=url, numberResults=2, deliveryMethod=delivery)
    await runware.post(task)
    ended = (await runware.ended(task["taskUUID"])).json()["data"]

    told = await receiver.next(2)

    assert {(one.method, one.path, one.media_type) for one in told} == {
        ("POST", "/hook", "application/json")
    }
    assert all(len(one.json["data"]) == 1 and one.json.keys() == {"data"} for one in told)
    items = [one.json["data"][0] | {"status": "success"} for one in told]
    assert sorted(items, key=str) == sorted(ended, key=str)


async def test_a_failure_is_announced_too(runware: RunwareCaller, receiver: Receiver) -> None:
    task = runware.task(positivePrompt="__policy__", webhookURL=receiver.url)

    _, error = await runware.error(task)

    (told,) = await receiver.next()
    assert told.json == {"errors": [error]}


async def test_an_announcement_is_repeated_until_it_is_taken(
    runware: RunwareCaller, receiver: Receiver
) -> None:
    runware.server.delivery.gaps = (0, 0, 0, 0)
    receiver.statuses = [500, 302]

    await runware.post(runware.task(webhookURL=receiver.url))

    first, second, third = await receiver.next(3)
    assert first.body == second.body == third.body
    await asyncio.gather(*runware.server._tasks)
    assert [attempt.status for attempt in runware.server.delivery.attempts] == [500, 302, 200]


async def test_announcements_can_be_late_doubled_or_lost(
    runware: RunwareCaller, receiver: Receiver
) -> None:
    hooks = runware.server.webhooks
    task = runware.task(webhookURL=receiver.url)

    hooks.dropped = True
    await runware.post(task)
    hooks.dropped, hooks.copies = False, 2
    hooks.gate.clear()
    later = runware.task(webhookURL=receiver.url)
    await runware.post(later)
    silent = receiver.is_empty
    hooks.gate.set()
    one, two = await receiver.next(2)

    assert silent
    assert one.body == two.body
    assert one.json["data"][0]["taskUUID"] == later["taskUUID"]


async def test_an_announcement_waits_as_long_as_it_is_told(
    runware: RunwareCaller, receiver: Receiver
) -> None:
    runware.server.webhooks.delay = 0.3
    task = runware.task(webhookURL=receiver.url, deliveryMethod="async")
    loop = asyncio.get_running_loop()

    await runware.post(task)
    await runware.server.jobs[task["taskUUID"]].done.wait()
    finished = loop.time()
    await receiver.next()

    assert loop.time() - finished > 0.1


async def test_no_picture_is_missed_that_comes_while_another_is_told_of(
    runware: RunwareCaller,
) -> None:
    runware.server.gate.clear()
    task = runware.task(deliveryMethod="async", numberResults=3)
    await runware.post(task)
    job = runware.server.jobs[task["taskUUID"]]
    arrivals = job.arrivals()

    job.finish(0, {"n": 0})
    told = [await anext(arrivals)]
    job.finish(1, {"n": 1})
    job.finish(2, {"n": 2})
    job.end()
    told += [item async for item in arrivals]

    assert [item["n"] for item in told] == [0, 1, 2]


async def test_results_are_put_where_the_task_says(
    runware: RunwareCaller, receiver: Receiver
) -> None:
    url = f"{receiver.url}/here"

    answer = await runware.post(runware.task(uploadEndpoint=url, outputFormat="PNG"))

    (item,) = answer.json()["data"]
    (put,) = await receiver.next()
    assert (put.method, put.path, put.media_type) == ("PUT", "/here", "image/png")
    assert put.body == (await runware.http.get(item["imageURL"])).content


async def test_a_result_that_cannot_be_put_fails_the_task(
    runware: RunwareCaller, receiver: Receiver
) -> None:
    receiver.statuses = [403]

    status, error = await runware.error(runware.task(uploadEndpoint=receiver.url))

    assert (status, error["code"]) == (500, "uploadFailed")
    assert len(runware.server.bill) == 1


@pytest.mark.parametrize("name", ["JPG", "PNG", "WEBP"])
async def test_a_result_is_really_of_the_format_that_was_asked_for(
    runware: RunwareCaller, name: str
) -> None:
    (item,) = (await runware.post(runware.task(outputFormat=name))).json()["data"]

    file = await runware.http.get(item["imageURL"])

    kind = {"JPG": "JPEG"}.get(name, name)
    assert opened(file.content).format == kind
    assert file.headers["content-type"] == f"image/{kind.lower()}"
    assert item["imageURL"].endswith(f".{name.lower()}")


@pytest.mark.parametrize("name", ["JPG", "WEBP"])
async def test_more_quality_makes_a_larger_file(runware: RunwareCaller, name: str) -> None:
    sizes: list[int] = []
    for quality in (20, 99):
        task = runware.task(outputFormat=name, outputQuality=quality)
        (item,) = (await runware.post(task)).json()["data"]
        sizes.append(len((await runware.http.get(item["imageURL"])).content))

    assert sizes[0] * 2 < sizes[1]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [("__truncated__", "OSError"), ("__garbage__", "UnidentifiedImageError")],
)
async def test_a_result_can_be_spoilt(runware: RunwareCaller, prompt: str, expected: str) -> None:
    (item,) = (await runware.post(runware.task(positivePrompt=prompt))).json()["data"]
    file = await runware.http.get(item["imageURL"])

    with pytest.raises(OSError) as caught:  # noqa: PT011 - which of the two is asserted below
        Image.open(io.BytesIO(file.content)).load()

    assert type(caught.value).__name__ == expected
