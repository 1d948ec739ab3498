"""What only Runware does: the first look, several pictures, flags, and many error codes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from bot.backends.base import Finished, Reason, Rejected, Running, Unavailable, Unconfirmed
from bot.backends.pace import Pace
from bot.backends.registry import Registry
from bot.backends.runware_wire import Fault, Kind, Reply
from tests.backends.conftest import QUICK, Bench, finished, registry_of, watched

ASKING = r"^/v1$"


async def replied(bench: Bench, *replies: Any, status: int = 200) -> Finished:
    """Watch a call of two pictures that is answered so, one after the other."""
    call = bench.call(count=2)
    async with bench.open() as backend:
        ticket = await backend.submit(call)
        for reply in replies:
            for item in (*reply.get("data", ()), *reply.get("errors", ())):
                if isinstance(item, dict):
                    item.setdefault("taskUUID", call.key)
            bench.server.faults.add(path=ASKING, status=status, body=reply)
        bench.server.faults.add(path=ASKING, times=None, status=500)
        return await finished(backend, ticket)


def picture(number: int, **more: Any) -> dict[str, Any]:
    link = f"https://im.runware.ai/{number}.png"
    return {"imageUUID": str(number), "imageURL": link, "cost": 0.08, "seed": number, **more}


async def test_it_is_first_asked_shortly_before_its_usual_time(runware: Bench) -> None:
    entry = replace(runware.entry, usual_seconds=0.5)
    pace = replace(QUICK, first_look=Pace().first_look)
    registry: Registry = registry_of(runware.providers, pace, (entry,))
    bench = replace(runware, registry=registry)

    async with bench.open() as backend:
        found = await watched(backend, await backend.submit(bench.call()))

    submitted, first, *_ = (call.at for call in bench.server.calls if call.path == "/v1")
    assert found[0] == Running()
    assert first - submitted >= 0.39


async def test_after_a_restart_it_is_asked_at_once(runware: Bench) -> None:
    pace = replace(QUICK, first_look=1000)
    bench = replace(runware, registry=registry_of(runware.providers, pace))

    async with bench.open() as backend:
        found = await watched(backend, await backend.submit(bench.call()), age=10_001)

    assert isinstance(found[-1], Finished)


async def test_all_pictures_are_waited_for(runware: Bench) -> None:
    waiting = {"data": [picture(1, status="success"), {"status": "processing"}]}
    done = {"data": [picture(2, status="success"), picture(1, status="success")]}

    found = await replied(runware, waiting, done)

    assert [output.image_id for output in found.outputs] == ["2", "1"]
    assert found.cost == Decimal("0.16")


async def test_pictures_that_came_are_kept_where_others_failed(runware: Bench) -> None:
    failure = {"code": "timeoutProvider", "status": "error"}

    found = await replied(runware, {"data": [picture(1)], "errors": [failure]})

    assert [output.image_id for output in found.outputs] == ["1"]


async def test_pictures_that_came_are_kept_where_others_never_come(runware: Bench) -> None:
    found = await replied(runware, *[{"data": [picture(1)]} for _ in range(QUICK.patience + 1)])

    assert len(found.outputs) == 1


async def test_a_failure_within_the_data_is_a_failure(runware: Bench) -> None:
    failure = {"status": "error", "error": {"code": "promptBlocked", "message": "a secret"}}

    with pytest.raises(Rejected) as caught:
        await replied(runware, {"data": [failure, {"status": "error"}]})

    assert caught.value.reason is Reason.POLICY
    assert "secret" not in str(caught.value)


async def test_the_tasks_of_others_are_none_of_ours(runware: Bench) -> None:
    other = {"taskUUID": str(uuid4())}
    failure = {"code": "promptBlocked", "status": "error", **other}
    foreign = {"data": [picture(7, **other), picture(8, **other)], "errors": [failure]}

    found = await replied(runware, foreign, {"data": [picture(1), picture(2)]})

    assert [output.image_id for output in found.outputs] == ["1", "2"]


async def test_a_failed_question_is_no_failed_task(runware: Bench) -> None:
    broken = {"errors": [{"code": "internalServerError"}]}

    call = runware.call()
    async with runware.open() as backend:
        ticket = await backend.submit(call)
        runware.server.faults.add(path=ASKING, times=5, status=503, body=broken)
        found = await finished(backend, ticket)

    assert len(found.outputs) == 1


async def test_a_flagged_picture_loses_its_link(runware: Bench) -> None:
    async with runware.open() as backend:
        ticket = await backend.submit(runware.call(prompt="__mixed__", count=2))
        safe, unsafe = (await finished(backend, ticket)).outputs

    assert safe.safe
    assert safe.url is not None
    assert not unsafe.safe
    assert unsafe.url is None


async def test_a_cost_is_known_only_if_it_is_of_each(runware: Bench) -> None:
    found = await replied(runware, {"data": [picture(1), picture(2, cost=None)]})

    assert found.cost is None


async def test_what_is_not_as_expected_costs_no_picture(runware: Bench) -> None:
    strange = {"seed": "many", "cost": -1, "NSFWContent": [], "imageUUID": 3}

    found = await replied(runware, {"data": [picture(1, **strange), picture(2), 5], "new": 1})

    assert found.outputs[0].url is not None
    assert found.outputs[0].seed is None
    assert found.outputs[0].safe
    assert found.cost is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("conflictTaskUUID", Kind.CONFLICT),
        ("insufficientCredits", Kind.ACCOUNT),
        ("exceededQuota", Kind.ACCOUNT),
        ("paymentRequired", Kind.ACCOUNT),
        ("invalidApiKey", Kind.ACCOUNT),
        ("exceededRateLimit", Kind.BUSY),
        ("rateLimitExceeded", Kind.BUSY),
        ("providerContentPolicyViolation", Kind.POLICY),
        ("invalidProviderContent", Kind.POLICY),
        ("promptBlocked", Kind.POLICY),
        ("timeoutProvider", Kind.TIMEOUT),
        ("providerTimeout", Kind.TIMEOUT),
        ("taskNotFound", Kind.UNKNOWN_TASK),
        ("taskFailedOrNotFound", Kind.UNKNOWN_TASK),
        ("resultExpired", Kind.UNKNOWN_TASK),
        ("modelNotFound", Kind.BAD_REQUEST),
        ("internalServerError", Kind.UPSTREAM),
        ("providerError", Kind.UPSTREAM),
        ("noAvailableServer", Kind.UPSTREAM),
        ("downloadFailed", Kind.BAD_IMAGE),
        ("invalidDimensions", Kind.BAD_REQUEST),
        ("missingPositivePrompt", Kind.BAD_REQUEST),
        ("unsupportedParameter", Kind.BAD_REQUEST),
        ("somethingNew", Kind.OTHER),
        ("", Kind.OTHER),
        (None, Kind.OTHER),
    ],
)
def test_a_code_is_judged_loosely(code: str | None, kind: Kind) -> None:
    assert Fault(code=code).kind is kind


def test_a_wrong_value_of_the_source_is_a_bad_image() -> None:
    assert Fault(code="invalidReferenceImages", parameter="inputs.x").kind is Kind.BAD_IMAGE
    assert Fault(code="invalidStyleType", parameter="providerSettings.x").kind is Kind.BAD_REQUEST


def test_an_error_beside_the_list_is_read_too() -> None:
    reply = Reply.model_validate({"error": {"code": "invalidApiKey", "message": "m"}})

    assert [fault.kind for fault in reply.faults("any")] == [Kind.ACCOUNT]
    assert reply.faults("any")[0].text == "Runware said invalidApiKey"


@pytest.mark.parametrize(
    ("code", "status", "error", "reason"),
    [
        ("invalidModel", 400, Rejected, Reason.BAD_REQUEST),
        ("modelNotFound", 404, Rejected, Reason.BAD_REQUEST),
        ("promptBlocked", 200, Rejected, Reason.POLICY),
        ("downloadFailed", 400, Rejected, Reason.BAD_IMAGE),
        ("insufficientCredits", 402, Rejected, Reason.ACCOUNT),
        ("exceededRateLimit", 429, Unavailable, Reason.BUSY),
        ("exceededRateLimit", 200, Unavailable, Reason.BUSY),
        ("timeoutProvider", 200, Unconfirmed, Reason.UPSTREAM),
        ("providerError", 200, Unconfirmed, Reason.UPSTREAM),
        ("somethingNew", 200, Unconfirmed, Reason.UPSTREAM),
        ("somethingNew", 400, Rejected, Reason.BAD_REQUEST),
        ("internalServerError", 500, Unconfirmed, Reason.UPSTREAM),
        ("insufficientCredits", 503, Unconfirmed, Reason.UPSTREAM),
    ],
)
async def test_a_refused_submit_says_what_to_do(
    runware: Bench, code: str, status: int, error: type[Exception], reason: Reason
) -> None:
    body = {"errors": [{"code": code, "message": "a secret", "parameter": "a secret"}]}
    runware.server.faults.add(path=ASKING, status=status, body=body)

    async with runware.open() as backend:
        with pytest.raises((Rejected, Unavailable, Unconfirmed)) as caught:
            await backend.submit(runware.call())

    assert type(caught.value) is error
    assert caught.value.reason is reason
    assert "secret" not in str(caught.value)


async def test_nobody_can_stop_a_task(runware: Bench) -> None:
    async with runware.open() as backend:
        ticket = await backend.submit(runware.call())

        assert not await backend.cancel(ticket)
