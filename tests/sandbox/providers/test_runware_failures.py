"""What of Runware can be made to fail: the account, any step, in each shape of an error."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.providers.account import Account
from sandbox.providers.runware.errors import ErrorShape
from sandbox.providers.steps import Step
from tests.sandbox.providers.callers import RunwareCaller, inline

Ask = Callable[[RunwareCaller], Awaitable[httpx.Response]]


async def submitted(runware: RunwareCaller) -> httpx.Response:
    return await runware.post(runware.task())


async def asked(runware: RunwareCaller) -> httpx.Response:
    return await runware.poll(str(uuid.uuid4()))


async def uploaded(runware: RunwareCaller) -> httpx.Response:
    name = str(uuid.uuid4())
    image = inline(runware.source)
    return await runware.post({"taskType": "imageUpload", "taskUUID": name, "image": image})


async def pinged(runware: RunwareCaller) -> httpx.Response:
    return await runware.post({"taskType": "ping", "ping": True})


STEPS: dict[Step, Ask] = {Step.SUBMIT: submitted, Step.STATUS: asked, Step.UPLOAD: uploaded}


@pytest.mark.parametrize("ask", [submitted, asked, uploaded, pinged])
@pytest.mark.parametrize(
    ("account", "status", "code"),
    [
        (Account.REVOKED, 401, "invalidApiKey"),
        (Account.BROKE, 402, "insufficientCredits"),
        (Account.LOCKED, 403, "invalidApiKeyPermission"),
    ],
)
async def test_the_account_is_told_of_at_every_request(
    runware: RunwareCaller, ask: Ask, account: Account, status: int, code: str
) -> None:
    runware.server.account = account
    refused = await ask(runware)
    runware.server.account = Account.GOOD
    again = await pinged(runware)

    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["code"]) == (status, code)
    assert again.status_code == 200
    assert runware.server.bill == []
    assert runware.server.jobs == {}


async def test_work_that_was_accepted_outlives_the_account(runware: RunwareCaller) -> None:
    runware.server.gate.clear()
    task = runware.task(deliveryMethod="async")
    await runware.post(task)

    runware.server.account = Account.BROKE
    runware.server.gate.set()
    await runware.server.jobs[task["taskUUID"]].done.wait()
    refused = await runware.poll(task["taskUUID"])
    runware.server.account = Account.GOOD
    found = await runware.poll(task["taskUUID"])

    assert refused.status_code == 402
    assert found.json()["data"][0]["status"] == "success"
    assert len(runware.server.bill) == 1


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_is_refused_as_a_test_tells(runware: RunwareCaller, step: Step) -> None:
    later = {"Retry-After": "7"}
    runware.server.mishaps.refuse(step, "rateLimitExceeded", status=429, headers=later)
    others = [ask for other, ask in STEPS.items() if other is not step]

    untouched = [(await ask(runware)).status_code for ask in others]
    refused = await STEPS[step](runware)
    after = await STEPS[step](runware)

    (error,) = refused.json()["errors"]
    assert 429 not in untouched
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
    assert error.keys() == {"code", "message", "taskType", "taskUUID"}
    assert error["code"] == "rateLimitExceeded"
    assert after.status_code != 429


async def test_a_refused_submit_is_neither_work_nor_charged(runware: RunwareCaller) -> None:
    task = runware.task()
    runware.server.mishaps.refuse(Step.SUBMIT, "noAvailableServer", status=503, times=2)

    statuses = [(await runware.post(task)).status_code for _ in range(3)]

    assert statuses == [503, 503, 200]
    assert len(runware.server.bill) == 1


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_can_answer_what_is_no_json(runware: RunwareCaller, step: Step) -> None:
    runware.server.fail(step, status=200, body=b'{"data": [')
    others = [ask for other, ask in STEPS.items() if other is not step]

    untouched = [(await ask(runware)).content for ask in others]
    broken = await STEPS[step](runware)

    assert b'{"data": [' not in untouched
    assert (broken.status_code, broken.content) == (200, b'{"data": [')


@pytest.mark.parametrize("step", STEPS)
async def test_an_answer_is_cut_at_a_step(runware: RunwareCaller, step: Step) -> None:
    runware.server.fail(step, cut=5)

    with pytest.raises(httpx.RemoteProtocolError):
        await STEPS[step](runware)

    assert (await pinged(runware)).status_code == 200


async def test_a_download_can_fail(runware: RunwareCaller) -> None:
    (item,) = (await submitted(runware)).json()["data"]
    runware.server.fail(Step.DOWNLOAD, status=503)

    answers = [await runware.http.get(item["imageURL"]) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [503, 200]


async def test_work_goes_on_after_an_answer_that_denies_it(runware: RunwareCaller) -> None:
    task = runware.task()
    runware.server.fail(Step.SUBMIT, status=500, body={"errors": []}, process=True)

    lost = await runware.post(task)
    status, error = await runware.error(task)
    found = await runware.ended(task["taskUUID"])

    assert lost.status_code == 500
    assert (status, error["code"]) == (400, "conflictTaskUUID")
    assert found.json()["data"][0]["status"] == "success"
    assert len(runware.server.bill) == 1


async def test_an_id_is_the_same_in_capitals(runware: RunwareCaller) -> None:
    task = runware.task()
    await runware.post(task)
    shouted = task["taskUUID"].upper()

    _, error = await runware.error(task | {"taskUUID": shouted})
    found = await runware.poll(shouted)

    assert error["code"] == "conflictTaskUUID"
    assert found.json()["data"][0]["status"] == "success"
    assert len(runware.server.bill) == 1


async def test_the_same_id_twice_in_one_array_is_taken_once(runware: RunwareCaller) -> None:
    task = runware.task()

    body = (await runware.post(task, task)).json()

    assert len(body["data"]) == 1
    assert [error["code"] for error in body["errors"]] == ["conflictTaskUUID"]
    assert len(runware.server.bill) == 1


async def test_a_busy_service_says_when_to_come_back(runware: RunwareCaller) -> None:
    runware.server.retry_after = 3

    answer = await runware.post(runware.task(positivePrompt="__429__"))

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")


def read_as_the_newer_client(body: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Names of the pictures and codes of the errors, by the rules of runware-python 1.4.0."""
    listed = body["errors"] if "errors" in body else [body["error"]] if "error" in body else []
    items = body.get("data", [])
    failed = [item["error"] for item in items if item.get("status") == "error"]
    ended = [item["imageUUID"] for item in items if item.get("imageURL") is not None]
    return ended, [error["code"] for error in (*listed, *failed)]


@pytest.mark.parametrize("shape", ErrorShape)
async def test_a_failure_is_told_in_each_shape(runware: RunwareCaller, shape: ErrorShape) -> None:
    runware.server.error_shape = shape
    task = runware.task(positivePrompt="__policy__", deliveryMethod="async")
    await runware.post(task)

    body = (await runware.ended(task["taskUUID"])).json()

    assert read_as_the_newer_client(body) == ([], ["invalidProviderContent"])
    told = body["error"] if shape is ErrorShape.OBJECT else body.get("errors", body.get("data"))[0]
    assert told["status"] == "error"
    key = {ErrorShape.LIST: "errors", ErrorShape.ITEM: "data", ErrorShape.OBJECT: "error"}[shape]
    assert key in body
    names = [body] if shape is ErrorShape.OBJECT else body[key]
    assert [name["taskUUID"] for name in names] == [task["taskUUID"]]


@pytest.mark.parametrize("shape", ErrorShape)
async def test_a_partial_failure_is_told_in_each_shape(
    runware: RunwareCaller, shape: ErrorShape
) -> None:
    runware.server.error_shape = shape
    task = runware.task(positivePrompt="__partial:2__", deliveryMethod="async", numberResults=3)
    await runware.post(task)

    made, codes = read_as_the_newer_client((await runware.ended(task["taskUUID"])).json())

    assert len(set(made)) == 2
    assert codes == ["timeoutProvider"]


async def test_a_refusal_before_any_task_comes_alone(runware: RunwareCaller) -> None:
    runware.server.error_shape = ErrorShape.OBJECT

    answer = await runware.post(runware.task(), key="wrong")

    body = answer.json()
    assert answer.status_code == 401
    assert body["error"]["code"] == "invalidApiKey"
    assert body["taskType"] == "authentication"


async def test_what_a_picture_costs_can_differ_from_the_list(runware: RunwareCaller) -> None:
    runware.server.price = Decimal("0.11")

    items = (await runware.post(runware.task(numberResults=2, includeCost=True))).json()["data"]

    assert [item["cost"] for item in items] == [0.11, 0.11]
    assert runware.server.bill.total == Decimal("0.22")
