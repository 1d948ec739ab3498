"""Every way in which fal is documented to fail, and results that are not what they say."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from sandbox.providers.fal.errors import failure
from sandbox.providers.fal.kinds import MODEL_ERRORS, REQUEST_ERRORS
from sandbox.providers.steps import Step
from tests.sandbox.providers.callers import FalCaller, opened

WITH_FACTS = {
    "image_too_small": {"min_height", "min_width"},
    "image_too_large": {"max_height", "max_width"},
    "image_aspect_ratio_error": {"min_aspect_ratio", "max_aspect_ratio"},
    "file_too_large": {"max_size"},
    "greater_than": {"gt"},
    "greater_than_equal": {"ge"},
    "less_than": {"lt"},
    "less_than_equal": {"le"},
    "multiple_of": {"multiple_of"},
    "sequence_too_short": {"min_length"},
    "sequence_too_long": {"max_length"},
    "one_of": {"expected"},
    "unsupported_image_format": {"supported_formats"},
}


@pytest.mark.parametrize("kind", MODEL_ERRORS)
async def test_a_work_ends_in_any_error_of_a_model(fal: FalCaller, kind: str) -> None:
    fal.server.endings.append(failure(kind, loc=["image_url"]))
    ticket = (await fal.submit()).json()

    last = (await fal.states(ticket))[-1]
    answer = await fal.get(ticket["response_url"])
    well = await fal.finish()

    [problem] = answer.json()["detail"]
    assert (last["status"], last["error_type"]) == ("COMPLETED", kind)
    assert (problem["type"], problem["loc"]) == (kind, ["body", "image_url"])
    assert problem.get("ctx", {}).keys() == WITH_FACTS.get(kind, set())
    assert answer.headers["x-fal-retryable"] == ("true" if answer.status_code >= 500 else "false")
    assert well.status_code == 200
    assert len(fal.server.bill) == 1


@pytest.mark.parametrize("kind", REQUEST_ERRORS)
async def test_a_work_ends_in_any_error_of_the_platform(fal: FalCaller, kind: str) -> None:
    fal.server.endings.append(failure(kind))

    answer = await fal.finish()

    assert answer.status_code == REQUEST_ERRORS[kind]
    assert isinstance(answer.json()["detail"], str)
    assert answer.json()["error_type"] == answer.headers["x-fal-error-type"] == kind
    assert fal.server.bill == []


async def test_the_documented_statuses_are_those_of_the_table() -> None:
    others = {kind: known.status for kind, known in MODEL_ERRORS.items() if known.status != 422}

    assert others == {
        "internal_server_error": 500,
        "generation_timeout": 504,
        "downstream_service_error": 400,
        "downstream_service_unavailable": 500,
    }


async def test_whether_to_retry_is_said_as_a_test_wants_it(fal: FalCaller) -> None:
    kind = "downstream_service_error"
    fal.server.endings.extend(
        (
            failure(kind, status=504),
            failure(kind, retryable=True),
            failure(kind, status=504, retryable=False),
            failure(kind, marked=False),
        )
    )

    answers = [await fal.finish() for _ in range(4)]

    told = [(answer.status_code, answer.headers.get("x-fal-retryable")) for answer in answers]
    assert told == [(504, "true"), (400, "true"), (504, "false"), (400, None)]


async def test_a_failure_that_is_charged_stands_on_the_bill(fal: FalCaller) -> None:
    fal.server.endings.append(failure("content_policy_violation", charged=True))

    answer = await fal.finish()

    assert answer.headers["x-fal-billable-units"] == "1"
    [charge] = fal.server.bill
    assert charge.outcome == "refused"


async def test_an_error_can_be_answered_at_any_step(fal: FalCaller) -> None:
    fal.server.fail(Step.SUBMIT, **failure("runner_scheduling_failure").answer)

    answer = await fal.submit()

    assert (answer.status_code, answer.headers["x-fal-retryable"]) == (503, "true")
    assert answer.json()["error_type"] == "runner_scheduling_failure"
    assert fal.server.works == {}


async def test_results_are_spoilt_as_their_prompt_asks(fal: FalCaller) -> None:
    fal.server.results.oversize = 30_000_000
    fal.server.results.elsewhere = "http://10.0.0.1/secret"

    links = {
        name: (await fal.finish(prompt=f"__{name}__")).json()["images"][0]["url"]
        for name in ("gone", "garbage", "truncated", "oversized", "mislabelled", "elsewhere")
    }
    got = {name: await fal.http.get(link) for name, link in links.items()}

    assert got["gone"].status_code == 404
    assert got["garbage"].content == b"no picture"
    with pytest.raises(OSError, match="truncated"):
        opened(got["truncated"].content)
    assert len(got["oversized"].content) > 30_000_000
    assert got["mislabelled"].headers["content-type"] == "text/html"
    assert opened(got["mislabelled"].content).format == "PNG"
    assert got["elsewhere"].status_code == 302
    assert got["elsewhere"].headers["location"] == "http://10.0.0.1/secret"
    assert len(fal.server.bill) == len(links)


async def test_an_answer_may_be_cut_at_any_byte_and_may_never_come(fal: FalCaller) -> None:
    ticket = (await fal.submit()).json()
    await fal.states(ticket)

    for cut in (0, 1, 15, 60, 200, 400):
        fal.server.fail(Step.RESULT, cut_wire=cut)
        with pytest.raises(httpx.RemoteProtocolError):
            await fal.get(ticket["response_url"])
    never = fal.server.fail(Step.RESULT, hold_before=asyncio.Event())
    asking = asyncio.ensure_future(fal.get(ticket["response_url"]))
    await never.hit.wait()
    well = await fal.get(ticket["response_url"])

    assert not asking.done()
    asking.cancel()
    assert well.status_code == 200
