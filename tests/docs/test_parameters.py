"""The page of parameters is complete: by the providers' own schemas, and by our own list."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.backends.entry import Feature
from scripts import tables
from scripts.parameters import OPTIONS, SYSTEMS, System

ROOT = Path(__file__).parents[2]
SPECS = ROOT.parent / "shared" / "specs"
NO_SPECS = "the providers' schemas are not beside the project"

FAL_V2 = {"prompt", "aspect_ratio", "expand_prompt", "seed", "style", "sync_mode"}
FAL_V2_REMIX = FAL_V2 | {"image_url", "strength"}
IDEOGRAM = "providerSettings.ideogram"
NAMES: dict[str, set[str]] = {
    "fal-ai/ideogram/v3/remix": {
        "color_palette",
        "expand_prompt",
        "image_size",
        "image_url",
        "image_urls",
        "negative_prompt",
        "num_images",
        "prompt",
        "rendering_speed",
        "seed",
        "strength",
        "style",
        "style_codes",
        "sync_mode",
    },
    "fal-ai/ideogram/v2a/remix": FAL_V2_REMIX,
    "fal-ai/ideogram/v2/turbo": FAL_V2 | {"negative_prompt"},
    "fal-ai/ideogram/v2/turbo/remix": FAL_V2_REMIX,
    "fal-ai/ideogram/v2/turbo/edit": (FAL_V2 - {"aspect_ratio"}) | {"image_url", "mask_url"},
    "ideogram:3@2": {
        "deliveryMethod",
        "height",
        "includeCost",
        "inputs.referenceImages",
        "model",
        "negativePrompt",
        "numberResults",
        "outputFormat",
        "outputQuality",
        "outputType",
        "positivePrompt",
        "safety.checkContent",
        "safety.mode",
        "taskType",
        "taskUUID",
        "ttl",
        "uploadEndpoint",
        "webhookURL",
        "width",
        f"{IDEOGRAM}.colorPalette.members[].colorHex",
        f"{IDEOGRAM}.colorPalette.members[].colorWeight",
        f"{IDEOGRAM}.colorPalette.name",
        f"{IDEOGRAM}.magicPrompt",
        f"{IDEOGRAM}.remixStrength",
        f"{IDEOGRAM}.renderingSpeed",
        f"{IDEOGRAM}.styleReferenceImages",
        f"{IDEOGRAM}.styleType",
    },
    "V_2": {
        "aspect_ratio",
        "color_palette",
        "image_file",
        "image_weight",
        "magic_prompt_option",
        "magic_prompt_version",
        "model",
        "negative_prompt",
        "num_images",
        "prompt",
        "resolution",
        "seed",
        "style_type",
    },
}
COUNTS = {
    "fal-ai/ideogram/v3/remix": 14,
    "fal-ai/ideogram/v2a/remix": 8,
    "fal-ai/ideogram/v2/turbo": 7,
    "fal-ai/ideogram/v2/turbo/remix": 8,
    "fal-ai/ideogram/v2/turbo/edit": 7,
    "ideogram:3@2": 27,
    "V_2": 13,
}
BY_MODEL = {system.entry.model: system for system in SYSTEMS}
FAL = [model for model in COUNTS if model.startswith("fal-ai/")]


def spec(name: str) -> Any:
    if not SPECS.is_dir():
        pytest.skip(NO_SPECS)
    return json.loads((SPECS / name).read_text(encoding="utf-8"))


def inputs(system: System) -> set[str]:
    return {row.name for row in system.inputs}


def sent(system: System, name: str) -> set[str]:
    """The values on the page, as the provider spells them."""
    row = next(row for row in system.inputs if row.name == name)
    return set(re.findall(r"`([^`]+)`", row.values))


def test_the_page_shows_every_row_of_every_system() -> None:
    page = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")

    for system in SYSTEMS:
        section = page.partition(f"## {system.title}\n")[2].partition("\n## ")[0]
        listed = set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))
        assert listed == inputs(system) | set(system.outputs)


@pytest.mark.parametrize("model", COUNTS)
def test_no_input_is_missing_from_our_own_list(model: str) -> None:
    assert inputs(BY_MODEL[model]) == NAMES[model]
    assert len(BY_MODEL[model].inputs) == COUNTS[model]


@pytest.mark.parametrize("model", FAL)
def test_fals_inputs_and_values_are_those_of_its_schema(model: str) -> None:
    schema = spec("fal-ideogram-schemas.json")["endpoints"][model]["input"]["properties"]

    assert inputs(BY_MODEL[model]) == set(schema)
    for name, field in schema.items():
        assert set(field.get("enum", ())) <= sent(BY_MODEL[model], name)


@pytest.mark.parametrize("model", FAL)
def test_fals_outputs_are_those_of_its_schema(model: str) -> None:
    output = spec("fal-ideogram-schemas.json")["output"]["properties"]
    fields = output["images"]["items"]["properties"]
    wanted = {f"images[].{name}" for name in fields} | (set(output) - {"images"})

    assert set(BY_MODEL[model].outputs) == wanted


def test_runwares_inputs_and_outputs_are_those_of_its_page() -> None:
    page = spec("runware-ideogram-remix-2.0.json")
    system = BY_MODEL["ideogram:3@2"]

    assert inputs(system) == {field["name"] for field in page["input"]}
    assert set(system.outputs) == {field["name"] for field in page["output"]}
    for field in page["input"]:
        assert set(field.get("enum", ())) <= sent(system, field["name"])


def test_runwares_sizes_are_those_of_its_list() -> None:
    listed = json.dumps(spec("runware-ideogram-dimensions.json"))

    for size in sent(BY_MODEL["ideogram:3@2"], "width"):
        width, height = size.split("x")
        assert re.search(rf"\b{width}\D{{1,4}}{height}\b", listed), size


def test_ideograms_inputs_values_and_outputs_are_those_of_its_schema() -> None:
    schemas = spec("ideogram-openapi.json")["components"]["schemas"]
    fields = schemas["ImageRequest"]["properties"] | schemas["InitialImageRequest"]["properties"]
    system = BY_MODEL["V_2"]

    assert inputs(system) == set(fields) | {"image_file"}
    for name, field in fields.items():
        known = schemas[field["$ref"].rpartition("/")[2]] if "$ref" in field else field
        assert set(known.get("enum", ())) <= sent(system, name), name
    answer = {f"data[].{name}" for name in schemas["ImageObject"]["properties"]}
    assert set(system.outputs) == answer | {"created"}


def test_every_feature_is_an_option_of_a_command() -> None:
    options = {
        str(command.qualified_name): {parameter.display_name for parameter in command.parameters}
        for command in tables.all_commands()
        if not isinstance(command, tables.app_commands.ContextMenu)
    }

    assert set(OPTIONS) == set(Feature) - {Feature.OPERATION}
    for system in SYSTEMS:
        for feature in system.entry.inputs:
            assert OPTIONS[feature] in options[system.entry.operation], feature
