"""Ideogram's table of failures, row by row and sign by sign, over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.backends.errors import BackendError, Reason, Rejected, Unavailable, Unconfirmed
from bot.backends.failures import Failure, Fate, Retry, Step
from bot.backends.ideogram_failures import CUT, FAILURES, NOT_SENT, UNREADABLE, WITHHELD
from sandbox.providers.steps import Step as Point
from tests.backends.conftest import Bench, finished

BY_HAND = (UNREADABLE, NOT_SENT, CUT, WITHHELD)
"""What no answer's reason or status tells."""
BY_ANSWER = [row for row in FAILURES if row not in BY_HAND and row.step is not Step.DOWNLOAD]
PROHIBITED = "provided failed safety check due to the inclusion of prohibited content."


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One answer that a sign stands for."""

    status: int
    body: Any


def samples(row: Failure) -> list[Sample]:
    found: list[Sample] = []
    for sign in row.sign.split(", "):
        if sign.startswith("HTTP "):
            status = {"???": 207, "4??": 499, "5??": 599}.get(sign[5:]) or int(sign[5:])
            found.append(Sample(status=status, body=b"no word of it"))
        elif sign.startswith("* at image"):
            found.append(Sample(status=400, body={"error": "image_file: a secret"}))
        else:
            found += [
                Sample(status=status, body={"error": "a secret", "reject_reason": sign})
                for status in (402, 429)
            ]
    return found


def check(row: Failure, caught: BackendError) -> None:
    """Compare an error with what its row says."""
    expected = row.error("", retry_in=1)
    assert type(caught) is type(expected)
    assert caught.reason is row.reason
    assert "secret" not in str(caught)
    if isinstance(caught, Rejected):
        assert caught.billed is (row.fate is Fate.BILLED)
        assert caught.elsewhere is (row.retry is Retry.ELSEWHERE)


async def refused(bench: Bench, **asked: Any) -> BackendError:
    """Submit a call that comes to nothing."""
    async with bench.open() as backend:
        with pytest.raises((Rejected, Unavailable, Unconfirmed)) as caught:
            await backend.submit(bench.call(**asked))
    return caught.value


def test_every_row_has_its_test() -> None:
    assert {row.step for row in BY_ANSWER} == {Step.SUBMIT}
    assert len(BY_ANSWER) == 9
    assert all(row.operator is (row.reason is Reason.ACCOUNT) for row in FAILURES)
    assert all(row.refunded for row in FAILURES if row.step is not Step.DOWNLOAD)


@pytest.mark.parametrize("row", BY_ANSWER, ids=[row.sign[:40] for row in BY_ANSWER])
async def test_an_answer_without_pictures_says_what_to_do(ideogram: Bench, row: Failure) -> None:
    for sample in samples(row):
        ideogram.server.fail(Point.SUBMIT, status=sample.status, body=sample.body)

        caught = await refused(ideogram)

        check(row, caught)
        assert str(sample.status) in caught.detail
    assert len(ideogram.server.bill) == 0


WORDS: list[tuple[int, Any, type[BackendError], Reason]] = [
    (400, {"error": "image_weight must be <= 100"}, Rejected, Reason.BAD_REQUEST),
    (400, {"error": "image_request: bad prompt"}, Rejected, Reason.BAD_REQUEST),
    (400, {"message": "The image is too large"}, Rejected, Reason.BAD_IMAGE),
    (400, {"detail": "image_file missing"}, Rejected, Reason.BAD_IMAGE),
    (400, b"plain text", Rejected, Reason.BAD_REQUEST),
    (401, {"error": "no"}, Rejected, Reason.ACCOUNT),
    (402, {"reject_reason": "insufficient_funds"}, Rejected, Reason.ACCOUNT),
    (402, {"reject_reason": "inflight_limit"}, Unavailable, Reason.BUSY),
    (422, {"error": f"Prompt {PROHIBITED}"}, Rejected, Reason.POLICY),
    (422, {"error": f"Image {PROHIBITED}"}, Rejected, Reason.POLICY),
    (403, b"", Rejected, Reason.ACCOUNT),
    (404, b"", Rejected, Reason.UPSTREAM),
    (408, b"", Unconfirmed, Reason.UPSTREAM),
    (413, b"", Rejected, Reason.BAD_IMAGE),
    (422, b"", Rejected, Reason.POLICY),
    (429, b"", Unavailable, Reason.BUSY),
    (500, {"reject_reason": "inflight_limit"}, Unconfirmed, Reason.UPSTREAM),
    (504, b"upstream request timeout", Unconfirmed, Reason.UPSTREAM),
    (200, {"created": "now", "data": list[Any]()}, Unconfirmed, Reason.UPSTREAM),
    (200, {"created": "now"}, Unconfirmed, Reason.UPSTREAM),
    (200, b"{", Unconfirmed, Reason.UPSTREAM),
    (200, b"", Unconfirmed, Reason.UPSTREAM),
]


async def test_a_refusal_is_told_by_its_words_as_well(ideogram: Bench) -> None:
    for status, body, error, reason in WORDS:
        ideogram.server.fail(Point.SUBMIT, status=status, body=body)

        caught = await refused(ideogram)

        assert type(caught) is error
        assert caught.reason is reason


async def test_what_it_says_of_a_refusal_is_not_repeated(ideogram: Bench) -> None:
    body = {"error": "your prompt 'a secret' is bad", "reject_reason": "a secret too"}
    ideogram.server.fail(Point.SUBMIT, status=400, body=body)

    assert "secret" not in str(await refused(ideogram))


@pytest.mark.parametrize("told", ["17", None])
async def test_a_busy_answer_is_tried_again_when_it_says(ideogram: Bench, told: str | None) -> None:
    headers = {} if told is None else {"Retry-After": told}
    body = {"error": "Too many requests", "reject_reason": "inflight_limit"}
    ideogram.server.fail(Point.SUBMIT, status=429, body=body, headers=headers)

    caught = await refused(ideogram)

    assert isinstance(caught, Unavailable)
    assert caught.retry_in == (5 if told is None else 17)


async def test_a_picture_that_cannot_be_read_is_refused_before_anything_is_sent(
    ideogram: Bench,
) -> None:
    ideogram.source.path.unlink()

    check(UNREADABLE, await refused(ideogram))
    assert ideogram.server.calls == []


async def test_without_a_connection_nothing_was_sent(ideogram: Bench) -> None:
    async with ideogram.server.unreachable():
        check(NOT_SENT, await refused(ideogram))


async def test_an_answer_that_is_cut_is_unknown_and_billed_wherever_it_was_cut(
    ideogram: Bench,
) -> None:
    # From before the status line to the last byte but some of the body.
    positions = (0, 1, 9, 12, 17, 100, 200, 350)
    for position in positions:
        fault = ideogram.server.fail(Point.SUBMIT, cut_wire=position)

        check(CUT, await refused(ideogram, prompt="__unsafe__"))
        assert fault.hits == 1
    assert len(ideogram.server.bill) == len(positions)


async def test_an_answer_that_does_not_come_is_unknown(ideogram: Bench) -> None:
    ideogram.server.gate.clear()

    check(CUT, await refused(ideogram.impatient()))


async def test_a_withheld_picture_is_billed_and_never_fetched(
    ideogram: Bench, tmp_path: Path
) -> None:
    async with ideogram.open() as backend:
        ticket = await backend.submit(ideogram.call(prompt="__unsafe__"))
        found = await finished(backend, ticket)
        with pytest.raises(Rejected):
            await backend.fetch(found.outputs[0], tmp_path / "result")

    assert [output.safe for output in found.outputs] == [False]
    assert WITHHELD.fate is Fate.BILLED
    assert WITHHELD.reason is Reason.UNSAFE_OUTPUT
    assert ideogram.server.bill.total == ideogram.entry.price
    assert not any("/images/" in call.path for call in ideogram.server.calls)


async def test_a_result_that_cannot_be_had_is_billed_all_the_same(
    ideogram: Bench, tmp_path: Path
) -> None:
    for trigger in ("__gone__", "__elsewhere__", "__oversized__"):
        async with ideogram.open() as backend:
            found = await finished(backend, await backend.submit(ideogram.call(prompt=trigger)))
            with pytest.raises(Rejected) as caught:
                await backend.fetch(found.outputs[0], tmp_path / "result")

        assert caught.value.reason is Reason.NO_RESULT
        assert caught.value.billed
        assert not (tmp_path / "result").exists()
