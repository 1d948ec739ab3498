"""The quick answer is held to the slow one, on values that fit and on values that do not."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord.openapi.fits import Fits
from sandbox.discord.openapi.unions import Pointers, Unions
from sandbox.discord.openapi.validator import explainer

TREE: dict[str, Any] = {"type": "object", "properties": {"in": {"$ref": "#/tree"}}}
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 3, 2.0, 2.5, "", "a", "ab", "abc", "abcd", "1"),
    *([], [1], [1, 2], [1, True], [1, 1], [[1], [1]], ["a", 1, None, 2], [{"type": 1}]),
    *({}, {"a": 1}, {"a": "x"}, {"a": 1, "b": 2}, {"b": None}, {"in": {}}, {"in": {"in": 1}}),
    *({"type": 1}, {"type": 2, "a": 1}, {"type": 2}, {"type": "2"}, {"type": None}, {"type": []}),
]
KIND_1: dict[str, Any] = {"properties": {"type": {"enum": [1]}}}
KIND_2: dict[str, Any] = {"properties": {"type": {"enum": [2]}}, "required": ["a"]}
KNOWN: list[dict[str, Any]] = [
    *({"type": name} for name in ("array", "boolean", "integer", "null", "number", "object")),
    *({"type": ["string", "null"]}, {"type": "string", "format": "date-time"}, {}),
    *({"const": 1}, {"const": True}, {"enum": [1, "a", None]}, {"enum": [True, 0]}),
    *({"minimum": 1}, {"maximum": 2}, {"minLength": 1}, {"maxLength": 2}, {"pattern": "^[0-9]+$"}),
    *({"minItems": 1}, {"maxItems": 1}, {"uniqueItems": True}, {"uniqueItems": False}),
    *({"minProperties": 1}, {"maxProperties": 1}, {"required": ["a"]}),
    *({"items": {"type": "integer"}}, {"properties": {"a": {"type": "integer"}}}),
    *({"additionalProperties": False}, {"additionalProperties": {"type": "integer"}}),
    {"properties": {"a": {"type": "integer"}}, "additionalProperties": True},
    *({"$ref": "#/tree"}, {"$ref": "#/tree", "required": ["in"]}),
    {"allOf": [{"type": "string"}, {"minLength": 2}]},
    *({"oneOf": [{"type": "integer"}, {"type": "string"}]}, {"oneOf": [{}, {"type": "string"}]}),
    *({"anyOf": [{}, {"type": "string"}]}, {"oneOf": [{"type": "null"}, {"type": "string"}]}),
    *({"oneOf": [{"const": 1}, {"const": "a"}]}, {"oneOf": [KIND_1, KIND_2]}),
]
UNKNOWN: list[dict[str, Any]] = [
    *({"not": {"type": "string"}}, {"enum": [[1], {}]}, {"const": [1]}),
    {"properties": {"a": {"type": "integer"}}, "additionalProperties": False},
]


def answers(schema: dict[str, Any], value: Any) -> tuple[bool, bool]:
    """What the quick and the slow one say."""
    pointers = Pointers({"tree": TREE})
    unions = Unions(pointers)
    return Fits(pointers, unions).test(schema)(value), not explainer(pointers, unions)(
        schema, value
    )


@pytest.mark.parametrize("schema", [*KNOWN, *UNKNOWN], ids=str)
def test_nothing_is_said_to_fit_that_does_not(schema: dict[str, Any]) -> None:
    wrong = [value for value in VALUES if answers(schema, value) == (True, False)]

    assert wrong == []


@pytest.mark.parametrize("schema", KNOWN, ids=str)
def test_what_fits_is_seldom_doubted(schema: dict[str, Any]) -> None:
    doubted = [value for value in VALUES if answers(schema, value) == (False, True)]

    # Whole floats, limits of booleans, and lists of lists are left to jsonschema.
    assert all(value == 2.0 or isinstance(value, bool | list) for value in doubted)
