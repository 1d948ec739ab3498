"""What only Runware does: the first look, pictures that come one by one, flags, and finding."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from bot.backends.base import Finished, Progress, Running
from bot.backends.errors import Reason, Rejected, Unavailable
from bot.backends.pace import Pace
from bot.backends.registry import Registry
from tests.backends.conftest import QUICK, Bench, finished, registry_of, watched

ASKING = r"^/v1$"
WORKING = {"status": "processing"}


async def told(bench: Bench, *replies: Any, count: int = 2, status: int = 200) -> list[Progress]:
    """Watch a call of so many pictures that is answered so, one after the other."""
    call = bench.call(count=count)
    async with bench.open() as backend:
        ticket = await backend.submit(call)
        for reply in deepcopy(replies):
            for item in (*reply.get("data", ()), *reply.get("errors", ())):
                if isinstance(item, dict):
                    item.setdefault("taskUUID", call.key)
            bench.server.faults.add(path=ASKING, status=status, body=reply)
        bench.server.faults.add(path=ASKING, times=None, status=500)
        return await watched(backend, ticket)


async def replied(bench: Bench, *replies: Any, **how: Any) -> Finished:
    """Give the end of such a call."""
    last = (await told(bench, *replies, **how))[-1]
    assert isinstance(last, Finished)
    return last


def picture(number: int, **more: Any) -> dict[str, Any]:
    link = f"https://im.runware.ai/{number}.png"
    return {"imageUUID": str(number), "imageURL": link, "cost": 0.08, "seed": number, **more}


def names(progress: Progress) -> list[str | None]:
    assert isinstance(progress, Running | Finished)
    return [output.image_id for output in progress.outputs]


def safety(progress: Progress) -> list[bool]:
    assert isinstance(progress, Running | Finished)
    return [output.safe for output in progress.outputs]


async def test_it_is_first_asked_when_half_its_usual_time_has_almost_passed(runware: Bench) -> None:
    entry = replace(runware.entry, usual_seconds=0.5)
    pace = replace(QUICK, first_look=Pace().first_look)
    registry: Registry = registry_of(runware.providers, pace, (entry,))
    bench = replace(runware, registry=registry)

    async with bench.open() as backend:
        found = await watched(backend, await backend.submit(bench.call()))

    submitted, first, *_ = (call.at for call in bench.server.calls if call.path == "/v1")
    assert found[0] == Running()
    assert first - submitted >= 0.19


async def test_after_a_restart_it_is_asked_at_once(runware: Bench) -> None:
    pace = replace(QUICK, first_look=1000)
    bench = replace(runware, registry=registry_of(runware.providers, pace))

    async with bench.open() as backend:
        found = await watched(backend, await backend.submit(bench.call()), age=10_001)

    assert isinstance(found[-1], Finished)


@pytest.mark.parametrize("pace", [{"first_look": 1000}, {"gap_shortest": 900, "gap_longest": 900}])
async def test_a_nudge_ends_the_first_wait_and_every_pause(
    runware: Bench, pace: dict[str, Any]
) -> None:
    bench = replace(runware, registry=registry_of(runware.providers, replace(QUICK, **pace)))
    bench.server.gate.clear()
    nudge = asyncio.Event()

    async with bench.open() as backend:
        watch = backend.watch(await backend.submit(bench.call()), age=0, nudge=nudge)
        assert await anext(watch) == Running()
        end = asyncio.ensure_future(anext(watch))
        await bench.server.begun.wait()
        bench.server.gate.set()
        await bench.server.idle.wait()
        nudge.set()
        async with asyncio.timeout(5):
            found = await end
        await watch.aclose()

    assert isinstance(found, Finished)
    assert not nudge.is_set()


async def test_pictures_are_told_as_they_come_and_all_are_waited_for(runware: Bench) -> None:
    first = {"data": [picture(1, status="success"), {"status": "processing"}]}
    done = {"data": [picture(2, status="success"), picture(1, status="success")]}

    found = await told(runware, first, first, done)

    assert [type(progress) for progress in found] == [Running, Running, Finished]
    assert [names(progress) for progress in found] == [[], ["1"], ["1", "2"]]
    end = found[-1]
    assert isinstance(end, Finished)
    assert end.cost == Decimal("0.16")


async def test_pictures_that_come_in_separate_answers_are_each_taken_once(runware: Bench) -> None:
    found = await told(
        runware,
        {"data": [picture(1), WORKING]},
        {"data": [picture(2), picture(2), WORKING]},
        {"data": [WORKING]},
        {"data": [picture(1), WORKING]},
        {"data": [picture(3)]},
        count=3,
    )

    assert [names(progress) for progress in found] == [[], ["1"], ["1", "2"], ["1", "2", "3"]]


async def test_a_picture_that_was_flagged_once_stays_so(runware: Bench) -> None:
    found = await told(
        runware,
        {"data": [picture(1), WORKING]},
        {"data": [picture(1, NSFWContent=True), WORKING]},
        {"data": [picture(1), picture(2)]},
    )

    assert [safety(progress) for progress in found] == [[], [True], [False], [False, True]]
    end = found[-1]
    assert isinstance(end, Finished)


async def test_a_flagged_picture_without_a_link_is_accounted_for(runware: Bench) -> None:
    bare = {"imageUUID": "1", "NSFWContent": True, "status": "success"}

    found = await replied(runware, {"data": [bare, picture(2)]})

    assert [output.safe for output in found.outputs] == [False, True]


async def test_pictures_that_came_are_kept_where_others_failed(runware: Bench) -> None:
    failure = {"code": "timeoutProvider", "status": "error"}

    found = await replied(runware, {"data": [picture(1)], "errors": [failure]})

    assert names(found) == ["1"]
    assert found.cost == Decimal("0.08")


async def test_an_error_ends_nothing_while_others_are_processing(runware: Bench) -> None:
    failure = {"code": "timeoutProvider", "status": "error"}
    waiting = {"data": [picture(1), WORKING], "errors": [failure]}

    found = await replied(
        runware, waiting, {"data": [picture(1), picture(2)], "errors": [failure]}, count=3
    )

    assert names(found) == ["1", "2"]


async def test_pictures_of_an_earlier_answer_are_kept_when_an_error_comes_alone(
    runware: Bench,
) -> None:
    failure = {"code": "providerError", "status": "error"}

    found = await replied(runware, {"data": [picture(1), WORKING]}, {"errors": [failure]})

    assert names(found) == ["1"]


async def test_pictures_that_came_are_kept_where_others_never_come(runware: Bench) -> None:
    found = await replied(runware, *[{"data": [picture(1)]} for _ in range(QUICK.patience + 1)])

    assert names(found) == ["1"]


async def test_a_good_answer_ends_all_doubt(runware: Bench) -> None:
    nothing = [{"data": list[Any]()} for _ in range(QUICK.patience)]

    found = await replied(
        runware, *nothing, {"data": [WORKING]}, *nothing, {"data": [picture(1), picture(2)]}
    )

    assert names(found) == ["1", "2"]


async def test_a_failure_within_the_data_is_a_failure(runware: Bench) -> None:
    failure = {"status": "error", "error": {"code": "promptBlocked", "message": "a secret"}}

    with pytest.raises(Rejected) as caught:
        await replied(runware, {"data": [failure, {"status": "error"}]})

    assert caught.value.reason is Reason.POLICY
    assert "secret" not in str(caught.value)


async def test_an_error_beside_the_list_is_read_too(runware: Bench) -> None:
    with pytest.raises(Rejected) as caught:
        await replied(runware, {"error": {"code": "promptBlocked", "message": "a secret"}})

    assert caught.value.reason is Reason.POLICY


async def test_the_tasks_of_others_are_none_of_ours(runware: Bench) -> None:
    other = {"taskUUID": str(uuid4())}
    failure = {"code": "promptBlocked", "status": "error", **other}
    foreign = {"data": [picture(7, **other), picture(8, **other)], "errors": [failure]}

    found = await replied(runware, foreign, {"data": [picture(1), picture(2)]})

    assert names(found) == ["1", "2"]


async def test_a_failed_question_is_no_failed_task(runware: Bench) -> None:
    broken = {"errors": [{"code": "internalServerError"}]}

    call = runware.call()
    async with runware.open() as backend:
        ticket = await backend.submit(call)
        runware.server.faults.add(path=ASKING, times=9, status=503, body=broken)
        found = await finished(backend, ticket)

    assert len(found.outputs) == 1


async def test_a_flagged_picture_keeps_its_link_for_where_it_may_be_shown(runware: Bench) -> None:
    async with runware.open() as backend:
        ticket = await backend.submit(runware.call(prompt="__mixed__", count=2))
        safe, unsafe = (await finished(backend, ticket)).outputs

    assert safe.safe
    assert safe.url is not None
    assert not unsafe.safe
    assert unsafe.url is not None


async def test_a_cost_is_known_only_if_it_is_of_each(runware: Bench) -> None:
    found = await replied(runware, {"data": [picture(1), picture(2, cost=None)]})

    assert found.cost is None


async def test_what_is_not_as_expected_costs_no_picture(runware: Bench) -> None:
    strange = {"seed": "many", "cost": -1, "NSFWContent": [], "imageUUID": 3}

    found = await replied(runware, {"data": [picture(1, **strange), picture(2), 5], "new": 1})

    assert len(found.outputs) == 2
    assert found.outputs[0].seed is None
    assert found.cost is None


async def test_a_task_is_found_again_by_our_id(runware: Bench) -> None:
    call = runware.call(count=2)
    async with runware.open() as backend:
        ticket = await backend.submit(call)

        assert await backend.find(call.key, count=2) == ticket


async def test_a_task_that_nobody_knows_is_not_found(runware: Bench) -> None:
    async with runware.open() as backend:
        assert await backend.find(str(uuid4()), count=1) is None


@pytest.mark.parametrize("body", [{"data": []}, {"errors": [{"code": "resultExpired"}]}, {}])
async def test_what_says_nothing_of_a_task_does_not_find_it(runware: Bench, body: Any) -> None:
    runware.server.faults.add(path=ASKING, status=200, body=body)

    async with runware.open() as backend:
        assert await backend.find(str(uuid4()), count=1) is None


async def test_a_task_that_failed_is_found_and_its_failure_told(runware: Bench) -> None:
    call = runware.call(prompt="__down__")
    async with runware.open() as backend:
        await backend.submit(call)
        await runware.server.begun.wait()
        await runware.server.idle.wait()
        ticket = await backend.find(call.key, count=1)
        assert ticket is not None
        with pytest.raises(Rejected):
            await finished(backend, ticket)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 401, "body": {"errors": [{"code": "invalidApiKey"}]}}, Reason.ACCOUNT),
        ({"status": 429}, Reason.BUSY),
        ({"status": 503}, Reason.UPSTREAM),
        ({"status": 200, "body": b"what"}, Reason.UPSTREAM),
        ({"status": 200, "body": {"errors": [{"code": "somethingNew"}]}}, Reason.UPSTREAM),
        ({"drop": "before"}, Reason.UPSTREAM),
    ],
)
async def test_a_question_that_fails_finds_nothing_out(
    runware: Bench, fault: dict[str, Any], reason: Reason
) -> None:
    runware.server.faults.add(path=ASKING, **fault)

    async with runware.open() as backend:
        with pytest.raises(Unavailable) as caught:
            await backend.find(str(uuid4()), count=1)

    assert caught.value.reason is reason


async def test_nobody_can_stop_a_task(runware: Bench) -> None:
    async with runware.open() as backend:
        ticket = await backend.submit(runware.call())

        assert not await backend.cancel(ticket)


async def test_a_good_key_passes_the_probe_and_nothing_is_billed(runware: Bench) -> None:
    async with runware.open() as backend:
        await backend.probe()

    assert runware.submits() == 0
    assert len(runware.server.bill) == 0


async def test_a_bad_key_does_not_pass_the_probe(runware: Bench) -> None:
    runware.server.key = "another"

    async with runware.open() as backend:
        with pytest.raises(Rejected) as caught:
            await backend.probe()

    assert caught.value.reason is Reason.ACCOUNT


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"status": 429}, {"status": 200, "body": b"<html>"}, {"drop": "before"}],
)
async def test_a_probe_that_fails_says_nothing_of_the_key(
    runware: Bench, fault: dict[str, Any]
) -> None:
    runware.server.faults.add(path=ASKING, **fault)

    async with runware.open() as backend:
        with pytest.raises(Unavailable):
            await backend.probe()
