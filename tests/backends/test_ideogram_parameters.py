"""Every parameter of Ideogram's two remixes, and each of its values, as it goes over the wire."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.backends.base import (
    MagicPrompt,
    Palette,
    ProviderAccess,
    ProviderName,
    Source,
    Speed,
    Swatch,
)
from bot.backends.catalogue import CATALOGUE, by_name
from bot.backends.entry import Feature
from bot.backends.http import Http
from bot.backends.registry import Registry
from bot.backends.sizes import LEGACY_SIZES, V3_SIZES
from sandbox.providers import Providers
from tests.backends.conftest import (
    QUICK,
    Bench,
    Loopback,
    bench_of,
    finished,
    source_of,
)
from tests.tls import NO_TLS

PALETTES = ["EMBER", "FRESH", "JUNGLE", "MAGIC", "MELON", "MOSAIC", "PASTEL", "ULTRAMARINE"]
MODELS = {
    "ideogram-v1": ("V_1", "0.06"),
    "ideogram-v1-turbo": ("V_1_TURBO", "0.02"),
    "ideogram-v2": ("V_2", "0.08"),
    "ideogram-v2-turbo": ("V_2_TURBO", "0.05"),
    "ideogram-v2a": ("V_2A", "0.04"),
    "ideogram-v2a-turbo": ("V_2A_TURBO", "0.025"),
    "ideogram-v3": ("V_3", "0.06"),
    "ideogram-auto": ("AUTO", "0.09"),
}
LEGACY_STYLES = {
    **{name: name.upper() for name in ("auto", "general", "realistic", "design", "anime")},
    "3d": "RENDER_3D",
    **{name: name.upper() for name in ("fiction", "custom", "stylized")},
}
V3_STYLES = {
    name: name.upper()
    for name in ("auto", "general", "realistic", "design", "custom", "fiction", "stylized")
}
LEGACY_ASPECTS = ["10:16", "16:10", "9:16", "16:9", "3:2", "2:3", "4:3", "3:4", "1:1", "1:3", "3:1"]
OWN = Palette(swatches=(Swatch(rgb="FF8800", percent=7), Swatch(rgb="00FF10")))
OWN_SENT = {"members": [{"color_hex": "#FF8800", "color_weight": 0.07}, {"color_hex": "#00FF10"}]}


async def sent(bench: Bench, *asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Submit calls, all of which the strict stand-in takes, and give what it read in each."""
    server = bench.providers.ideogram
    server.latency, server.most_in_flight = 0, 1000
    # What it makes does not matter here, and takes long; withheld pictures are not painted.
    usual: dict[str, Any] = {"prompt": "__unsafe__"}
    async with bench.open() as backend:
        for one in asked:
            await backend.submit(bench.call(**usual | one))
    return [call.body for call in bench.paid()]


@pytest.fixture
def third(providers: Providers, source: Source) -> Bench:
    """The newer API's 3.0."""
    return bench_of("ideogram-v3-remix", providers, source)


# The older API


def test_every_model_of_the_older_api_is_an_entry_with_its_price() -> None:
    found = {
        entry.name: (entry.model, str(entry.price))
        for entry in CATALOGUE
        if entry.provider is ProviderName.IDEOGRAM and not entry.model.startswith("/")
    }

    assert found == MODELS


async def test_a_request_says_no_more_than_was_asked(ideogram: Bench) -> None:
    [body] = await sent(ideogram, {"prompt": "a lighthouse in a storm __unsafe__"})

    assert body == {
        "prompt": "a lighthouse in a storm __unsafe__",
        "model": "V_2",
        "image_weight": 50,
        "aspect_ratio": "ASPECT_4_3",
        "magic_prompt_option": "AUTO",
        "num_images": 1,
    }


@pytest.mark.parametrize("name", MODELS)
async def test_each_model_takes_all_that_its_entry_offers(
    providers: Providers, source: Source, name: str
) -> None:
    bench = bench_of(name, providers, source)
    asked: dict[str, Any] = {"count": 8, "seed": 5, "strength": 1, "aspect": "16:9"}
    asked |= {"magic_prompt": MagicPrompt.ON, "magic_version": "0.8"}
    more = {
        Feature.STYLE: {"style": "realistic"},
        Feature.NEGATIVE: {"negative": "rain"},
        Feature.PALETTE: {"palette": OWN},
    }
    offered = [feature for feature in more if bench.entry.takes(feature)]
    for feature in offered:
        asked |= more[feature]

    [body] = await sent(bench, asked)

    assert body["model"] == MODELS[name][0]
    assert {"style_type", "negative_prompt", "color_palette"} & set(body) == {
        bench.entry.inputs[feature].name for feature in offered
    }
    assert body["num_images"] == 8


def test_each_model_lacks_what_it_does_not_take() -> None:
    for name, (model, _) in MODELS.items():
        takes = by_name(name).takes

        assert takes(Feature.STYLE) is not model.startswith("V_1")
        assert takes(Feature.NEGATIVE) is (model in {"V_1", "V_1_TURBO", "V_2", "V_2_TURBO"})
        assert takes(Feature.PALETTE) is not model.startswith(("V_1", "V_2A"))
        assert takes(Feature.SIZE) is (model in {"V_2", "V_2_TURBO"})


@pytest.mark.parametrize(
    ("asked", "name", "values"),
    [
        ("strength", "image_weight", {1: 1, 50: 50, 100: 100}),
        ("count", "num_images", {1: 1, 8: 8}),
        ("seed", "seed", {0: 0, 2**31 - 1: 2**31 - 1}),
        ("negative", "negative_prompt", {"n": "n"}),
        ("style", "style_type", LEGACY_STYLES),
        (
            "magic_prompt",
            "magic_prompt_option",
            {magic: magic.value.upper() for magic in MagicPrompt},
        ),
        (
            "magic_version",
            "magic_prompt_version",
            {"0": "V_0", **{f"0.{n}": f"V_0_{n}" for n in range(1, 9)}},
        ),
        (
            "aspect",
            "aspect_ratio",
            {name: f"ASPECT_{name.replace(':', '_')}" for name in LEGACY_ASPECTS},
        ),
        (
            "palette",
            "color_palette",
            {
                **{Palette(preset=name.lower()): {"name": name} for name in PALETTES},
                OWN: OWN_SENT,
            },
        ),
    ],
)
async def test_each_value_of_the_older_api_arrives(
    ideogram: Bench, asked: str, name: str, values: dict[Any, Any]
) -> None:
    bodies = await sent(ideogram, *({asked: value} for value in values))

    assert [body[name] for body in bodies] == list(values.values())


async def test_a_prompt_in_any_script_arrives_whole(ideogram: Bench) -> None:
    prompt = '__unsafe__ \U0001f408 \u00fcml\u00e4ut "quoted" \\ \r\n--' + "x" * 1900

    [body] = await sent(ideogram, {"prompt": prompt})

    assert body["prompt"] == prompt


async def test_every_resolution_is_taken_in_place_of_a_ratio(ideogram: Bench) -> None:
    bodies = await sent(ideogram, *({"size": str(size)} for size in LEGACY_SIZES))

    assert [body["resolution"] for body in bodies] == [
        f"RESOLUTION_{size.width}_{size.height}" for size in LEGACY_SIZES
    ]
    assert not any("aspect_ratio" in body for body in bodies)


# The newer one


async def test_a_form_says_no_more_than_was_asked(third: Bench) -> None:
    [body] = await sent(third, {})

    assert body == {
        "prompt": "__unsafe__",
        "image_weight": 50,
        "aspect_ratio": "4x3",
        "magic_prompt": "AUTO",
        "num_images": 1,
    }
    assert third.paid()[0].path == "/v1/ideogram-v3/remix"


@pytest.mark.parametrize(
    ("asked", "name", "values"),
    [
        ("strength", "image_weight", {1: 1, 100: 100}),
        ("count", "num_images", {1: 1, 8: 8}),
        ("seed", "seed", {0: 0, 2**31 - 1: 2**31 - 1}),
        ("negative", "negative_prompt", {"n, \u00fc": "n, \u00fc"}),
        ("style", "style_type", V3_STYLES),
        ("magic_prompt", "magic_prompt", {magic: magic.value.upper() for magic in MagicPrompt}),
        (
            "speed",
            "rendering_speed",
            {
                Speed.FLASH: "FLASH",
                Speed.TURBO: "TURBO",
                Speed.BALANCED: "DEFAULT",
                Speed.QUALITY: "QUALITY",
            },
        ),
        (
            "aspect",
            "aspect_ratio",
            {
                name: name.replace(":", "x")
                for name in (*LEGACY_ASPECTS, "1:2", "2:1", "4:5", "5:4")
            },
        ),
        (
            "palette",
            "color_palette",
            {
                **{Palette(preset=name.lower()): {"name": name} for name in PALETTES},
                OWN: OWN_SENT,
            },
        ),
        (
            "style_codes",
            "style_codes",
            {
                ("0A1B2C3D",): ["0A1B2C3D"],
                ("0A1B2C3D", "00000000", "12345678"): ["0A1B2C3D", "00000000", "12345678"],
            },
        ),
    ],
)
async def test_each_value_of_the_newer_api_arrives(
    third: Bench, asked: str, name: str, values: dict[Any, Any]
) -> None:
    bodies = await sent(third, *({asked: value} for value in values))

    assert [body[name] for body in bodies] == list(values.values())


async def test_every_style_preset_is_taken(third: Bench) -> None:
    presets = third.entry.choices(Feature.STYLE_PRESET)

    bodies = await sent(third, *({"style_preset": preset} for preset in presets))

    assert len(presets) == 62
    assert [body["style_preset"] for body in bodies] == [
        preset.upper().replace("-", "_") for preset in presets
    ]


async def test_every_size_of_the_newer_api_is_taken(third: Bench) -> None:
    bodies = await sent(third, *({"size": str(size)} for size in V3_SIZES))

    assert len(bodies) == 69
    assert [body["resolution"] for body in bodies] == list(map(str, V3_SIZES))


async def test_a_faster_picture_is_billed_at_its_price(third: Bench) -> None:
    await sent(third, *({"speed": speed} for speed in Speed))

    assert [charge.usd for charge in third.server.bill] == [
        third.entry.price_at(speed) for speed in Speed
    ]


async def test_references_are_taken_and_the_result_is_told(
    third: Bench, reference: Source, tmp_path: Path
) -> None:
    async with third.open() as backend:
        ticket = await backend.submit(third.call(references=(reference,) * 4, seed=3))
        found = await finished(backend, ticket)
        await backend.fetch(found.outputs[0], tmp_path / "result")

    [output] = found.outputs
    assert output.seed == 3
    assert output.style == "GENERAL"
    assert output.resolution == "1152x864"
    assert (tmp_path / "result").stat().st_size > 0


@pytest.mark.parametrize(
    ("name", "source_name"),
    [("ideogram-v2", "image_file"), ("ideogram-v3-remix", "image")],
)
async def test_files_arrive_whole_under_their_names(
    loopback: Loopback, source: Source, providers: Providers, tmp_path: Path,
    name: str, source_name: str,
) -> None:  # fmt: skip
    bench = bench_of(name, providers, source)
    references: list[Source] = []
    for number in range(bench.entry.max_references):
        path = tmp_path / f"reference-{number}.png"
        path.write_bytes(source.path.read_bytes().ljust(100_000 + number, b"\1"))
        references.append(source_of(path, "image/png"))
    files: list[tuple[str, str, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        size = request.content_length
        for field, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files.append((field, value.content_type, value.file.read()))
        assert size is not None
        return web.json_response({"data": [{"url": "https://ideogram.ai/x.png"}]})

    url = await loopback.web(web.post("/{path:.*}", take))
    access = {ProviderName.IDEOGRAM: ProviderAccess(key="k", url=url)}
    registry = Registry(Http(trusted=[url], pace=QUICK, tls=NO_TLS), access)
    bench = replace(bench, registry=registry)
    async with bench.open() as backend, asyncio.timeout(10):
        await backend.submit(bench.call(references=tuple(references)))

    assert files[0] == (source_name, "image/png", source.path.read_bytes())
    assert [file for _, _, file in files[1:]] == [one.path.read_bytes() for one in references]
    assert {field for field, _, _ in files[1:]} <= {"style_reference_images"}
