"""What every backend promises, tried against the stand-ins of their providers."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.backends.base import Finished, MagicPrompt, Operation, ProviderName, Source
from bot.backends.catalogue import CATALOGUE, by_name
from bot.backends.entry import Direction, Entry, Feature
from bot.backends.errors import BackendError, Reason, Rejected, Unavailable, Unconfirmed
from bot.backends.registry import Registry
from bot.backends.shapes import ratio, shape
from sandbox.providers import Providers
from sandbox.providers.pictures import cropped, difference
from sandbox.providers.sizes import Size
from tests.backends.conftest import QUICK, Bench, bench_of, finished, watched

ROOT = Path(__file__).parents[2]


async def remixed(bench: Bench, to: Path, **asked: Any) -> Finished:
    """Submit, watch and fetch one remix; the first picture is in `to`."""
    async with bench.open() as backend:
        found = await finished(backend, await backend.submit(bench.call(**asked)))
        await backend.fetch(found.outputs[0], to)
    return found


async def test_a_request_is_submitted_watched_fetched_and_billed_once(
    each: Bench, tmp_path: Path
) -> None:
    found = await remixed(each, tmp_path / "result")

    # Without a source the picture is square; with one it has its shape, or the chosen one.
    expected = 1.0 if each.entry.operation is Operation.GENERATE else 4 / 3
    with Image.open(tmp_path / "result") as picture:
        picture.load()
        assert picture.format == "PNG"
        assert picture.width / picture.height == pytest.approx(expected, rel=0.02)
    [output] = found.outputs
    assert output.safe
    assert output.seed is not None
    [charge] = each.server.bill
    # Which model Ideogram chose, it does not say; the dearest is reserved.
    assert charge.usd == each.entry.price or each.entry.model == "AUTO"
    assert charge.usd <= each.entry.price
    assert found.cost in (None, charge.usd)


async def test_what_a_provider_tells_of_a_picture_is_kept(bench: Bench, tmp_path: Path) -> None:
    found = await remixed(bench, tmp_path / "result", magic_prompt=MagicPrompt.ON)

    [output] = found.outputs
    match bench.entry.provider:
        case ProviderName.FAL:
            assert output.content_type == "image/png"
            assert output.file_name is not None
            assert output.file_size == (tmp_path / "result").stat().st_size
        case ProviderName.RUNWARE:
            assert output.image_id is not None
            assert found.cost == bench.entry.price
        case ProviderName.IDEOGRAM:
            assert output.prompt is not None
            assert output.prompt.startswith("a lighthouse in a storm")
            assert output.resolution is not None
            assert output.style == "GENERAL"


@pytest.mark.parametrize("aspect", ["16:9", "10:16", "1:3"])
async def test_a_chosen_aspect_gives_a_picture_of_that_shape(
    bench: Bench, tmp_path: Path, aspect: str
) -> None:
    size = bench.entry.aspects[aspect]

    await remixed(bench, tmp_path / "result", aspect=aspect)

    with Image.open(tmp_path / "result") as picture:
        assert picture.width / picture.height == pytest.approx(ratio(aspect), rel=0.03)
        assert size is None or picture.size == (size.width, size.height)


async def test_everything_that_a_backend_takes_is_taken(bench: Bench, tmp_path: Path) -> None:
    entry = bench.entry
    asked: dict[str, Any] = {"count": entry.max_count if entry.max_count < 10 else 3}
    if entry.takes(Feature.SEED):
        asked["seed"] = 2**31 - 1
    if entry.takes(Feature.NEGATIVE):
        asked["negative"] = "rain, \u00fcmlauts and \U0001f408"

    found = await remixed(bench, tmp_path / "result", prompt="\U0001f408 " * 300, **asked)

    assert len(found.outputs) == asked["count"]
    if entry.takes(Feature.SEED):
        assert found.outputs[0].seed == 2**31 - 1
    assert bench.server.bill.total == entry.price * len(found.outputs)


async def distances(bench: Bench, tmp_path: Path, *strengths: int) -> list[float]:
    """Measure how far results of these strengths lie from the source."""
    found: list[float] = []
    for strength in strengths:
        asked = {"seed": 7} if bench.entry.takes(Feature.SEED) else {}
        await remixed(bench, tmp_path / "result", strength=strength, **asked)
        with Image.open(tmp_path / "result") as picture:
            base = cropped(bench.source.path.read_bytes(), Size(*picture.size))
            found.append(difference(base, picture.convert("RGB")))
    return found


STRONG = [entry for entry in CATALOGUE if entry.takes(Feature.STRENGTH)]


@pytest.mark.parametrize("entry", STRONG, ids=lambda entry: entry.name)
async def test_a_closer_strength_gives_a_closer_picture(
    entry: Entry, providers: Providers, source: Source, tmp_path: Path
) -> None:
    bench = bench_of(entry.name, providers, source)

    close, far = await distances(bench, tmp_path, 75, 25)

    assert far > close + 10


async def test_an_operator_can_turn_the_direction_of_strength(bench: Bench, tmp_path: Path) -> None:
    turned = {Direction.CLOSER: Direction.FURTHER, Direction.FURTHER: Direction.CLOSER}
    bench = bench.altered(strength=turned[bench.entry.strength])

    close, far = await distances(bench, tmp_path, 90, 10)

    assert close > far + 10


async def test_a_new_process_goes_on_from_the_ticket(bench: Bench, tmp_path: Path) -> None:
    server, synchronous = bench.server, bench.entry.provider is ProviderName.IDEOGRAM
    if not synchronous:
        server.gate.clear()
    async with bench.open() as backend:
        ticket = await backend.submit(bench.call())
    before = len(server.calls)
    told = {
        "name": bench.entry.name,
        "provider": bench.entry.provider,
        "key": server.key,
        "url": server.url,
        "ticket": ticket,
        "to": str(tmp_path / "result"),
    }

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.backends.resume"), cwd=ROOT, stdin=asyncio.subprocess.PIPE
    )
    done = asyncio.create_task(process.communicate(json.dumps(told).encode()))
    while len(server.calls) == before and not done.done():
        await asyncio.wait([done], timeout=0.02)
    server.gate.set()
    await done

    assert process.returncode == 0
    Image.open(io.BytesIO((tmp_path / "result").read_bytes())).verify()
    assert len(server.bill) == 1
    assert bench.submits() == 1


async def outcome(bench: Bench, **asked: Any) -> BackendError | Finished:
    """Submit and watch one remix; gives its end, good or bad."""
    try:
        async with bench.open() as backend:
            return await finished(backend, await backend.submit(bench.call(**asked)))
    except BackendError as error:
        return error


REFUSALS = {
    "__policy__": Reason.POLICY,
    "__policyimage__": Reason.POLICY,
    "__locked__": Reason.ACCOUNT,
    "__broke__": Reason.ACCOUNT,
}


@pytest.mark.parametrize("trigger", REFUSALS)
async def test_a_refusal_is_for_good_and_says_why(bench: Bench, trigger: str) -> None:
    found = await outcome(bench, prompt=f"a secret {trigger}")

    assert isinstance(found, Rejected)
    assert found.reason is REFUSALS[trigger]
    assert "secret" not in str(found)
    assert bench.server.key not in str(found)
    assert len(bench.server.bill) == 0


@pytest.mark.parametrize("trigger", ["__down__", "__timeout__"])
async def test_a_model_that_fails_is_the_providers_fault(bench: Bench, trigger: str) -> None:
    found = await outcome(bench, prompt=trigger)

    # Ideogram's work and its paid call are one: its end cannot be told from a lost answer.
    synchronous = bench.entry.provider is ProviderName.IDEOGRAM
    assert type(found) is (Unconfirmed if synchronous else Rejected)
    assert isinstance(found, BackendError)
    assert found.reason is Reason.UPSTREAM
    assert len(bench.server.bill) == 0


async def test_a_busy_provider_takes_the_call_later(bench: Bench) -> None:
    found = [await outcome(bench, prompt="__429__") for _ in range(3)]

    busy, again, done = found
    assert isinstance(busy, Unavailable)
    assert busy.reason is Reason.BUSY
    assert busy.retry_in >= QUICK.retry
    assert isinstance(again, Unavailable)
    assert isinstance(done, Finished)
    assert len(bench.server.bill) == 1


async def test_a_wrong_key_is_the_operators_matter(bench: Bench) -> None:
    bench.server.key = "another-id:another-secret"

    found = await outcome(bench)

    assert isinstance(found, Rejected)
    assert found.reason is Reason.ACCOUNT
    assert not found.billed


async def test_a_parameter_that_is_not_taken_is_a_bad_request(bench: Bench) -> None:
    inputs = dict(bench.entry.inputs)
    inputs[Feature.STYLE] = replace(inputs[Feature.STYLE], values={"auto": "NO_SUCH_STYLE"})
    bench = bench.altered(inputs=inputs)

    found = await outcome(bench, style="auto")

    assert isinstance(found, Rejected)
    assert found.reason is Reason.BAD_REQUEST


def altered(source: Source, data: bytes) -> Source:
    """Give the source other bytes."""
    source.path.write_bytes(data)
    return replace(source, size=len(data))


@pytest.mark.parametrize("data", [b"no picture at all", b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 99])
async def test_a_source_that_is_no_picture_is_a_bad_image(bench: Bench, data: bytes) -> None:
    found = await outcome(bench, source=altered(bench.source, data))

    assert isinstance(found, Rejected)
    assert found.reason is Reason.BAD_IMAGE


async def test_a_source_that_is_gone_is_a_bad_image_and_nothing_is_sent(bench: Bench) -> None:
    bench.source.path.unlink()

    found = await outcome(bench)

    assert isinstance(found, Rejected)
    assert found.reason is Reason.BAD_IMAGE
    assert bench.server.calls == []


async def test_a_large_source_is_taken_by_all(bench: Bench, large_source: Source) -> None:
    found = await outcome(bench, source=large_source)

    assert isinstance(found, Finished)


async def test_a_source_over_the_providers_limit_is_a_bad_image(bench: Bench) -> None:
    # What follows a picture's end does not make it less of a picture.
    data = bench.source.path.read_bytes().ljust(25_000_001, b"\0")

    found = await outcome(bench, source=altered(bench.source, data))

    assert isinstance(found, Rejected)
    assert found.reason is Reason.BAD_IMAGE


@pytest.mark.parametrize("ticket", ["", "null", "{}", "[]", '{"request_id": "x"}', '{"data": 1}'])
async def test_a_ticket_that_is_none_is_unconfirmed(bench: Bench, ticket: str) -> None:
    async with bench.open() as backend:
        with pytest.raises(Unconfirmed):
            await watched(backend, ticket)
        assert not await backend.cancel(ticket)


async def test_a_dead_link_is_no_result(bench: Bench, tmp_path: Path) -> None:
    async with bench.open() as backend:
        found = await finished(backend, await backend.submit(bench.call(prompt="__gone__")))
        with pytest.raises(Rejected) as caught:
            await backend.fetch(found.outputs[0], tmp_path / "result")

    assert caught.value.reason is Reason.NO_RESULT
    assert caught.value.billed
    assert not (tmp_path / "result").exists()


async def test_a_result_that_cannot_be_read_now_is_read_later(bench: Bench, tmp_path: Path) -> None:
    async with bench.open() as backend:
        found = await finished(backend, await backend.submit(bench.call()))
        faults: tuple[dict[str, Any], ...] = ({"status": 500}, {"drop": "before"}, {"cut": 100})
        for fault in faults:
            bench.server.faults.add(method="GET", path=r"\.png", **fault)
            with pytest.raises(Unavailable):
                await backend.fetch(found.outputs[0], tmp_path / "result")
            assert not (tmp_path / "result").exists()
        await backend.fetch(found.outputs[0], tmp_path / "result")

    Image.open(tmp_path / "result").verify()


async def test_news_is_told_once(bench: Bench) -> None:
    async with bench.open() as backend:
        found = await watched(backend, await backend.submit(bench.call()))

    assert not any(one == next_ for one, next_ in pairwise(found))


def test_backends_are_offered_with_a_key_and_not_without(bench: Bench) -> None:
    registry = bench.registry
    bare = Registry(registry._http, {})

    assert registry.offered == CATALOGUE
    assert bare.offered == ()
    assert registry.entry(bench.entry.name) == by_name(bench.entry.name)
    # The shortest lease that the settings allow is 160 s.
    assert registry.longest_submit(bench.entry.provider) <= 150
    with pytest.raises(LookupError):
        bare.entry(bench.entry.name)
    with pytest.raises(LookupError):
        registry.entry("ideogram-v2", Operation.GENERATE)


async def test_the_shape_that_is_asked_for_is_the_nearest(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    Image.new("RGB", (1000, 340), "teal").save(path)
    wide = replace(bench.source, path=path, size=path.stat().st_size, width=1000, height=340)

    await remixed(bench, tmp_path / "result", source=wide)

    expected = shape(bench.entry, bench.call().request, (1000, 340))
    assert expected is not None
    with Image.open(tmp_path / "result") as picture:
        assert picture.width / picture.height == pytest.approx(expected.ratio, rel=0.03)
