"""Runware's table of failures, row by row and sign by sign, over the wire."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.backends.base import Finished
from bot.backends.errors import BackendError, Reason, Rejected, Unavailable, Unconfirmed
from bot.backends.failures import Failure, Fate, Retry, Step
from bot.backends.runware_failures import CUT, FAILURES, FLAGGED, NOT_SENT, SILENT, UNREADABLE
from sandbox.providers.steps import Step as Point
from tests.backends.conftest import QUICK, Bench, finished, registry_of

BY_HAND = (UNREADABLE, NOT_SENT, CUT, SILENT, FLAGGED)
"""What no answer's code or status tells."""
BY_ANSWER = [row for row in FAILURES if row not in BY_HAND and row.step is not Step.DOWNLOAD]
HASTY = replace(QUICK, patience=0, gap_shortest=0.001, gap_longest=0.001)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One answer that a sign stands for."""

    status: int
    entry: dict[str, str]

    def body(self, **more: str) -> Any:
        """Give the answer's body; the message is what must not be logged."""
        if not self.entry:
            return b"no word of it"
        return {"errors": [{**self.entry, "message": "a secret", **more}]}


def samples(row: Failure) -> Iterator[Sample]:
    for sign in row.sign.split(", "):
        # The first of the letters in brackets, and anything for the rest.
        text = re.sub(r"\[(.).*?\]", r"\1", sign).replace("*", "x")
        if text.startswith("HTTP "):
            status = {"???": 207, "4??": 499, "5??": 599}.get(text[5:]) or int(text[5:])
            yield Sample(status=status, entry={})
            continue
        code, _, status = text.partition(" with ")
        code, _, parameter = code.partition(" at ")
        entry = {"code": code} | ({"parameter": parameter} if parameter else {})
        # A task that tells of its end does so in an answer that is good.
        usual = 400 if row.step is Step.SUBMIT else 200
        yield Sample(status=int(status or usual), entry=entry)


def rows(step: Step, *fates: Fate) -> Any:
    found = [row for row in BY_ANSWER if row.step is step and row.fate in fates]
    return pytest.mark.parametrize("row", found, ids=[row.sign[:40] for row in found])


def check(row: Failure, caught: BackendError) -> None:
    """Compare an error with what its row says."""
    expected = row.error("", retry_in=1)
    assert type(caught) is type(expected)
    assert caught.reason is row.reason
    assert "secret" not in str(caught)
    if isinstance(caught, Rejected):
        assert caught.billed is (row.fate is Fate.BILLED)
        assert caught.elsewhere is (row.retry is Retry.ELSEWHERE)


async def ended(bench: Bench) -> BackendError | Finished:
    """Submit and watch one call; gives its end, good or bad."""
    try:
        async with bench.open() as backend:
            return await finished(backend, await backend.submit(bench.call()))
    except BackendError as error:
        return error


@pytest.fixture
def hasty(runware: Bench) -> Bench:
    return replace(runware, registry=registry_of(runware.providers, HASTY))


def test_every_row_has_its_test() -> None:
    by_hand = {row.sign for row in BY_HAND}

    assert len(by_hand | {row.sign for row in BY_ANSWER}) > 25
    assert {row.step for row in BY_ANSWER} == {Step.SUBMIT, Step.WAIT, Step.RESULT}
    assert all(row.operator is (row.reason is Reason.ACCOUNT) for row in FAILURES)


@rows(Step.SUBMIT, Fate.NOT_ACCEPTED, Fate.UNKNOWN)
async def test_a_submit_that_is_refused_says_what_to_do(hasty: Bench, row: Failure) -> None:
    for sample in samples(row):
        hasty.server.fail(Point.SUBMIT, status=sample.status, body=sample.body())
        async with hasty.open() as backend:
            with pytest.raises((Rejected, Unavailable, Unconfirmed)) as caught:
                await backend.submit(hasty.call())

        check(row, caught.value)
        assert str(sample.status) in caught.value.detail
    assert len(hasty.server.bill) == 0


SUBMITS: list[tuple[int, str | None, type[BackendError], Reason]] = [
    (400, "invalidDimensions", Rejected, Reason.BAD_REQUEST),
    (400, "missingPositivePrompt", Rejected, Reason.BAD_REQUEST),
    (404, "modelNotFound", Rejected, Reason.UPSTREAM),
    (200, "promptBlocked", Rejected, Reason.POLICY),
    (400, "invalidProviderContent", Rejected, Reason.POLICY),
    (400, "downloadFailed", Rejected, Reason.BAD_IMAGE),
    (401, "invalidApiKey", Rejected, Reason.ACCOUNT),
    (402, "insufficientCredits", Rejected, Reason.ACCOUNT),
    (403, "invalidApiKeyPermission", Rejected, Reason.ACCOUNT),
    (429, "exceededRateLimit", Unavailable, Reason.BUSY),
    (200, "providerRateLimitExceeded", Unavailable, Reason.BUSY),
    # Capacity, as Runware itself says it, and not a gateway.
    (503, "rateLimitExceeded", Unavailable, Reason.BUSY),
    (503, "serviceUnavailable", Unavailable, Reason.BUSY),
    (503, None, Unconfirmed, Reason.UPSTREAM),
    (500, "serviceUnavailable", Unconfirmed, Reason.UPSTREAM),
    (503, "insufficientCredits", Unconfirmed, Reason.UPSTREAM),
    (500, "internalServerError", Unconfirmed, Reason.UPSTREAM),
    (504, "timeoutProvider", Unconfirmed, Reason.UPSTREAM),
    (400, "timeoutProvider", Unconfirmed, Reason.UPSTREAM),
    (400, "providerAuthenticationFailed", Unconfirmed, Reason.UPSTREAM),
    (200, "somethingNew", Unconfirmed, Reason.UPSTREAM),
    (400, "somethingNew", Rejected, Reason.BAD_REQUEST),
    (408, None, Unconfirmed, Reason.UPSTREAM),
    (409, None, Unconfirmed, Reason.UPSTREAM),
    (413, None, Rejected, Reason.BAD_IMAGE),
    (429, None, Unavailable, Reason.BUSY),
    (200, None, Unconfirmed, Reason.UPSTREAM),
    (302, None, Unconfirmed, Reason.UPSTREAM),
]
ENDS: list[tuple[str, type[BackendError], Reason]] = [
    ("timeoutProvider", Rejected, Reason.UPSTREAM),
    ("invalidProviderContent", Rejected, Reason.POLICY),
    ("insufficientCredits", Rejected, Reason.ACCOUNT),
    ("providerRateLimitExceeded", Rejected, Reason.BUSY),
    ("downloadFailed", Rejected, Reason.BAD_IMAGE),
    ("invalidStyleType", Rejected, Reason.BAD_REQUEST),
    ("somethingNew", Rejected, Reason.UPSTREAM),
    ("taskNotFound", Unconfirmed, Reason.UPSTREAM),
]


async def test_documented_refusals_of_a_submit_mean_what_they_say(hasty: Bench) -> None:
    for status, code, error, reason in SUBMITS:
        body = None if code is None else {"errors": [{"code": code}]}
        hasty.server.fail(Point.SUBMIT, status=status, body=body)
        async with hasty.open() as backend:
            with pytest.raises((Rejected, Unavailable, Unconfirmed)) as caught:
                await backend.submit(hasty.call())

        assert (type(caught.value), caught.value.reason) == (error, reason), (status, code)


async def test_documented_ends_of_a_task_mean_what_they_say(hasty: Bench) -> None:
    for code, error, reason in ENDS:
        hasty.providers.runware.mishaps.break_work(code)

        found = await ended(hasty)

        assert isinstance(found, error), code
        assert found.reason is reason, code
    assert len(hasty.server.bill) == 0


async def test_one_end_among_many_errors_is_the_end(hasty: Bench) -> None:
    call = hasty.call()
    codes = ("taskExpired", "promptBlocked", "taskNotFound")
    named = {"taskUUID": call.key, "status": "error"}
    body = {"errors": [{"code": code, **named} for code in codes]}

    async with hasty.open() as backend:
        ticket = await backend.submit(call)
        hasty.server.fail(Point.STATUS, status=200, body=body)
        with pytest.raises(Rejected) as caught:
            await finished(backend, ticket)

    assert caught.value.reason is Reason.POLICY


@rows(Step.SUBMIT, Fate.OPEN)
async def test_a_conflict_about_our_id_means_that_the_task_was_accepted(
    hasty: Bench, row: Failure
) -> None:
    hasty.server.gate.clear()
    async with hasty.open() as backend:
        for sample in samples(row):
            for status in (400, 409, 500):
                call = hasty.call()
                body = sample.body(taskUUID=call.key)
                hasty.server.fail(Point.SUBMIT, status=status, body=body, process=True)
                ticket = await backend.submit(call)

                assert await backend.find(call.key, count=1) == ticket


async def test_a_repeat_under_the_same_id_is_billed_once(runware: Bench) -> None:
    call = runware.call()

    async with runware.open() as backend:
        first = await backend.submit(call)
        again = await backend.submit(call)
        await finished(backend, again)

    assert first == again
    assert len(runware.server.bill) == 1


async def test_a_conflict_about_another_task_is_none_of_ours(runware: Bench) -> None:
    call, other = runware.call(), runware.call().key
    body = {"errors": [{"code": "conflictTaskUUID", "taskUUID": other}]}
    runware.server.fail(Point.SUBMIT, status=400, body=body)

    async with runware.open() as backend:
        with pytest.raises(Rejected):
            await backend.submit(call)


@rows(Step.WAIT, Fate.OPEN)
async def test_a_question_without_an_answer_is_asked_again(hasty: Bench, row: Failure) -> None:
    for sample in samples(row):
        hasty.server.fail(Point.STATUS, status=sample.status, body=sample.body(), times=3)

    assert isinstance(await ended(hasty), Finished)


@rows(Step.WAIT, Fate.UNKNOWN, Fate.FAILED, Fate.BILLED)
async def test_an_answer_that_ends_the_wait_says_what_to_do(hasty: Bench, row: Failure) -> None:
    hasty.server.gate.clear()
    for sample in samples(row):
        body = sample.body()
        fault = hasty.server.fail(Point.STATUS, status=sample.status, body=body, times=None)

        found = await ended(hasty)

        assert isinstance(found, BackendError)
        check(row, found)
        assert fault.hits == 1
        hasty.server.faults.clear()


@rows(Step.WAIT, Fate.UNKNOWN)
async def test_an_answer_without_word_of_the_task_may_be_bad_luck(
    runware: Bench, row: Failure
) -> None:
    sample = next(samples(row))
    runware.server.fail(
        Point.STATUS, status=sample.status, body=sample.body(), times=QUICK.patience
    )

    assert isinstance(await ended(runware), Finished)


@rows(Step.RESULT, Fate.UNKNOWN, Fate.FAILED, Fate.BILLED)
async def test_a_task_that_tells_of_its_end_says_what_to_do(hasty: Bench, row: Failure) -> None:
    hasty.server.gate.clear()
    for sample in samples(row):
        call = hasty.call()
        named = {"taskUUID": call.key, "taskType": "imageInference", "status": "error"}
        shapes = [
            sample.body(**named),
            {"data": [{**named, "error": {**sample.entry, "message": "a secret"}}]},
        ]
        for shape in shapes:
            hasty.server.fail(Point.STATUS, status=sample.status, body=shape)
            async with hasty.open() as backend:
                ticket = await backend.submit(replace(call, key=call.key))
                with pytest.raises((Rejected, Unconfirmed)) as caught:
                    await finished(backend, ticket)

            check(row, caught.value)


async def test_the_end_of_a_task_is_told_with_any_status(hasty: Bench) -> None:
    server = hasty.providers.runware
    for status in (400, 401, 402, 404, 429, 500, 503):
        server.failed_poll_status = status
        server.mishaps.break_work("timeoutProvider")

        found = await ended(hasty)

        assert isinstance(found, Rejected)
        assert found.reason is Reason.UPSTREAM
        assert found.elsewhere


async def test_a_picture_that_cannot_be_read_is_refused_before_anything_is_sent(
    runware: Bench,
) -> None:
    runware.source.path.unlink()

    found = await ended(runware)

    assert isinstance(found, Rejected)
    check(UNREADABLE, found)
    assert runware.server.calls == []


async def test_without_a_connection_nothing_was_sent(runware: Bench) -> None:
    async with runware.server.unreachable():
        found = await ended(runware)

    assert isinstance(found, Unavailable)
    check(NOT_SENT, found)


async def test_a_submit_that_is_cut_is_found_again_wherever_it_was_cut(hasty: Bench) -> None:
    hasty.server.gate.clear()
    # From before the status line to the last byte but some of the body.
    for position in (0, 1, 9, 12, 17, 80, 150, 180, 200):
        call = hasty.call()
        fault = hasty.server.fail(Point.SUBMIT, cut_wire=position)
        async with hasty.open() as backend:
            with pytest.raises(Unconfirmed) as caught:
                await backend.submit(call)

            assert await backend.find(call.key, count=1) is not None

        check(CUT, caught.value)
        assert fault.hits == 1
    assert hasty.submits() == 9


async def test_a_question_that_is_cut_is_asked_again(hasty: Bench) -> None:
    positions = (0, 1, 12, 80, 180, 300)
    faults = [hasty.server.fail(Point.STATUS, cut_wire=position) for position in positions]

    assert isinstance(await ended(hasty), Finished)
    assert all(fault.hits == 1 for fault in faults)
    assert SILENT.fate is Fate.OPEN


async def test_a_flagged_picture_is_withheld_and_billed(runware: Bench) -> None:
    async with runware.open() as backend:
        ticket = await backend.submit(runware.call(prompt="__nsfw__"))
        found = await finished(backend, ticket)

    assert [output.safe for output in found.outputs] == [False]
    assert FLAGGED.fate is Fate.BILLED
    assert runware.server.bill.total == runware.entry.price


async def test_a_result_that_cannot_be_had_is_billed_all_the_same(
    runware: Bench, tmp_path: Path
) -> None:
    for trigger in ("__gone__", "__elsewhere__", "__oversized__"):
        async with runware.open() as backend:
            found = await finished(backend, await backend.submit(runware.call(prompt=trigger)))
            with pytest.raises(Rejected) as caught:
                await backend.fetch(found.outputs[0], tmp_path / "result")

        assert caught.value.reason is Reason.NO_RESULT
        assert caught.value.billed
        assert not (tmp_path / "result").exists()


async def test_a_busy_answer_says_when_to_come_again(runware: Bench) -> None:
    headers = {"Retry-After": "17"}
    runware.server.fail(Point.SUBMIT, status=429, headers=headers)

    async with runware.open() as backend:
        with pytest.raises(Unavailable) as caught:
            await backend.submit(runware.call())

    assert caught.value.retry_in == 17
