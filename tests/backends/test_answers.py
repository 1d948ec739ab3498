"""Times, codes and JSON are read with care, and waits end in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.backends.answers import Maybe, Parsed, parse, retry_after, word
from bot.backends.errors import Reason, Unconfirmed
from bot.backends.exchange import Answer
from bot.backends.pace import Pace
from bot.backends.vigil import Vigil


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("", 5), ("0", 5), ("17", 17), ("17.5", 17.5), ("100000", 120), ("inf", 120), ("nan", 5),
     ("-3", 5), ("soon", 5), ("Wed, 99 Foo", 5)],
)  # fmt: skip
def test_retry_after_is_read_within_bounds(text: str, seconds: float) -> None:
    answer = Answer(status=429, headers={"retry-after": text}, body=b"")

    assert retry_after(answer, Pace()) == seconds


def test_retry_after_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)

    found = retry_after(Answer(status=429, headers={"retry-after": later}, body=b""), Pace())

    assert 55 < found <= 60


class Example(Parsed):
    needed: str
    number: Maybe[int] = None


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"needed": null}', b"\xff", b"[" * 10_000, b"NaN"]
)
def test_what_does_not_fit_is_none(body: bytes) -> None:
    assert parse(Example, body) is None


@pytest.mark.parametrize("number", ['"x"', "[]", "1.5", "null", "{}", "1e999"])
def test_an_optional_field_that_is_wrong_is_none(number: str) -> None:
    found = parse(Example, f'{{"needed": "a", "number": {number}, "new": 1}}')

    assert found == Example(needed="a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("image_too_small", "image_too_small"), ("a b", "?"), ("", "?"), (None, "?"), ("x" * 65, "?")],
)
def test_only_a_code_is_logged(text: str | None, expected: str) -> None:
    assert word(text) == expected


def test_the_pause_grows_with_the_wait() -> None:
    pace = Pace()

    assert [pace.gap(waited) for waited in (0, 10, 60, 1000)] == [0.5, 0.5, 3, 5]


def test_doubts_end_a_wait_only_together_and_late() -> None:
    error = Unconfirmed(Reason.UPSTREAM, "lost")
    pace = Pace(patience=2, unknown_grace=30)
    old, young = Vigil(pace, age=31), Vigil(pace, age=0)

    for _ in range(10):
        young.doubt(error)
    old.doubt(error)
    old.doubt(error)
    old.trust()
    old.doubt(error)
    old.doubt(error)
    with pytest.raises(Unconfirmed):
        old.doubt(error)


LONG = Pace(gap_shortest=30, gap_longest=30)


async def test_a_nudge_ends_a_pause_and_is_heard_once() -> None:
    nudge = asyncio.Event()
    vigil = Vigil(LONG, age=100, nudge=nudge)

    pausing = asyncio.create_task(vigil.pause())
    await asyncio.sleep(0)
    nudge.set()
    async with asyncio.timeout(5):
        await pausing

    assert not nudge.is_set()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await vigil.pause()


async def test_after_a_nudge_it_asks_often_again() -> None:
    nudge = asyncio.Event()
    # After a quarter of an hour the pauses are long; a nudge says that the end is near.
    vigil = Vigil(Pace(gap_shortest=0.01, gap_share=1, gap_longest=60), age=900, nudge=nudge)

    nudge.set()
    async with asyncio.timeout(5):
        await vigil.pause()
        await vigil.pause()


async def test_a_nudge_from_before_the_wait_leaves_a_silent_stream() -> None:
    nudge = asyncio.Event()
    nudge.set()
    closed = asyncio.Event()

    async def silent() -> AsyncGenerator[int]:
        try:
            await asyncio.Event().wait()
            yield 1
        finally:
            closed.set()

    async with asyncio.timeout(5):
        found = [item async for item in Vigil(LONG, age=0, nudge=nudge).heed(silent())]

    assert found == []
    assert closed.is_set()
    assert not nudge.is_set()


async def test_a_stream_is_passed_on_to_its_end_and_its_errors_too() -> None:
    async def stream() -> AsyncGenerator[int]:
        yield 1
        yield 2
        raise LookupError

    found: list[int] = []
    with pytest.raises(LookupError):
        async for item in Vigil(LONG, age=0).heed(stream()):
            found.append(item)  # noqa: PERF401 - what came before the error counts

    assert found == [1, 2]


async def test_a_wait_that_is_cancelled_closes_the_stream() -> None:
    begun, closed = asyncio.Event(), asyncio.Event()

    async def silent() -> AsyncGenerator[int]:
        try:
            begun.set()
            await asyncio.Event().wait()
            yield 1
        finally:
            closed.set()

    async def follow() -> None:
        async for _ in Vigil(LONG, age=0).heed(silent()):
            pass

    following = asyncio.create_task(follow())
    await begun.wait()
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following

    assert closed.is_set()
