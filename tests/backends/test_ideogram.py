"""What only Ideogram does: the ticket is the answer, and some pictures are withheld."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.backends.base import Finished, ProviderName
from bot.backends.errors import Reason, Rejected, Unavailable, Unconfirmed
from bot.backends.ideogram_wire import Made
from bot.jobs.places import PLACES
from sandbox.providers.account import Account
from sandbox.providers.steps import Step
from tests.backends.conftest import QUICK, Bench, finished, registry_of, watched


async def submitted(bench: Bench, body: Any) -> list[Any]:
    """Submit a call that is answered so, and watch it."""
    bench.server.fail(Step.SUBMIT, status=200, body=body)
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
    assert set(json.loads(ticket)) == {"created", "data"}


@pytest.mark.parametrize(
    ("text", "created"),
    [
        ("2024-10-30T22:46:49.796902+00:00", datetime(2024, 10, 30, 22, 46, 49, 796902, UTC)),
        ("2000-01-23 04:56:07+00:00", datetime(2000, 1, 23, 4, 56, 7, tzinfo=UTC)),
        ("yesterday", None),
        (None, None),
    ],
)
async def test_when_the_request_was_taken_is_kept_in_the_ticket(
    ideogram: Bench, text: str | None, created: datetime | None
) -> None:
    body = {"created": text, "data": [item()]}
    ideogram.server.fail(Step.SUBMIT, status=200, body=body)

    async with ideogram.open() as backend:
        ticket = await backend.submit(ideogram.call())

    assert Made.model_validate_json(ticket).created == created


async def test_every_field_of_a_picture_is_kept(ideogram: Bench) -> None:
    told = item(seed=7, prompt="rewritten", style_type="ANIME", resolution="832x1248")

    [found] = await submitted(ideogram, {"data": [told]})

    [output] = found.outputs
    assert output.url == told["url"]
    assert output.seed == 7
    assert output.prompt == "rewritten"
    assert output.style == "ANIME"
    assert output.resolution == "832x1248"
    assert output.safe


@pytest.mark.parametrize(
    ("prompt", "safe"), [("__unsafe__", [False, False]), ("__mixed__", [True, False])]
)
@pytest.mark.parametrize("withheld", [None, ""])
async def test_a_withheld_picture_has_no_link_and_is_billed(
    ideogram: Bench, prompt: str, safe: list[bool], withheld: str | None
) -> None:
    ideogram.providers.ideogram.withheld_url = withheld

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

    assert bench.registry.longest_submit(ProviderName.IDEOGRAM) == 30


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


async def test_a_lost_call_cannot_be_asked_for(ideogram: Bench) -> None:
    async with ideogram.open() as backend:
        with pytest.raises(Unconfirmed):
            await backend.find(ideogram.call().key, count=1)

    assert ideogram.server.calls == []


async def test_as_many_pictures_as_there_are_slots_are_taken_at_once(ideogram: Bench) -> None:
    places = PLACES[ProviderName.IDEOGRAM]
    assert places is not None
    slots = places.limit
    assert slots == 10

    async with ideogram.open() as backend:
        calls = [ideogram.call(prompt="__unsafe__", count=slots // 5) for _ in range(5)]
        await asyncio.gather(*(backend.submit(call) for call in calls))

    assert len(ideogram.server.bill) == 5


async def test_one_picture_more_than_there_are_slots_is_taken_later(ideogram: Bench) -> None:
    ideogram.server.gate.clear()
    async with ideogram.open() as backend:
        # What is withheld is not painted.
        calls = [ideogram.call(prompt="__unsafe__", count=5) for _ in range(2)]
        running = [asyncio.create_task(backend.submit(call)) for call in calls]
        while ideogram.providers.ideogram.in_flight < 10:
            await asyncio.wait(running, timeout=0.01)
        with pytest.raises(Unavailable) as caught:
            await backend.submit(ideogram.call())
        ideogram.server.gate.set()
        await asyncio.gather(*running)

    assert caught.value.reason is Reason.BUSY
    assert "inflight_limit" in caught.value.detail


async def test_nobody_can_stop_what_is_done(ideogram: Bench) -> None:
    async with ideogram.open() as backend:
        assert not await backend.cancel(await backend.submit(ideogram.call()))


async def test_a_good_key_passes_the_probe_and_nothing_is_billed(ideogram: Bench) -> None:
    async with ideogram.open() as backend:
        await backend.probe()

    assert ideogram.submits() == 0
    assert len(ideogram.server.bill) == 0


async def test_an_account_that_is_not_well_does_not_pass_the_probe(ideogram: Bench) -> None:
    server = ideogram.providers.ideogram
    for account in (Account.REVOKED, Account.LOCKED, Account.BROKE):
        for status in (401, 402, 403):
            server.account, server.auth_status, server.funds_status = account, status, status
            async with ideogram.open() as backend:
                with pytest.raises(Rejected) as caught:
                    await backend.probe()

            assert caught.value.reason is Reason.ACCOUNT


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"drop": "before"}])
async def test_a_probe_that_fails_says_nothing_of_the_key(
    ideogram: Bench, fault: dict[str, Any]
) -> None:
    ideogram.server.faults.add(path="/models", **fault)

    async with ideogram.open() as backend:
        with pytest.raises(Unavailable):
            await backend.probe()
