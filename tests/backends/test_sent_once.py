"""Whatever happens to a paid call, it is sent once, and a lost answer is never bought again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.backends.base import Finished, Source
from bot.backends.errors import Reason, Unavailable, Unconfirmed
from sandbox.providers import Providers
from tests.backends.conftest import Bench, bench_of, finished

PAID = r"/remix$|^/v1$"
HTML = b"<html><h1>502 Bad Gateway</h1></html>"

FAULTS: dict[str, dict[str, Any]] = {
    "cut before it was carried out": {"drop": "before"},
    "cut after it was carried out": {"drop": "after"},
    "answer cut": {"cut": 10},
    "server error": {"status": 500},
    "server error after it was carried out": {"status": 500, "process": True},
    "gateway error": {"status": 502, "body": HTML, "process": True},
    "unavailable": {"status": 503, "headers": {"Retry-After": "0"}},
    "gateway time-out": {"status": 504, "process": True},
    "request time-out": {"status": 408},
    "redirect": {"status": 307, "headers": {"Location": "/elsewhere"}},
    "empty answer": {"status": 200, "process": True},
    "HTML": {"body": HTML},
    "JSON of another shape": {"body": {"data": 3, "images": None}},
    "a list": {"body": [1]},
    "deep JSON": {"body": b"[" * 100_000},
    "half of the JSON": {"body": b'{"request_id": "1", "data": [{'},
    "too much": {"body": b" " * 1_100_000},
}


async def lose(bench: Bench, **fault: Any) -> Unconfirmed:
    """Submit under a fault; gives the error that says that the outcome is unknown."""
    struck = bench.server.faults.add(method="POST", path=PAID, times=None, **fault)
    async with bench.open() as backend:
        with pytest.raises(Unconfirmed) as caught:
            await backend.submit(bench.call())
    assert struck.hits == 1
    return caught.value


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_lost_answer_is_unconfirmed_and_not_repeated(
    bench: Bench, fault: dict[str, Any]
) -> None:
    error = await lose(bench, **fault)

    assert error.reason is Reason.UPSTREAM
    assert bench.submits() <= 1
    assert len(bench.server.bill) <= 1


async def test_an_answer_cut_at_any_byte_is_lost_up_to_its_last(bench: Bench) -> None:
    lost, at = 0, 0

    async with bench.open() as backend:
        while True:
            bench.server.faults.add(method="POST", path=PAID, cut_wire=at)
            try:
                await backend.submit(bench.call(prompt="__garbage__"))
            except Unconfirmed:
                lost, at = lost + 1, at + 29
            else:
                break

    # From the status line through the headers into the body.
    assert lost > 8
    assert bench.submits() == lost + 1


async def test_an_answer_that_never_comes_is_unconfirmed(bench: Bench) -> None:
    hold = asyncio.Event()

    await lose(bench.impatient(), hold=hold)

    hold.set()
    assert bench.submits() == 1


async def test_a_refused_connection_is_unavailable_and_nothing_was_sent(bench: Bench) -> None:
    async with bench.server.unreachable(), bench.open() as backend:
        with pytest.raises(Unavailable) as caught:
            await backend.submit(bench.call())

    assert caught.value.retry_in > 0
    assert bench.server.calls == []


@pytest.mark.parametrize("status", [429, 400, 401, 402, 403, 404, 413, 422])
async def test_a_refused_call_is_not_repeated(bench: Bench, status: int) -> None:
    struck = bench.server.faults.add(method="POST", path=PAID, times=None, status=status)

    async with bench.open() as backend:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is tested elsewhere
            await backend.submit(bench.call())

    assert struck.hits == 1
    assert not isinstance(caught.value, Unconfirmed)


LOST = ("cut after it was carried out", "server error after it was carried out", "HTML")


@pytest.mark.parametrize("fault", LOST)
async def test_a_lost_call_is_found_again_under_our_id(runware: Bench, fault: str) -> None:
    call = runware.call()
    runware.server.faults.add(method="POST", path=PAID, **FAULTS[fault])

    async with runware.open() as backend:
        with pytest.raises(Unconfirmed):
            await backend.submit(call)
        ticket = await backend.find(call.key, count=call.request.count)
        assert ticket is not None
        found = await finished(backend, ticket)

    assert len(found.outputs) == 1
    assert len(runware.server.bill) == 1


async def test_a_call_that_never_arrived_is_not_found_and_may_be_repeated(runware: Bench) -> None:
    call = runware.call()
    runware.server.faults.add(method="POST", path=PAID, drop="before")

    async with runware.open() as backend:
        with pytest.raises(Unconfirmed):
            await backend.submit(call)
        assert await backend.find(call.key, count=call.request.count) is None
        await finished(backend, await backend.submit(call))

    assert len(runware.server.bill) == 1


async def test_a_repeat_under_the_same_id_is_billed_once(runware: Bench) -> None:
    call = runware.call(count=2)

    async with runware.open() as backend:
        ticket = await backend.submit(call)
        assert await backend.submit(call) == ticket
        found = await finished(backend, ticket)

    assert len(found.outputs) == 2
    assert len(runware.server.bill) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503, "body": {"errors": [{"code": "taskNotFound"}]}},
        {"status": 429},
        {"status": 401, "body": {"errors": [{"code": "invalidApiKey"}]}},
        {"status": 200, "body": {"errors": [{"code": "somethingNew"}]}},
        {"drop": "before"},
        {"body": HTML},
    ],
    ids=str,
)
async def test_a_provider_that_cannot_be_asked_is_no_proof_of_absence(
    runware: Bench, fault: dict[str, Any]
) -> None:
    call = runware.call()
    async with runware.open() as backend:
        ticket = await backend.submit(call)
        runware.server.faults.add(method="POST", path=PAID, **fault)

        with pytest.raises(Unavailable):
            await backend.find(call.key, count=call.request.count)
        assert await backend.find(call.key, count=call.request.count) == ticket


async def test_a_failed_call_is_found_too(runware: Bench) -> None:
    call = runware.call(prompt="__policy__")
    async with runware.open() as backend:
        ticket = await backend.submit(call)
        await runware.providers.runware.jobs[call.key].done.wait()

        assert await backend.find(call.key, count=call.request.count) == ticket


@pytest.mark.parametrize("name", ["fal-v2a", "ideogram-v2"])
async def test_a_provider_without_our_id_is_never_asked(
    name: str, providers: Providers, source: Source
) -> None:
    bench = bench_of(name, providers, source)

    async with bench.open() as backend:
        with pytest.raises(Unconfirmed):
            await backend.find(bench.call().key, count=1)

    assert not bench.entry.deduplicates
    assert bench.server.calls == []


PASSING: dict[str, dict[str, Any]] = {
    "cut": {"drop": "before", "times": 3},
    "server error": {"status": 500, "times": 2},
    "gateway error": {"status": 502, "body": HTML, "times": 2},
    "busy": {"status": 429, "times": 3},
    "HTML": {"body": HTML, "times": 2},
    "no key": {"status": 401, "body": {"detail": "No user"}, "times": 2},
    "unknown": {"status": 404, "body": {"detail": "Request not found"}, "times": 2},
    "too much": {"body": b" " * 1_100_000, "times": 2},
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
@pytest.mark.parametrize("where", ["status", "result"])
async def test_passing_faults_do_not_end_the_wait(
    bench: Bench, fault: dict[str, Any], where: str
) -> None:
    paths = {"status": r"/status|^/v1$", "result": r"/requests/[^/]+$|^/v1$"}
    async with bench.open() as backend:
        ticket = await backend.submit(bench.call())
        bench.server.faults.add(path=paths[where], **fault)

        found = await finished(backend, ticket)

    assert isinstance(found, Finished)
    assert len(bench.server.bill) == 1


async def test_an_answer_about_work_may_be_cut_at_any_byte(polled: Bench) -> None:
    async with polled.open() as backend:
        ticket = await backend.submit(polled.call())
        cuts = [
            polled.server.faults.add(path=r"/requests/[^/]+$|^/v1$", cut_wire=at)
            for at in range(0, 300, 37)
        ]

        assert isinstance(await finished(backend, ticket), Finished)

    assert all(cut.hits == 1 for cut in cuts)
    assert len(polled.server.bill) == 1


async def test_work_that_nobody_knows_any_more_is_unconfirmed(polled: Bench) -> None:
    async with polled.open() as backend:
        ticket = await backend.submit(polled.call())
        polled.server.faults.add(
            path=r"/requests/|^/v1$", times=None, status=404, body={"detail": "not found"}
        )

        with pytest.raises(Unconfirmed) as caught:
            await finished(backend, ticket)

    assert caught.value.reason is Reason.UPSTREAM


async def test_a_key_that_stops_working_leaves_the_work_unconfirmed(polled: Bench) -> None:
    async with polled.open() as backend:
        ticket = await backend.submit(polled.call())
        polled.server.key = "another-id:another-secret"

        with pytest.raises(Unconfirmed) as caught:
            await finished(backend, ticket)

    assert caught.value.reason is Reason.ACCOUNT
