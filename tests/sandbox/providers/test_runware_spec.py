"""Each rule that Runware publishes for its 2.0 remix, tried at its limits and just beyond."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from sandbox.providers.runware.errors import TaskError
from sandbox.providers.runware.models import MODELS
from sandbox.providers.runware.parameters import Inference
from sandbox.providers.runware.tasks import parse
from sandbox.providers.sizes import Size

SPECS = Path(__file__).parents[4] / "shared" / "specs"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SPECS.is_dir(), reason="../shared/specs is absent"),
]

BASE: dict[str, Any] = {
    "taskType": "imageInference",
    "taskUUID": str(uuid.uuid4()),
    "model": "ideogram:3@2",
    "positivePrompt": "a cat",
    "width": 1024,
    "height": 1024,
    "inputs": {"referenceImages": ["data:,"]},
}
COLOUR = "providerSettings.ideogram.colorPalette.members[].colorHex"
WEIGHT = "providerSettings.ideogram.colorPalette.members[].colorWeight"

# What is of each type and of no limit of its own.
RIGHT: dict[str, list[Any]] = {
    "string": ["x"],
    "uuid4": [str(uuid.uuid4())],
    "uri": ["http://127.0.0.1/x"],
    "boolean": [True, False],
    "integer": [],
    "number": [1],
    "array of string": [],
}
WRONG: dict[str, list[Any]] = {
    "string": [1, True, None, ["x"], {}],
    "uuid4": ["x", 1, None, str(uuid.uuid1())],
    "uri": ["x", "", 1, None],
    "boolean": [1, 0, "true", None],
    "integer": ["1", 1.5, 60.0, True, None],
    "number": ["1", True, None, float("nan")],
    "array of string": ["x", [1], [None], {}, None],
}


def fields() -> list[dict[str, Any]]:
    if not SPECS.is_dir():
        return []
    return json.loads((SPECS / "runware-ideogram-remix-2.0.json").read_text())["input"]


def right(field: dict[str, Any]) -> Iterator[Any]:
    """Values that the field must take, those at its limits among them."""
    if "const" in field or field["name"] in ("width", "height"):
        yield BASE[field["name"]]
    elif "enum" in field:
        yield from field["enum"]
    elif field.get("pattern") == "#RRGGBB":
        yield from ("#00ffAA", "#123456")
    else:
        yield from RIGHT[field["type"]]
        yield from (field[limit] for limit in ("min", "max", "default") if limit in field)
        if "step" in field:
            yield from (0.29, 0.57)
        lengths = [field[limit] for limit in ("min_length", "max_length") if limit in field]
        yield from ("\U0001f408" * length for length in lengths)
        counts = [field[name] for name in ("items", "min_items", "max_items") if name in field]
        yield from (["x"] * count for count in counts)


def wrong(field: dict[str, Any]) -> Iterator[Any]:
    """Values that the field must refuse, those just beyond its limits among them."""
    yield from WRONG[field["type"]]
    if "const" in field or "enum" in field:
        yield from ("", "none such", str(field.get("enum", [field.get("const")])[-1]).swapcase())
    if field.get("pattern") == "#RRGGBB":
        yield from ("#FFF", "FFFFFF", "#GGGGGG", "#FFFFFFFF", "#FFFFFF\n")
    small = 0.01 if field["type"] == "number" else 1
    yield from (field[limit] - small for limit in ("min",) if limit in field)
    yield from (field[limit] + small for limit in ("max",) if limit in field)
    yield from (0.055 for _ in ("step",) if "step" in field)
    yield from ("x" * (field[name] - 1) for name in ("min_length",) if name in field)
    yield from ("x" * (field[name] + 1) for name in ("max_length",) if name in field)
    yield from (["x"] * (field[name] - 1) for name in ("items", "min_items") if name in field)
    yield from (["x"] * (field[name] + 1) for name in ("items", "max_items") if name in field)


def with_value(name: str, value: Any) -> dict[str, Any]:
    """A task with this parameter, and with what it needs beside it."""
    if name == WEIGHT:
        name, value = COLOUR, {"colorHex": "#FFFFFF", "colorWeight": value}
    elif name == COLOUR:
        value = {"colorHex": value}
    if name == COLOUR:
        name, value = "providerSettings.ideogram.colorPalette.members", [value]
    task = deepcopy(BASE)
    *path, last = name.split(".")
    place = task
    for part in path:
        place = place.setdefault(part, {})
    place[last] = value
    if name == "safety.mode" and value == "none":
        place["checkContent"] = False
    return task


FIELDS = [pytest.param(field, id=field["name"]) for field in fields()]


def test_all_twenty_seven_inputs_are_taken_and_no_others() -> None:
    own = Inference.model_json_schema(by_alias=True)["properties"]

    assert len(FIELDS) == 27
    assert own.keys() == {field["name"].partition(".")[0] for field in fields()}


@pytest.mark.parametrize("field", FIELDS)
def test_a_documented_value_is_taken(field: dict[str, Any]) -> None:
    values = list(right(field))

    for value in values:
        assert isinstance(parse(with_value(field["name"], value), takes_quality=True), Inference)
    assert values


@pytest.mark.parametrize("field", FIELDS)
def test_a_value_beyond_its_limits_is_refused(field: dict[str, Any]) -> None:
    for value in wrong(field):
        with pytest.raises(TaskError):
            parse(with_value(field["name"], value), takes_quality=True)


@pytest.mark.parametrize("field", FIELDS)
def test_what_is_required_is_missed(field: dict[str, Any]) -> None:
    name = field["name"].partition(".")[0]
    task = {key: value for key, value in BASE.items() if key != name}

    # Width and height: the page calls them optional, Runware's generated types do not.
    if field.get("required") or name in ("width", "height"):
        with pytest.raises(TaskError):
            parse(task)
    else:
        parse(task)


@pytest.mark.parametrize(
    "name",
    ["x", "inputs.x", "safety.x", "providerSettings.x", "providerSettings.ideogram.x"],
)
def test_a_key_that_is_unknown_is_refused_at_each_level(name: str) -> None:
    with pytest.raises(TaskError) as caught:
        parse(with_value(name, 1))

    assert (caught.value.code, caught.value.parameter) == ("unsupportedParameter", name)


@pytest.mark.parametrize("model", MODELS)
def test_a_model_takes_the_documented_pairs_and_no_others(model: str) -> None:
    listed = json.loads((SPECS / "runware-ideogram-dimensions.json").read_text())[model]

    assert MODELS[model].sizes == {Size(*map(int, pair.split("x"))) for pair in listed}


def test_the_prices_are_the_listed_ones() -> None:
    listed = json.loads((SPECS / "prices.json").read_text())["runware"]
    turbo = listed["ideogram:3@2_TURBO"]["price"]
    expected = {
        "ideogram:3@1": {"DEFAULT": listed["ideogram:3@1"]["price"], "TURBO": turbo},
        "ideogram:3@2": {"DEFAULT": listed["ideogram:3@2"]["price"], "TURBO": turbo},
        "ideogram:2@2": listed["ideogram:2@2"],
        "ideogram:4@2": listed["ideogram:4@2"],
    }

    assert expected.keys() == MODELS.keys()
    for name, model in MODELS.items():
        prices = {str(speed): float(price) for speed, price in model.prices.items()}
        known = {speed: price for speed, price in expected[name].items() if speed in prices}
        assert known.items() <= prices.items(), name
        assert known.keys() >= {"DEFAULT", "TURBO"}
