"""Whether a value fits a schema of Discord's file: a yes that is sure, and no reasons.

A no is only a doubt: what this does not know of JSON Schema, it doubts, and `jsonschema` decides.
A test holds it to never saying yes where that library finds a problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sandbox.discord.openapi.unions import Pointers, Schema, Unions, meant

Test = Callable[[Any], bool]

_NOTES = frozenset({"contentEncoding", "description", "format", "title", "x-discord-union"})
"""Keywords that forbid nothing (`format` is a note unless one asks for more)."""
_TYPES: Mapping[str, Test] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}
_SCALARS = (str, int, float, type(None))


class Fits:
    """Makes tests of schemas, each once."""

    def __init__(self, pointers: Pointers, unions: Unions) -> None:
        self._pointers, self._unions = pointers, unions
        self._made: dict[int, Test] = {}
        self._makers: Mapping[str, Callable[[Any], Test]] = {
            "$ref": lambda ref: self.test(self._pointers.look_up(ref)),
            "additionalProperties": self._others,
            "allOf": self._all,
            "anyOf": lambda members: self._union(members, most=len(members)),
            "const": lambda one: _one_of([one]),
            "enum": _one_of,
            "items": self._items,
            "oneOf": lambda members: self._union(members, most=1),
            "properties": self._properties,
            "type": _types,
            **_LIMITS,
        }

    def test(self, schema: Schema) -> Test:
        """Return the test of a schema, which must be part of the document."""
        key = id(schema)
        if key not in self._made:
            # A schema may contain itself: meanwhile, it is looked up when it is needed.
            self._made[key] = partial(self._test_later, key)
            self._made[key] = self._make(schema)
        return self._made[key]

    def _test_later(self, key: int, value: Any) -> bool:
        return self._made[key](value)

    def _make(self, schema: Schema) -> Test:
        words = schema.keys() - _NOTES
        # Beside named properties, others would be something else than all.
        named = {"additionalProperties", "properties"} <= words and not _allows_others(schema)
        if named or not words <= self._makers.keys():
            return _doubt
        return _both([self._makers[word](schema[word]) for word in words])

    def _all(self, members: Sequence[Schema]) -> Test:
        return _both([self.test(member) for member in members])

    def _items(self, schema: Schema) -> Test:
        test = self.test(schema)
        return lambda value: not isinstance(value, list) or all(map(test, value))

    def _others(self, schema: Schema | bool) -> Test:
        if isinstance(schema, bool):
            return _anything if schema else lambda value: not value or not isinstance(value, dict)
        test = self.test(schema)
        return lambda value: not isinstance(value, dict) or all(map(test, value.values()))

    def _properties(self, schemas: Mapping[str, Schema]) -> Test:
        tests = {name: self.test(schema) for name, schema in schemas.items()}

        def fits(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            return all(tests[name](one) for name, one in value.items() if name in tests)

        return fits

    def _union(self, members: Sequence[Schema], *, most: int) -> Test:
        marked = self._unions.marked(members)
        tests = [self.test(member) for member in members]
        if not marked:
            return lambda value: 1 <= sum(test(value) for test in tests) <= most

        def fits(value: Any) -> bool:
            chosen = meant(marked, value)
            return chosen is not None and self.test(chosen)(value)

        return fits


def _allows_others(schema: Schema) -> bool:
    return schema["additionalProperties"] in (True, {})


def _doubt(_value: Any) -> bool:
    return False


def _anything(_value: Any) -> bool:
    return True


def _both(tests: Sequence[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda value: all(test(value) for test in tests)


def _types(names: str | Sequence[str]) -> Test:
    tests = [_TYPES[name] for name in ([names] if isinstance(names, str) else names)]
    return tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)


def _one_of(values: Sequence[Any]) -> Test:
    if not all(isinstance(value, _SCALARS) for value in values):
        return _doubt
    # True is 1 in Python, but not in JSON.
    allowed = {(isinstance(value, bool), value) for value in values}
    return lambda value: isinstance(value, _SCALARS) and (isinstance(value, bool), value) in allowed


def _unique(value: Any) -> bool:
    if not isinstance(value, list):
        return True
    if not all(isinstance(one, _SCALARS) for one in value):
        return False
    return len({(isinstance(one, bool), one) for one in value}) == len(value)


def _limit(kind: type | tuple[type, ...], holds: Callable[[Any, Any], bool]) -> Any:
    return lambda limit: lambda value: not isinstance(value, kind) or holds(value, limit)


_LIMITS: Mapping[str, Callable[[Any], Test]] = {
    "maxItems": _limit(list, lambda value, most: len(value) <= most),
    "maxLength": _limit(str, lambda value, most: len(value) <= most),
    "maxProperties": _limit(dict, lambda value, most: len(value) <= most),
    "maximum": _limit((int, float), lambda value, most: value <= most),
    "minItems": _limit(list, lambda value, least: len(value) >= least),
    "minLength": _limit(str, lambda value, least: len(value) >= least),
    "minProperties": _limit(dict, lambda value, least: len(value) >= least),
    "minimum": _limit((int, float), lambda value, least: value >= least),
    "pattern": _limit(str, lambda value, pattern: re.search(pattern, value) is not None),
    "required": _limit(dict, lambda value, names: all(name in value for name in names)),
    "uniqueItems": lambda wanted: _unique if wanted else _anything,
}
