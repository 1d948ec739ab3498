"""What an operator may set for Runware: delivery, output, upload, life, webhook, cost, safety."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from bot.backends.base import Finished, ProviderName
from bot.backends.errors import Reason, Rejected, Unconfirmed
from bot.backends.options import Delivery, OutputType, RunwareOptions
from sandbox.providers.steps import Step
from tests.backends.conftest import (
    IMPATIENT,
    QUICK,
    Bench,
    Loopback,
    finished,
    registry_of,
    watched,
)

SYNC = RunwareOptions(delivery=Delivery.SYNC)
INLINE = (OutputType.BASE64, OutputType.DATA_URI)


async def made(bench: Bench, **asked: Any) -> Finished:
    """Submit and watch one call."""
    async with bench.open() as backend:
        return await finished(backend, await backend.submit(bench.call(**asked)))


def task(bench: Bench) -> dict[str, Any]:
    """Give the last task that the stand-in accepted."""
    return bench.paid()[-1].body[0]


def questions(bench: Bench) -> int:
    """Count how often a task was asked for."""
    return sum(call.path == "/v1" for call in bench.server.calls) - bench.submits()


async def test_with_sync_delivery_the_answer_brings_the_results(runware: Bench) -> None:
    bench = runware.optional(SYNC)

    async with bench.open() as backend:
        ticket = await backend.submit(bench.call(count=2))
    async with bench.open() as backend:
        [found] = await watched(backend, ticket)

    assert isinstance(found, Finished)
    assert len(found.outputs) == 2
    assert found.cost == Decimal("0.16")
    assert task(bench)["deliveryMethod"] == "sync"
    assert questions(bench) == 0


async def test_with_sync_delivery_the_answer_is_waited_for_as_long_as_the_work(
    runware: Bench,
) -> None:
    pace = replace(QUICK, read=0.2, submit=0.2, synchronous_read=30, synchronous=31)
    options = {ProviderName.RUNWARE: SYNC}
    bench = replace(runware, registry=registry_of(runware.providers, pace, options=options))
    bench.server.latency = 0.5

    found = await made(bench)

    assert len(found.outputs) == 1
    assert bench.registry.longest_submit(ProviderName.RUNWARE) == 31
    assert runware.registry.longest_submit(ProviderName.RUNWARE) == QUICK.submit


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"cut": 1}, {"cut": 120}])
async def test_with_sync_delivery_a_lost_answer_is_asked_for_by_our_id(
    runware: Bench, fault: dict[str, Any]
) -> None:
    bench = runware.optional(SYNC)
    call = bench.call(count=2)
    bench.server.fail(Step.SUBMIT, **fault)

    async with bench.open() as backend:
        with pytest.raises(Unconfirmed):
            await backend.submit(call)
        ticket = await backend.find(call.key, count=2)
        assert ticket is not None
        found = await finished(backend, ticket)

    assert len(found.outputs) == 2
    assert len(bench.server.bill) == 1


async def test_with_sync_delivery_work_that_is_not_done_in_time_goes_on(runware: Bench) -> None:
    options = {ProviderName.RUNWARE: SYNC}
    bench = replace(runware, registry=registry_of(runware.providers, IMPATIENT, options=options))
    bench.server.gate.clear()
    call = bench.call()

    async with bench.open() as backend:
        with pytest.raises(Unconfirmed):
            await backend.submit(call)
        ticket = await backend.find(call.key, count=1)
        bench.server.gate.set()
        assert ticket is not None
        found = await finished(backend, ticket)

    assert len(found.outputs) == 1
    assert bench.submits() == 1


async def test_with_sync_delivery_pictures_are_kept_where_others_failed(runware: Bench) -> None:
    found = await made(runware.optional(SYNC), prompt="__partial:2__", count=3)

    assert len(found.outputs) == 2
    assert found.cost == Decimal("0.16") == runware.server.bill.total


async def test_with_sync_delivery_a_failure_is_told_by_the_task_itself(runware: Bench) -> None:
    bench = runware.optional(SYNC)
    call = bench.call(prompt="__timeout__")

    async with bench.open() as backend:
        with pytest.raises(Unconfirmed):
            await backend.submit(call)
        ticket = await backend.find(call.key, count=1)
        assert ticket is not None
        with pytest.raises(Rejected) as caught:
            await finished(backend, ticket)

    assert caught.value.reason is Reason.UPSTREAM
    assert len(bench.server.bill) == 0


async def test_with_sync_delivery_unsafe_content_is_refused_at_once(runware: Bench) -> None:
    with pytest.raises(Rejected) as caught:
        await made(runware.optional(SYNC), prompt="__policy__")

    assert caught.value.reason is Reason.POLICY


@pytest.mark.parametrize("output_type", INLINE)
@pytest.mark.parametrize("delivery", Delivery)
async def test_a_picture_inside_the_answer_is_written_to_the_file(
    runware: Bench, tmp_path: Path, output_type: OutputType, delivery: Delivery
) -> None:
    bench = runware.optional(RunwareOptions(delivery=delivery, output_type=output_type))

    async with bench.open() as backend:
        ticket = await backend.submit(bench.call(count=2))
        found = await finished(backend, ticket)
        for number, output in enumerate(found.outputs):
            await backend.fetch(output, tmp_path / str(number))

    assert task(bench)["outputType"] == output_type
    # A ticket is stored, so it holds no pictures: they are asked for again.
    assert len(ticket) < 200
    assert (tmp_path / "0").read_bytes() != (tmp_path / "1").read_bytes()
    for number in range(2):
        Image.open(tmp_path / str(number)).verify()
    assert not any("/image/" in call.path for call in bench.server.calls)


@pytest.mark.usefixtures("detailed")
async def test_more_than_a_megabyte_of_pictures_inside_an_answer_is_read(
    runware: Bench, tmp_path: Path
) -> None:
    bench = runware.optional(RunwareOptions(output_type=OutputType.DATA_URI))
    Image.effect_noise((1152, 864), 120).save(bench.source.path, "PNG")

    async with bench.open() as backend:
        ticket = await backend.submit(bench.call(count=2, strength=100))
        found = await finished(backend, ticket)
        await backend.fetch(found.outputs[1], tmp_path / "result")

    assert sum(len(output.url or "") for output in found.outputs) > 1_000_000
    Image.open(tmp_path / "result").verify()


async def test_base64_that_is_broken_is_no_result(runware: Bench, tmp_path: Path) -> None:
    bench = runware.optional(RunwareOptions(output_type=OutputType.BASE64))
    call = bench.call()
    body = {"data": [{"taskUUID": call.key, "imageUUID": "1", "imageBase64Data": "&&&&"}]}

    async with bench.open() as backend:
        ticket = await backend.submit(call)
        bench.server.fail(Step.STATUS, status=200, body=body)
        found = await finished(backend, ticket)
        with pytest.raises(Rejected) as caught:
            await backend.fetch(found.outputs[0], tmp_path / "result")

    assert caught.value.reason is Reason.NO_RESULT
    assert not (tmp_path / "result").exists()


@dataclass
class Storage:
    """An operator's own place for results."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    status: int = 200


@pytest.fixture
async def storage(loopback: Loopback) -> Storage:
    found = Storage()

    async def take(request: web.Request) -> web.Response:
        found.files[request.path] = await request.read()
        return web.Response(status=found.status)

    found.url = await loopback.web(web.put("/{name:.*}", take))
    return found


async def test_a_single_result_is_put_where_the_operator_wants_it(
    runware: Bench, storage: Storage, tmp_path: Path
) -> None:
    endpoint = f"{storage.url}/kept/{{task}}.png"
    bench = runware.optional(RunwareOptions(upload_endpoint=endpoint))
    call = bench.call()

    async with bench.open() as backend:
        found = await finished(backend, await backend.submit(call))
        await backend.fetch(found.outputs[0], tmp_path / "result")

    assert storage.files == {f"/kept/{call.key}.png": (tmp_path / "result").read_bytes()}


async def test_several_results_are_put_nowhere(runware: Bench, storage: Storage) -> None:
    bench = runware.optional(RunwareOptions(upload_endpoint=f"{storage.url}/{{task}}"))

    await made(bench, count=2)

    assert "uploadEndpoint" not in task(bench)
    assert storage.files == {}


async def test_a_result_that_the_operators_place_does_not_take_is_lost_and_billed(
    runware: Bench, storage: Storage
) -> None:
    storage.status = 507
    bench = runware.optional(RunwareOptions(upload_endpoint=f"{storage.url}/{{task}}"))

    with pytest.raises(Rejected) as caught:
        await made(bench)

    assert caught.value.billed
    assert bench.server.bill.total == bench.entry.price


async def test_links_live_as_long_as_the_operator_says(runware: Bench, tmp_path: Path) -> None:
    bench = runware.optional(RunwareOptions(ttl=7200))

    async with bench.open() as backend:
        found = await finished(backend, await backend.submit(bench.call()))
        await backend.fetch(found.outputs[0], tmp_path / "early")
        bench.server.clock.advance(7201)
        with pytest.raises(Rejected):
            await backend.fetch(found.outputs[0], tmp_path / "late")

    assert task(bench)["ttl"] == 7200


async def test_a_life_is_not_asked_for_pictures_inside_the_answer(runware: Bench) -> None:
    bench = runware.optional(RunwareOptions(ttl=7200, output_type=OutputType.BASE64))

    await made(bench)

    assert "ttl" not in task(bench)


@dataclass
class Listener:
    """Someone who is told of results."""

    url: str = ""
    heard: list[Any] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)


@pytest.fixture
async def listener(loopback: Loopback) -> Listener:
    found = Listener()

    async def hear(request: web.Request) -> web.Response:
        found.heard.append(json.loads(await request.read()))
        found.news.set()
        return web.Response()

    found.url = await loopback.web(web.post("/{name:.*}", hear))
    return found


async def test_results_are_reported_to_us_with_the_calls_secret(
    runware: Bench, listener: Listener
) -> None:
    call = runware.call(webhook=f"{listener.url}/hooks/runware/secret")

    async with runware.open() as backend:
        found = await finished(backend, await backend.submit(call))
        async with asyncio.timeout(5):
            await listener.news.wait()

    assert task(runware)["webhookURL"] == f"{listener.url}/hooks/runware/secret"
    [item] = listener.heard[0]["data"]
    assert item["taskUUID"] == call.key
    assert item["imageUUID"] == found.outputs[0].image_id


async def test_our_webhook_goes_before_the_operators(runware: Bench, listener: Listener) -> None:
    bench = runware.optional(RunwareOptions(webhook_url=f"{listener.url}/theirs"))
    bench.server.gate.clear()

    async with bench.open() as backend:
        await backend.submit(bench.call())
        theirs = task(bench)["webhookURL"]
        await backend.submit(bench.call(webhook=f"{listener.url}/ours"))

    assert theirs == f"{listener.url}/theirs"
    assert task(bench)["webhookURL"] == f"{listener.url}/ours"


async def test_a_cost_is_told_unless_the_operator_does_not_want_it(runware: Bench) -> None:
    bench = runware.optional(RunwareOptions(include_cost=False))

    found = await made(bench)

    assert found.cost is None
    assert task(bench)["includeCost"] is False


async def test_content_is_checked_unless_the_operator_turns_it_off(runware: Bench) -> None:
    bench = runware.optional(RunwareOptions(check_content=False))

    checked = await made(runware, prompt="__nsfw__")
    unchecked = await made(bench, prompt="__nsfw__")

    assert [output.safe for output in checked.outputs] == [False]
    assert [output.safe for output in unchecked.outputs] == [True]
    assert task(bench)["safety"] == {"checkContent": False}


async def test_an_answer_over_its_limit_is_asked_for_again(runware: Bench) -> None:
    huge = b"[" + b" " * 1_000_001
    runware.server.fail(Step.STATUS, status=200, body=huge, times=2)

    found = await made(runware)

    assert len(found.outputs) == 1
