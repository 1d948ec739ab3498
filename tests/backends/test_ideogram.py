"""What only Ideogram does: the ticket is the answer, and some pictures are withheld."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from bot.backends.base import Finished, ProviderName, Reason, Rejected, Unavailable, Unconfirmed
from bot.backends.catalogue import SLOTS
from tests.backends.conftest import QUICK, Bench, finished, registry_of, watched


async def submitted(bench: Bench, body: Any, *, status: int = 200) -> list[Any]:
    """Submit a call that is answered so, and watch it."""
    bench.server.faults.add(path="/remix", status=status, body=body)
    async with bench.open() as backend:
        return await watched(backend, await backend.submit(bench.call()))


def item(**more: Any) -> dict[str, Any]:
    link = "https://ideogram.ai/api/images/x.png"
    return {"prompt": "p", "resolution": "1024x1024", "is_image_safe": True, "seed": 1,
            "url": link, **more}  # fmt: skip


async def test_the_ticket_is_the_result_and_nobody_is_asked_again(ideogram: Bench) -> None:
    async with ideogram.open() as backend:
        ticket = await backend.submit(ideogram.call(count=2, seed=5))
    before = len(ideogram.server.calls)
    async with ideogram.open() as backend:
        [found] = await watched(backend, ticket)

    assert isinstance(found, Finished)
    assert [output.seed for output in found.outputs] == [5, 6]
    assert len(ideogram.server.calls) == before
    assert set(json.loads(ticket)) == {"data"}


@pytest.mark.parametrize(
    ("prompt", "safe"), [("__unsafe__", [False, False]), ("__mixed__", [True, False])]
)
async def test_a_withheld_picture_has_no_link_and_is_billed(
    ideogram: Bench, prompt: str, safe: list[bool]
) -> None:
    async with ideogram.open() as backend:
        ticket = await backend.submit(ideogram.call(prompt=prompt, count=2))
        found = await finished(backend, ticket)

    assert [output.safe for output in found.outputs] == safe
    assert [output.url is not None for output in found.outputs] == safe
    [charge] = ideogram.server.bill
    assert charge.usd == 2 * ideogram.entry.price


async def test_its_answer_is_waited_for_longer_than_others(ideogram: Bench) -> None:
    pace = replace(QUICK, read=0.2, submit=0.2, synchronous_read=30, synchronous=30)
    bench = replace(ideogram, registry=registry_of(ideogram.providers, pace))
    bench.server.latency = 0.5

    async with bench.open() as backend:
        await backend.submit(bench.call())

    assert bench.registry.longest_submit(bench.entry.name) == 30


@pytest.mark.parametrize("strange", [{"url": ""}, {"url": None}, {"is_image_safe": False}])
async def test_a_picture_without_link_or_safety_is_withheld(
    ideogram: Bench, strange: dict[str, Any]
) -> None:
    [found] = await submitted(ideogram, {"data": [item(**strange)]})

    assert not found.outputs[0].safe
    assert found.outputs[0].url is None


async def test_what_is_not_as_expected_costs_no_picture(ideogram: Bench) -> None:
    strange = {"seed": "x", "resolution": 5, "style_type": [], "prompt": None, "new": {}}
    bare = {"url": "https://ideogram.ai/y.png"}
    body = {"created": "2024-10-30 22:46:49Z", "data": [item(**strange), bare, 7], "notice": "n"}

    [found] = await submitted(ideogram, body)

    assert len(found.outputs) == 2
    assert all(output.safe and output.url for output in found.outputs)
    assert found.outputs[0].seed is None


async def test_a_resolution_after_upscaling_is_the_one(ideogram: Bench) -> None:
    [found] = await submitted(ideogram, {"data": [item(upscaled_resolution="2048x2048")]})

    assert found.outputs[0].resolution == "2048x2048"


async def test_an_answer_without_pictures_is_unconfirmed(ideogram: Bench) -> None:
    with pytest.raises(Unconfirmed):
        await submitted(ideogram, {"created": "now", "data": []})


@pytest.mark.parametrize(
    ("status", "body", "error", "reason"),
    [
        (400, {"error": "image_file: too large"}, Rejected, Reason.BAD_IMAGE),
        (400, {"message": "Invalid image format"}, Rejected, Reason.BAD_IMAGE),
        (400, {"error": "image_weight must be <= 100"}, Rejected, Reason.BAD_REQUEST),
        (400, {"error": "image_request: bad prompt"}, Rejected, Reason.BAD_REQUEST),
        (400, b"plain text", Rejected, Reason.BAD_REQUEST),
        (401, {"error": "no"}, Rejected, Reason.ACCOUNT),
        (402, {"reject_reason": "insufficient_funds"}, Rejected, Reason.ACCOUNT),
        (403, b"", Rejected, Reason.ACCOUNT),
        (413, b"", Rejected, Reason.BAD_IMAGE),
        (422, {"error": "Image provided failed safety check"}, Rejected, Reason.POLICY),
        (422, b"", Rejected, Reason.POLICY),
        (429, {"reject_reason": "inflight_limit"}, Unavailable, Reason.BUSY),
        (500, {"error": "no"}, Unconfirmed, Reason.UPSTREAM),
        (504, b"upstream request timeout", Unconfirmed, Reason.UPSTREAM),
    ],
)
async def test_a_refusal_says_what_to_do(
    ideogram: Bench, status: int, body: Any, error: type[Exception], reason: Reason
) -> None:
    with pytest.raises((Rejected, Unavailable, Unconfirmed)) as caught:
        await submitted(ideogram, body, status=status)

    assert type(caught.value) is error
    assert caught.value.reason is reason
    assert str(status) in str(caught.value)


async def test_what_it_says_of_a_refusal_is_not_repeated(ideogram: Bench) -> None:
    body = {"error": "your prompt 'a secret' is bad", "reject_reason": "a secret too"}

    with pytest.raises(Rejected) as caught:
        await submitted(ideogram, body, status=400)

    assert "secret" not in str(caught.value)


async def test_as_many_pictures_as_there_are_slots_are_taken_at_once(ideogram: Bench) -> None:
    slots = SLOTS[ProviderName.IDEOGRAM]
    assert slots == 10

    async with ideogram.open() as backend:
        calls = [ideogram.call(count=slots // 5) for _ in range(5)]
        await asyncio.gather(*(backend.submit(call) for call in calls))

    assert len(ideogram.server.bill) == 5


async def test_nobody_can_stop_what_is_done(ideogram: Bench) -> None:
    async with ideogram.open() as backend:
        assert not await backend.cancel(await backend.submit(ideogram.call()))
