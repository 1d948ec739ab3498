"""Every row of fal's table of failures, met over the wire at its step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.backends import fal_failures as failures
from bot.backends.base import Finished, Output, Source
from bot.backends.errors import BackendError, Reason, Rejected, Unavailable, Unconfirmed
from bot.backends.exchange import Answer
from bot.backends.failures import Failure, Fate, Link, Retry, Step
from bot.backends.fal_failures import FAILURES, judge, row
from sandbox.providers import steps
from sandbox.providers.fal import Fal
from sandbox.providers.fal.errors import failure
from sandbox.providers.fal.kinds import MODEL_ERRORS, REQUEST_ERRORS
from tests.backends.conftest import IMPATIENT, QUICK, Bench, finished, registry_of

HTML = b"<html></html>"
NAMED = {"x-fal-request-id": "1"}
STEPS = {
    Step.UPLOAD: steps.Step.UPLOAD,
    Step.SUBMIT: steps.Step.SUBMIT,
    Step.WAIT: steps.Step.STATUS,
    Step.RESULT: steps.Step.RESULT,
}
STATUSES = {"HTTP 3xx": 307, "HTTP 4xx": 418, "HTTP 5xx": 500}
LINKS = {
    Link.DEAD.value: "__gone__",
    Link.PRIVATE.value: "__elsewhere__",
    Link.LARGE.value: "__oversized__",
}


@pytest.fixture
def server(fal: Bench) -> Fal:
    assert isinstance(fal.server, Fal)
    return fal.server


def at(step: Step) -> list[Failure]:
    return [found for found in FAILURES if found.step is step]


def rows(*wanted: Step) -> pytest.MarkDecorator:
    found = [found for step in wanted for found in at(step)]
    return pytest.mark.parametrize("found", found, ids=lambda one: f"{one.step} {one.sign}"[:60])


def fault_of(found: Failure) -> dict[str, Any]:
    """Give the fault by which a stand-in shows a row's sign at its step."""
    sign, times = found.sign, {"times": None}
    if sign in MODEL_ERRORS or sign in REQUEST_ERRORS:
        return times | failure(sign, marked=False).answer
    if sign == failures.CUT:
        return times | {"drop": "before"}
    if sign == failures.GARBLED:
        return times | {"status": 200, "body": HTML}
    if sign == failures.LOCKED:
        return times | {"status": 403, "body": {"detail": "User is locked. Reason: x y"}}
    if sign == failures.GATEWAY:
        return times | {"status": 502, "body": HTML}
    status = STATUSES.get(sign) or int(sign.removeprefix("HTTP "))
    return times | {"status": status, "body": HTML, "headers": NAMED}


def assert_is(error: BackendError, found: Failure) -> None:
    """Check that an error says what the row says."""
    expected = found.error("", retry_in=1)
    assert type(error) is type(expected)
    assert error.reason is found.reason
    if isinstance(error, Rejected):
        assert error.billed is (found.fate is Fate.BILLED)
        assert error.elsewhere is (found.retry is Retry.ELSEWHERE)
    assert "?" not in error.detail


async def ending(bench: Bench, **asked: Any) -> BackendError | Finished:
    try:
        async with bench.open() as backend:
            return await finished(backend, await backend.submit(bench.call(**asked)))
    except BackendError as error:
        return error


@rows(Step.SUBMIT)
async def test_a_failed_submit_is_what_its_row_says(
    fal: Bench, server: Fal, found: Failure
) -> None:
    async with AsyncExitStack() as stack:
        if found.sign == failures.NOT_SENT:
            await stack.enter_async_context(server.unreachable())
        else:
            server.fail(steps.Step.SUBMIT, **fault_of(found))
        error = await ending(fal)

    assert isinstance(error, BackendError)
    assert_is(error, found)
    assert len(server.bill) == 0
    assert server.works == {}


UPLOADS: dict[str, Callable[[Fal], object]] = {
    failures.PRIVATE: lambda server: server.faults.add(
        path="/initiate", body={"upload_url": "https://127.0.0.1/x", "file_url": "https://a/b"}
    ),
    failures.NOT_TAKEN: lambda server: server.faults.add(method="PUT", status=403),
}


@rows(Step.UPLOAD)
async def test_a_failed_upload_is_what_its_row_says(
    fal: Bench, server: Fal, found: Failure, large_source: Source
) -> None:
    if found.sign == failures.NO_SOURCE:
        large_source.path.unlink()
    elif found.sign in UPLOADS:
        UPLOADS[found.sign](server)
    else:
        server.fail(steps.Step.UPLOAD, **fault_of(found))

    error = await ending(fal, source=large_source)

    assert isinstance(error, BackendError)
    assert_is(error, found)
    assert fal.submits() == 0


@rows(Step.WAIT, Step.RESULT)
async def test_a_wait_that_meets_a_failure_goes_as_its_row_says(
    fal: Bench, server: Fal, found: Failure
) -> None:
    bench = replace(fal, registry=registry_of(fal.providers, IMPATIENT))
    if found.step is Step.WAIT:
        server.fail(steps.Step.STREAM, times=None, status=404)
    async with bench.open() as backend:
        ticket = await backend.submit(bench.call())
        fault = fault_of(found)
        if found.fate is Fate.OPEN:
            # More often than any answer that counts as a doubt, and then no more.
            fault["times"] = 3 * IMPATIENT.patience
        met = server.fail(STEPS[found.step], **fault)
        if found.fate is Fate.OPEN:
            assert isinstance(await finished(backend, ticket), Finished)
            assert met.hits == fault["times"]
            return
        with pytest.raises((Rejected, Unconfirmed)) as caught:
            await finished(backend, ticket)

    assert_is(caught.value, found)
    # What is only bad luck is borne a few times; what is the end is believed at once.
    assert met.hits == (IMPATIENT.patience + 1 if found.retry is Retry.ASK else 1)


ENDINGS = [found for found in at(Step.RESULT) if found.sign in {**MODEL_ERRORS, **REQUEST_ERRORS}]


@pytest.mark.parametrize("found", ENDINGS, ids=lambda found: found.sign)
@pytest.mark.parametrize("charged", [True, False])
async def test_work_that_failed_is_billed_as_fal_says(
    fal: Bench, server: Fal, found: Failure, charged: bool
) -> None:
    server.endings.append(failure(found.sign, charged=charged))

    error = await ending(fal)

    # The stand-in says in x-fal-billable-units what it charged.
    assert isinstance(error, Rejected)
    assert error.reason is found.reason
    assert error.billed is charged is bool(server.bill)
    assert not (error.billed and error.elsewhere)


def test_every_documented_type_has_its_rows() -> None:
    documented = {*MODEL_ERRORS, *REQUEST_ERRORS}

    for step in (Step.SUBMIT, Step.RESULT):
        assert documented <= {found.sign for found in at(step)}
    assert len({(found.step, found.sign) for found in FAILURES}) == len(FAILURES)
    assert {found.step for found in FAILURES} == set(Step)


@rows(Step.DOWNLOAD)
async def test_a_result_that_cannot_be_read_is_what_its_row_says(
    fal: Bench, server: Fal, found: Failure, tmp_path: Path
) -> None:
    server.results.oversize = 26_000_000
    async with fal.open() as backend:
        prompt = LINKS.get(found.sign, "a lighthouse")
        done = await finished(backend, await backend.submit(fal.call(prompt=prompt)))
        [output] = done.outputs
        if found.sign == Link.BROKEN:
            server.fail(steps.Step.DOWNLOAD, cut=100)
        if found.sign == Link.WITHHELD:
            output = Output(url=None)
        with pytest.raises((Rejected, Unavailable)) as caught:
            await backend.fetch(output, tmp_path / "to")

    assert_is(caught.value, found)
    assert not (tmp_path / "to").exists()
    assert len(server.bill) == 1


@pytest.mark.parametrize("step", [Step.SUBMIT, Step.UPLOAD])
@pytest.mark.parametrize("told", ["17", None])
async def test_a_busy_fal_is_asked_again_when_it_says(
    fal: Bench, server: Fal, large_source: Source, step: Step, told: str | None
) -> None:
    headers = {} if told is None else {"Retry-After": told}
    server.fail(STEPS[step], status=429, headers=headers)

    error = await ending(fal, source=large_source)

    assert isinstance(error, Unavailable)
    assert error.retry_in == (17 if told else QUICK.retry)


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status=status, headers=named, body=body)


@pytest.mark.parametrize("step", Step)
def test_every_status_has_a_row_at_every_step_of_the_queue(step: Step) -> None:
    if step is Step.DOWNLOAD:
        return
    for status in (*range(200, 600), 999):
        found, detail = judge(step, answer(status))
        assert found.step is step
        assert "no reason given" in detail


@pytest.mark.parametrize("retryable", ["true", "false", None])
def test_what_fal_calls_final_is_not_tried_elsewhere(retryable: str | None) -> None:
    headers = {} if retryable is None else {"x_fal_retryable": retryable}
    body = b'{"detail": [{"type": "internal_server_error"}]}'

    at_result, _ = judge(Step.RESULT, answer(500, body, **headers))
    at_submit, _ = judge(Step.SUBMIT, answer(500, body, **headers))

    assert at_result.fate is Fate.FAILED
    assert at_result.retry is (Retry.NEVER if retryable == "false" else Retry.ELSEWHERE)
    # That it may be tried again does not say that it was not begun.
    assert at_submit.fate is Fate.UNKNOWN


@pytest.mark.parametrize(
    ("units", "kind", "fate"),
    [
        (None, "content_policy_violation", Fate.BILLED),
        ("0", "content_policy_violation", Fate.FAILED),
        ("0.0", "content_policy_violation", Fate.FAILED),
        ("1", "content_policy_violation", Fate.BILLED),
        ("many", "content_policy_violation", Fate.BILLED),
        (None, "something_new", Fate.BILLED),
        ("0", "something_new", Fate.FAILED),
        (None, "image_too_small", Fate.FAILED),
        ("0.5", "image_too_small", Fate.BILLED),
    ],
)
def test_what_ran_counts_as_billed_unless_fal_says_otherwise(
    units: str | None, kind: str, fate: Fate
) -> None:
    headers = {} if units is None else {"x_fal_billable_units": units}
    body = b'{"detail": [{"type": "%s"}]}' % kind.encode()

    assert judge(Step.RESULT, answer(422, body, **headers))[0].fate is fate


def test_the_type_decides_whatever_the_status() -> None:
    body = b'{"detail": [{"type": "strange"}, {"type": "downstream_service_error"}]}'

    found = [judge(Step.RESULT, answer(status, body))[0].sign for status in (400, 422, 504)]

    assert found == ["downstream_service_error"] * 3


def test_a_type_may_stand_in_a_header_or_in_the_status() -> None:
    by_header, detail = judge(Step.RESULT, answer(500, HTML, x_fal_error_type="startup_timeout"))
    by_status, _ = judge(Step.RESULT, answer(502, HTML), told="content_policy_violation")

    assert by_header.reason is Reason.BUSY
    assert detail.endswith("startup_timeout")
    assert by_status.reason is Reason.POLICY


async def test_completed_work_that_failed_is_a_failure_though_its_result_is_unreadable(
    fal: Bench, server: Fal
) -> None:
    server.endings.append(failure("content_policy_violation"))
    async with fal.open() as backend:
        ticket = await backend.submit(fal.call())
        server.fail(steps.Step.RESULT, times=None, status=502, body=HTML)
        with pytest.raises(Rejected) as caught:
            await finished(backend, ticket)

    assert caught.value.reason is Reason.POLICY


def test_only_account_and_lost_models_are_the_operators_matter() -> None:
    told = {(found.step, found.sign) for found in FAILURES if found.operator}
    account = {(found.step, found.sign) for found in FAILURES if found.reason is Reason.ACCOUNT}

    assert told == account | {(Step.SUBMIT, "HTTP 404")}
    assert {(step, failures.LOCKED) for step in (Step.UPLOAD, Step.SUBMIT)} <= account


def test_a_sign_without_a_row_is_a_mistake_of_ours() -> None:
    with pytest.raises(LookupError):
        row(Step.SUBMIT, "no such sign")
