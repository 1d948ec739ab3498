"""A JSON Schema validator made fast for Discord's file, with problems in words.

Nearly all that is sent is as it should be: `Fits` says so at once. Why something is not, is asked
of the library `jsonschema`, and so is all that `Fits` does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

from sandbox.discord.openapi.fits import Fits
from sandbox.discord.openapi.unions import Pointers, Schema, Unions, mark_of, meant, words

Check = Callable[[Schema, object], list[str]]
_Errors = Iterator[ValidationError]
_LONGEST = 200


def checker(document: Schema) -> Check:
    """Return a function that finds the problems of a value under a schema of the document.

    Args:
        document: What `$ref` points into. It may not change afterwards.
    """
    pointers = Pointers(document)
    unions = Unions(pointers)
    fits, explain = Fits(pointers, unions), explainer(pointers, unions)

    def check(schema: Schema, value: object) -> list[str]:
        return [] if fits.test(schema)(value) else explain(schema, value)

    return check


def explainer(pointers: Pointers, unions: Unions) -> Check:
    """Return a function that does the same, slowly: it alone finds words."""
    plain = Draft202012Validator.VALIDATORS

    def refer(validator: Any, ref: str, value: object, _schema: Schema) -> _Errors:
        return validator.descend(value, pointers.look_up(ref))

    def choose(otherwise: Any) -> Any:
        def apply(validator: Any, members: list[Schema], value: object, schema: Schema) -> _Errors:
            marked = unions.marked(members)
            if not marked:
                yield from otherwise(validator, members, value, schema)
            elif (chosen := meant(marked, value)) is None:
                told = ", ".join(map(words, marked))
                yield ValidationError(f"{words(mark_of(value))} is none of {told}")
            else:
                yield from validator.descend(value, chosen)

        return apply

    keywords: dict[str, Any] = {"$ref": refer}
    keywords |= {key: choose(plain[key]) for key in ("oneOf", "anyOf")}
    build: Any = validators.extend(Draft202012Validator, keywords)
    built: dict[int, Any] = {}

    def explain(schema: Schema, value: object) -> list[str]:
        # Schemas are parts of the document and live as long, so their ids are theirs alone.
        if id(schema) not in built:
            built[id(schema)] = build(schema)
        return [_sentence(error) for error in built[id(schema)].iter_errors(value)]

    return explain


def _sentence(error: ValidationError) -> str:
    error = _deepest(error)
    path = error.absolute_path
    where = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    told = error.message
    if len(told) > _LONGEST:
        told = f"{told[: _LONGEST // 2]} ... {told[-_LONGEST // 2 :]}"
    return f"{where.lstrip('.')}: {told}" if where else told


def _deepest(error: ValidationError) -> ValidationError:
    """Return the cause furthest inside, where no member of an unmarked union fits."""
    while error.context:
        inner = max(error.context, key=lambda cause: len(cause.relative_path))
        if not inner.relative_path:
            return error
        error = inner
    return error
