"""What Runware does with a task: at once or later, its pictures, its failures, its bill."""

from __future__ import annotations

import base64
import uuid

import pytest

from tests.sandbox.providers.callers import RunwareCaller, opened


async def test_an_image_comes_back_with_its_names(runware: RunwareCaller) -> None:
    task = runware.task()

    answer = await runware.post(task)

    (item,) = answer.json()["data"]
    file = await runware.http.get(item["imageURL"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert item.keys() == {"taskType", "taskUUID", "imageUUID", "imageURL", "seed"}
    assert (item["taskType"], item["taskUUID"]) == ("imageInference", task["taskUUID"])
    assert file.headers["content-type"] == "image/jpeg"
    assert (opened(file.content).format, opened(file.content).size) == ("JPEG", (1152, 864))


async def test_the_same_id_is_taken_once(runware: RunwareCaller) -> None:
    task = runware.task()

    first = await runware.post(task)
    status, error = await runware.error(task)

    assert first.status_code == 200
    assert (status, error["code"]) == (400, "conflictTaskUUID")
    assert len(runware.server.bill) == 1


async def test_an_id_that_was_refused_is_free_again(runware: RunwareCaller) -> None:
    task = runware.task()

    await runware.error(task | {"numberResults": 0})

    assert (await runware.post(task)).status_code == 200


async def test_good_and_bad_tasks_travel_together(runware: RunwareCaller) -> None:
    good, bad = runware.task(), runware.task(model="none")

    answer = await runware.post(bad, good)

    body = answer.json()
    assert answer.status_code == 200
    assert [item["taskUUID"] for item in body["data"]] == [good["taskUUID"]]
    assert [error["taskUUID"] for error in body["errors"]] == [bad["taskUUID"]]


async def test_asynchronous_work_is_acknowledged_and_then_polled(runware: RunwareCaller) -> None:
    runware.server.gate.clear()
    task = runware.task(deliveryMethod="async", includeCost=True)
    name = task["taskUUID"]

    acknowledged = await runware.post(task)
    processing = await runware.poll(name)
    runware.server.gate.set()
    ended = await runware.ended(name)

    named = {"taskType": "imageInference", "taskUUID": name}
    assert acknowledged.json() == {"data": [named]}
    assert processing.json() == {"data": [named | {"status": "processing"}]}
    (item,) = ended.json()["data"]
    assert (item["status"], item["cost"]) == ("success", 0.08)
    assert (await runware.http.get(item["imageURL"])).status_code == 200


async def test_pictures_are_polled_as_they_are_finished(runware: RunwareCaller) -> None:
    task = runware.task(deliveryMethod="async", numberResults=3)
    await runware.post(task)
    seen: list[list[str]] = []

    while not seen or "processing" in seen[-1]:
        body = (await runware.poll(task["taskUUID"])).json()
        seen.append([item["status"] for item in body["data"]])

    assert ["processing"] * 3 in seen
    assert seen[-1] == ["success"] * 3


async def test_the_answer_of_a_lost_synchronous_call_is_found_under_its_id(
    runware: RunwareCaller,
) -> None:
    task = runware.task()
    lost = runware.server.faults.add(path="/v1", drop="after")
    with pytest.raises(Exception, match=r"disconnected|closed|reset|Read"):
        await runware.post(task)

    ended = await runware.ended(task["taskUUID"])

    assert lost.hits == 1
    assert ended.json()["data"][0]["status"] == "success"
    assert len(runware.server.bill) == 1


async def test_an_unknown_id_is_told_as_an_error(runware: RunwareCaller) -> None:
    name = str(uuid.uuid4())

    answer = await runware.poll(name)

    (error,) = answer.json()["errors"]
    assert answer.status_code == 404
    assert (error["code"], error["taskUUID"]) == ("taskNotFound", name)


async def test_several_results_have_their_own_name_and_seed(runware: RunwareCaller) -> None:
    answer = await runware.post(runware.task(numberResults=4))

    items = answer.json()["data"]
    files = [(await runware.http.get(item["imageURL"])).content for item in items]
    assert len({item["taskUUID"] for item in items}) == 1
    assert len({item["imageUUID"] for item in items}) == 4
    assert len({item["seed"] for item in items}) == 4
    assert len(set(files)) == 4
    assert [(line.pictures, str(line.usd)) for line in runware.server.bill] == [(4, "0.32")]


@pytest.mark.parametrize(
    ("kind", "field"), [("base64Data", "imageBase64Data"), ("dataURI", "imageDataURI")]
)
async def test_the_picture_comes_inline_when_asked_for(
    runware: RunwareCaller, kind: str, field: str
) -> None:
    answer = await runware.post(runware.task(outputType=kind, outputFormat="PNG"))

    (item,) = answer.json()["data"]
    text = item[field].removeprefix("data:image/png;base64,")
    assert "imageURL" not in item
    assert opened(base64.b64decode(text)).format == "PNG"


async def test_a_result_dies_when_its_ttl_is_over(runware: RunwareCaller) -> None:
    (item,) = (await runware.post(runware.task(ttl=60))).json()["data"]

    alive = await runware.http.get(item["imageURL"])
    runware.server.clock.advance(61)
    dead = await runware.http.get(item["imageURL"])

    assert (alive.status_code, dead.status_code) == (200, 404)


async def test_the_key_must_not_travel_to_the_picture(runware: RunwareCaller) -> None:
    (item,) = (await runware.post(runware.task())).json()["data"]
    headers = {"Authorization": f"Bearer {runware.server.key}"}

    answer = await runware.http.get(item["imageURL"], headers=headers)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("prompt", "status", "code"),
    [
        ("__policy__", 400, "invalidProviderContent"),
        ("__policyimage__", 400, "invalidProviderContent"),
        ("__broke__", 402, "insufficientCredits"),
        ("__locked__", 403, "invalidApiKeyPermission"),
        ("__down__", 503, "providerError"),
        ("__timeout__", 504, "timeoutProvider"),
    ],
)
async def test_a_trigger_refuses_the_task_unbilled(
    runware: RunwareCaller, prompt: str, status: int, code: str
) -> None:
    refused, error = await runware.error(runware.task(positivePrompt=prompt))

    assert (refused, error["code"]) == (status, code)
    assert runware.server.bill == []


@pytest.mark.parametrize(
    ("prompt", "code"),
    [("__policy__", "invalidProviderContent"), ("__timeout__", "timeoutProvider")],
)
async def test_asynchronous_work_that_fails_tells_it_when_polled(
    runware: RunwareCaller, prompt: str, code: str
) -> None:
    task = runware.task(positivePrompt=prompt, deliveryMethod="async")

    acknowledged = await runware.post(task)
    answer = await runware.ended(task["taskUUID"])

    (error,) = answer.json()["errors"]
    assert acknowledged.json()["data"][0]["taskUUID"] == task["taskUUID"]
    assert (error["code"], error["status"]) == (code, "error")
    assert error["documentation"].startswith("https://")
    assert error["taskUUID"] == task["taskUUID"]


async def test_a_busy_service_takes_the_third_attempt(runware: RunwareCaller) -> None:
    tasks = [runware.task(positivePrompt="__429__") for _ in range(3)]

    statuses = [(await runware.post(task)).status_code for task in tasks]

    assert statuses == [429, 429, 200]


@pytest.mark.parametrize(
    ("prompt", "flags"),
    [("__nsfw__", [True, True]), ("__mixed__", [False, True]), ("a cat", [False, False])],
)
async def test_a_flagged_picture_is_given_out_and_charged(
    runware: RunwareCaller, prompt: str, flags: list[bool]
) -> None:
    task = runware.task(positivePrompt=prompt, numberResults=2, safety={"checkContent": True})

    items = (await runware.post(task)).json()["data"]

    (charge,) = runware.server.bill
    assert [item["NSFWContent"] for item in items] == flags
    assert all("imageURL" in item for item in items)
    assert charge.outcome == ("unsafe" if any(flags) else "done")
    assert charge.pictures == 2


async def test_without_the_check_nothing_is_flagged(runware: RunwareCaller) -> None:
    (item,) = (await runware.post(runware.task(positivePrompt="__nsfw__"))).json()["data"]

    assert "NSFWContent" not in item


async def test_turbo_costs_less(runware: RunwareCaller) -> None:
    await runware.post(runware.task(settings={"renderingSpeed": "TURBO"}))

    assert str(runware.server.bill.total) == "0.05"
