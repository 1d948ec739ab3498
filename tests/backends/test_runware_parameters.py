"""Every parameter of Runware's remix, and each of its values, as it goes over the wire."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.backends.base import (
    MagicPrompt,
    Palette,
    PictureFormat,
    ProviderAccess,
    ProviderName,
    Source,
    Speed,
    Swatch,
)
from bot.backends.entry import Feature
from bot.backends.errors import Reason, Rejected
from bot.backends.http import Http
from bot.backends.registry import Registry
from bot.backends.sizes import V2_SIZES
from tests.backends.conftest import QUICK, Bench, Loopback, finished, source_of
from tests.tls import NO_TLS

PALETTES = ["EMBER", "FRESH", "JUNGLE", "MAGIC", "MELON", "MOSAIC", "PASTEL", "ULTRAMARINE"]
STYLES = {
    **{name: name.upper() for name in ("auto", "general", "realistic", "design", "anime")},
    "3d": "RENDER_3D",
    "fiction": "FICTION",
}


async def sent(bench: Bench, **asked: Any) -> dict[str, Any]:
    """Submit a task, which the strict stand-in accepts, and give it as it was received."""
    bench.server.gate.clear()
    async with bench.open() as backend:
        await backend.submit(bench.call(**asked))
    return bench.paid()[-1].body[0]


def settings(task: dict[str, Any]) -> dict[str, Any]:
    return task["providerSettings"]["ideogram"]


async def test_a_task_says_no_more_than_was_asked(runware: Bench) -> None:
    call = runware.call()

    runware.server.gate.clear()
    async with runware.open() as backend:
        await backend.submit(call)
    task = runware.paid()[-1].body[0]

    assert task.pop("inputs")["referenceImages"][0].startswith("data:image/png;base64,")
    assert task == {
        "taskType": "imageInference",
        "taskUUID": call.key,
        "model": "ideogram:3@2",
        "positivePrompt": "a lighthouse in a storm",
        "width": 1152,
        "height": 864,
        "numberResults": 1,
        "outputType": "URL",
        "outputFormat": "PNG",
        "deliveryMethod": "async",
        "includeCost": True,
        "safety": {"checkContent": True, "mode": "fast"},
        "providerSettings": {"ideogram": {"remixStrength": 51, "magicPrompt": "AUTO"}},
    }


@pytest.mark.parametrize(
    ("asked", "name", "values"),
    [
        ("prompt", "positivePrompt", {"p": "p", "\U0001f408" * 2000: "\U0001f408" * 2000}),
        ("negative", "negativePrompt", {"n": "n", "n" * 2000: "n" * 2000}),
        ("count", "numberResults", {1: 1, 20: 20}),
        ("quality", "outputQuality", {20: 20, 95: 95, 99: 99}),
        ("format", "outputFormat", {form: form.value.upper() for form in PictureFormat}),
    ],
)
async def test_a_parameter_of_the_task_arrives(
    runware: Bench, asked: str, name: str, values: dict[Any, Any]
) -> None:
    for value, expected in values.items():
        assert expected == (await sent(runware, **{asked: value}))[name]


@pytest.mark.parametrize(
    ("asked", "name", "values"),
    [
        ("strength", "remixStrength", {1: 100, 50: 51, 99: 2, 100: 1}),
        ("magic_prompt", "magicPrompt", {magic: magic.value.upper() for magic in MagicPrompt}),
        ("speed", "renderingSpeed", {Speed.TURBO: "TURBO", Speed.BALANCED: "DEFAULT"}),
        ("style", "styleType", STYLES),
        (
            "palette",
            "colorPalette",
            {Palette(preset=name.lower()): {"name": name} for name in PALETTES},
        ),
    ],
)
async def test_a_setting_of_ideogram_arrives(
    runware: Bench, asked: str, name: str, values: dict[Any, Any]
) -> None:
    for value, expected in values.items():
        assert expected == settings(await sent(runware, **{asked: value}))[name]


async def test_colours_of_ones_own_arrive_with_weights_in_hundredths(runware: Bench) -> None:
    weights = (5, 7, 29, 57, 58, 99, 100)
    swatches = [Swatch(rgb=f"FF88{weight:02X}", percent=weight) for weight in weights]

    task = await sent(runware, palette=Palette(swatches=(*swatches, Swatch(rgb="000000"))))

    members = settings(task)["colorPalette"]["members"]
    assert [member["colorHex"] for member in members[:2]] == ["#FF8805", "#FF8807"]
    assert [round(100 * member["colorWeight"], 9) for member in members[:-1]] == list(weights)
    assert members[-1] == {"colorHex": "#000000"}


async def test_every_allowed_size_is_taken(runware: Bench) -> None:
    assert len(V2_SIZES) == 73
    runware.server.gate.clear()

    async with runware.open() as backend:
        for size in V2_SIZES:
            await backend.submit(runware.call(size=str(size)))

    taken = [(call.body[0]["width"], call.body[0]["height"]) for call in runware.paid()]
    assert taken == [(size.width, size.height) for size in V2_SIZES]


async def test_every_ratio_is_sent_as_a_size_of_that_shape(runware: Bench) -> None:
    for name, size in runware.entry.aspects.items():
        task = await sent(runware, aspect=name)

        assert size is not None
        assert (task["width"], task["height"]) == (size.width, size.height)


async def test_the_best_quality_may_be_refused_and_is_then_explained(runware: Bench) -> None:
    with pytest.raises(Rejected) as caught:
        await sent(runware, speed=Speed.QUALITY)

    assert caught.value.reason is Reason.BAD_REQUEST
    assert not caught.value.billed
    assert "renderingSpeed" in caught.value.detail
    assert len(runware.server.bill) == 0


async def test_the_best_quality_arrives_where_it_is_taken(runware: Bench) -> None:
    runware.providers.runware.takes_quality = True

    task = await sent(runware, speed=Speed.QUALITY)

    assert settings(task)["renderingSpeed"] == "QUALITY"


async def test_source_and_references_arrive_whole_and_in_their_places(
    loopback: Loopback, source: Source, tmp_path: Path, runware: Bench
) -> None:
    references: list[Source] = []
    for number in range(4):
        path = tmp_path / f"reference-{number}.png"
        # Lengths that base64 pads in each of its ways, and more than one step of the reader.
        path.write_bytes(source.path.read_bytes().ljust(100_000 + number, b"\1"))
        references.append(source_of(path, "image/png"))
    taken: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        assert len(body) == request.content_length
        taken.extend(json.loads(body))
        return web.json_response({"data": [{"taskUUID": taken[0]["taskUUID"]}]})

    url = await loopback.web(web.post("/v1", take))
    access = {ProviderName.RUNWARE: ProviderAccess(key="k", url=url)}
    bench = replace(runware, registry=Registry(Http(trusted=[url], pace=QUICK, tls=NO_TLS), access))
    async with bench.open() as backend:
        await backend.submit(bench.call(references=tuple(references)))

    assert [decoded(uri) for uri in taken[0]["inputs"]["referenceImages"]] == [
        source.path.read_bytes()
    ]
    assert [decoded(uri) for uri in settings(taken[0])["styleReferenceImages"]] == [
        one.path.read_bytes() for one in references
    ]


def decoded(uri: str) -> bytes:
    head, _, data = uri.partition(",")
    assert head == "data:image/png;base64"
    return base64.b64decode(data, validate=True)


async def test_up_to_four_references_are_taken_and_read(runware: Bench, reference: Source) -> None:
    async with runware.open() as backend:
        ticket = await backend.submit(runware.call(references=(reference,) * 4))
        found = await finished(backend, ticket)

    assert len(found.outputs) == 1
    assert runware.entry.max_references == 4
    assert len(settings(runware.paid()[-1].body[0])["styleReferenceImages"]) == 4


async def test_a_reference_that_is_no_picture_is_a_bad_image(
    runware: Bench, reference: Source
) -> None:
    reference.path.write_bytes(b"no picture")

    async with runware.open() as backend:
        with pytest.raises(Rejected) as caught:
            await finished(backend, await backend.submit(runware.call(references=(reference,))))

    assert caught.value.reason is Reason.BAD_IMAGE


async def test_everything_at_once_is_taken_and_told(runware: Bench, reference: Source) -> None:
    asked: dict[str, Any] = {
        "prompt": "p",
        "negative": "n",
        "strength": 30,
        "size": "1312x736",
        "count": 2,
        "format": PictureFormat.WEBP,
        "quality": 50,
        "palette": Palette(swatches=(Swatch(rgb="FF8800", percent=40),)),
        "magic_prompt": MagicPrompt.OFF,
        "speed": Speed.TURBO,
        "references": (reference,),
        "style": "fiction",
    }

    async with runware.open() as backend:
        found = await finished(backend, await backend.submit(runware.call(**asked)))

    assert len({output.image_id for output in found.outputs}) == 2
    assert len({output.seed for output in found.outputs}) == 2
    assert found.cost == Decimal("0.10")
    assert {Feature.SOURCE, Feature.SIZE, Feature.REFERENCES} < set(runware.entry.inputs)
    assert len(runware.entry.inputs) == 13


async def test_an_operation_without_a_source_sends_none(runware: Bench) -> None:
    inputs = {
        feature: taken
        for feature, taken in runware.entry.inputs.items()
        if feature not in (Feature.SOURCE, Feature.STRENGTH)
    }
    bench = runware.altered(model="ideogram:3@1", inputs=inputs)

    task = await sent(bench)

    assert "inputs" not in task
