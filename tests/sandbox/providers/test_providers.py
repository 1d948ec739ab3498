"""All three together, the base that they share, and their data against the providers' own."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.clock import SandboxClock
from sandbox.providers import Providers
from sandbox.providers.fal.endpoints import ENDPOINTS
from sandbox.providers.fal.inputs_v3 import PRESETS
from sandbox.providers.files import FileStore
from sandbox.providers.ideogram.request import PRICES, ImageRequest
from sandbox.providers.ideogram.request_v3 import CHARACTER_PRICES, PARTS, RequestV3
from sandbox.providers.ideogram.request_v3 import PRICES as PRICES_V3
from sandbox.providers.sizes import ASPECTS, LEGACY, V3
from sandbox.providers.triggers import Trigger, Triggers
from tests.sandbox.providers.callers import FalCaller, IdeogramCaller, RunwareCaller

SPECS = Path(__file__).parents[4] / "shared" / "specs"
needs_specs = pytest.mark.skipif(
    not SPECS.is_dir(), reason="../shared/specs, the providers' own descriptions, is absent"
)


def spec(name: str) -> Any:
    return json.loads((SPECS / name).read_text())


async def test_all_three_are_reached_by_their_settings_and_bill_together(
    http: httpx.AsyncClient, source: bytes
) -> None:
    async with Providers() as providers:
        env = providers.env()
        await FalCaller(providers.fal, http, source).finish()
        runware = RunwareCaller(providers.runware, http, source)
        await runware.post(runware.task())
        await IdeogramCaller(providers.ideogram, http, source).remix()

    assert env.keys() == {
        *("FAL_KEY", "FAL_URL", "RUNWARE_API_KEY", "RUNWARE_URL"),
        *("IDEOGRAM_API_KEY", "IDEOGRAM_URL"),
    }
    assert len({env["FAL_URL"], env["RUNWARE_URL"], env["IDEOGRAM_URL"]}) == 3
    assert providers.total == Decimal("0.04") + Decimal("0.08") + Decimal("0.08")
    with pytest.raises(httpx.ConnectError):
        await http.get(env["FAL_URL"])


async def test_a_stand_in_ends_though_work_and_calls_are_open(
    http: httpx.AsyncClient, source: bytes
) -> None:
    async with Providers() as providers:
        providers.fal.gate.clear()
        caller = FalCaller(providers.fal, http, source)
        ticket = (await caller.submit()).json()
        url = f"{ticket['status_url']}/stream"
        async with http.stream("GET", url, headers=caller.headers) as answer:
            assert await anext(answer.aiter_lines())

    assert providers.fal.bill == []


async def test_a_link_to_a_picture_survives_that_others_come_and_go() -> None:
    clock = SandboxClock()
    files = FileStore(clock)

    files.put("old", bytes(200 * 2**20), "image/png")
    files.put("new", bytes(100 * 2**20), "image/png")

    assert files.get("old") is None
    assert files.get("new") is not None


def test_a_prompt_without_triggers_asks_for_nothing() -> None:
    assert Triggers.of("a __strange__ cat with a __hat") == Triggers()


def test_triggers_are_read_with_their_values() -> None:
    asked = Triggers.of("__policy__ and __latency:1.5__ and __queue:4__")

    assert asked == Triggers(names=frozenset({Trigger.POLICY}), latency=1.5, queue=4)


@pytest.mark.shared
@needs_specs
def test_the_endpoints_of_fal_have_the_documented_fields() -> None:
    schemas = spec("fal-ideogram-schemas.json")

    for endpoint, entry in ENDPOINTS.items():
        documented = schemas["endpoints"][endpoint]["input"]
        own = entry.model.model_json_schema()
        assert own["properties"].keys() == documented["properties"].keys(), endpoint
        assert set(own["required"]) == set(documented["required"]), endpoint
        for name, rule in documented["properties"].items():
            mine = own["properties"][name]
            mine = mine.get("anyOf", [{}])[0] | mine
            for limit in ("minimum", "maximum", "enum", "default"):
                if limit in rule:
                    assert mine.get(limit) == rule[limit], (endpoint, name, limit)
    assert schemas["endpoints"].keys() - ENDPOINTS.keys() == {"fal-ai/ideogram/character/remix"}
    presets = {name: list(size) for name, size in PRESETS.items()}
    assert presets == schemas["image_size_presets"]


@pytest.mark.shared
@needs_specs
def test_the_request_of_ideogram_has_the_documented_fields() -> None:
    schemas = spec("ideogram-openapi.json")["components"]["schemas"]
    own = ImageRequest.model_json_schema()["properties"]

    documented = (
        schemas["ImageRequest"]["properties"] | schemas["InitialImageRequest"]["properties"]
    )
    assert own.keys() == documented.keys()
    for name, schema in (
        ("model", "ModelEnum"),
        ("aspect_ratio", "AspectRatio"),
        ("magic_prompt_option", "MagicPromptOption"),
        ("magic_prompt_version", "MagicPromptVersionEnum"),
        ("style_type", "StyleType"),
    ):
        mine = own[name].get("enum") or own[name]["anyOf"][0]["enum"]
        assert sorted(mine) == sorted(schemas[schema]["enum"]), name
    assert {f"RESOLUTION_{w}_{h}" for w, h in LEGACY} == set(schemas["Resolution"]["enum"])
    assert {str(size) for size in V3} == set(schemas["ResolutionV3"]["enum"])
    names = {f"ASPECT_{name.replace(':', '_')}" for name in ASPECTS}
    assert names == set(schemas["AspectRatio"]["enum"])


@pytest.mark.shared
@needs_specs
def test_the_flat_form_of_ideogram_has_the_documented_fields() -> None:
    schemas = spec("ideogram-openapi.json")["components"]["schemas"]
    documented = schemas["RemixImageRequestV3"]
    own = RequestV3.model_json_schema()["properties"]

    assert set(PARTS) == documented["properties"].keys()
    # The resolutions are checked with those of the legacy form, being as many.
    for name in documented["properties"].keys() - {"resolution"}:
        rule = documented["properties"][name]
        rule = schemas[rule["$ref"].rpartition("/")[2]] if "$ref" in rule else rule
        mine = own.get(name, {})
        mine = mine.get("anyOf", [{}])[0] | mine
        for limit in ("minimum", "maximum", "enum"):
            if limit in rule:
                assert mine.get(limit) == rule[limit], (name, limit)


@pytest.mark.shared
@needs_specs
def test_the_prices_are_the_listed_ones() -> None:
    prices = spec("prices.json")

    for endpoint, entry in ENDPOINTS.items():
        listed = prices["fal"].get(endpoint)
        if listed is not None:
            assert entry.price == Decimal(str(listed.get("price", listed.get("BALANCED"))))
            for speed, price in entry.by_speed.items():
                assert price == Decimal(str(listed[speed])), (endpoint, speed)
    for model, price in PRICES.items():
        listed = prices["ideogram"].get(model)
        if isinstance(listed, float):
            assert price == Decimal(str(listed)), model
    assert PRICES["V_3"] == Decimal(str(prices["ideogram"]["V_3"]["DEFAULT"]))
    for table, name in ((PRICES_V3, "V_3"), (CHARACTER_PRICES, "V_3_CHARACTER")):
        listed = prices["ideogram"][name]
        for speed, price in table.items():
            if speed in listed:
                assert price == Decimal(str(listed[speed])), (name, speed)
