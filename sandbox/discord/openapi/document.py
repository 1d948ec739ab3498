"""Discord's operations as its OpenAPI file has them.

Source: github.com/discord/discord-api-spec, `specs/openapi.json` (OpenAPI 3.1, JSON Schema
2020-12), commit 74fda0fa of 2026-07-18. It does not forbid unknown keys; for these, and for what
holds between fields, see `sandbox.discord.rules`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.discord.openapi.validator import Schema, checker

FILE_NAME = "discord-openapi.json"
_BESIDE = Path(__file__).resolve().parents[4] / "shared" / "specs"
_METHODS = ("get", "post", "put", "patch", "delete")
_PREFIX = re.compile(r"/api/v\d+(?=/)")
_TEMPLATE = re.compile(r"\\{(\w+)\\}")
_NUMBER = re.compile(r"-?\d+")
_BOOLEANS = {"1": True, "0": False, "true": True, "false": False}

_ID: Schema = {"type": ["string", "integer", "null"]}
_IDS: Schema = {
    "type": ["array", "null"],
    "items": {"type": ["string", "integer"]},
    "maxItems": 100,
    "uniqueItems": True,
}
# Where Discord's docs disagree with the file, the docs hold.
_TOLERATED: dict[tuple[str, str], Schema] = {
    # "snowflake or number" (resources/message.mdx): a new file goes by its index.
    ("MessageAttachmentRequest", "id"): {"type": ["string", "integer"]},
    # "?string" (interactions/application-commands.mdx), a number only in the file.
    ("ApplicationCommandUpdateRequest", "default_member_permissions"): {
        "type": ["string", "integer", "null"]
    },
    # Ids may be sent as numbers (reference.mdx, "ID Serialization"); discord.py does for these.
    ("CreatePrivateChannelRequest", "recipient_id"): _ID,
    **{("MessageReferenceRequest", key): _ID for key in ("message_id", "channel_id", "guild_id")},
    **{(f"{kind}SelectDefaultValue", "id"): _ID for kind in ("User", "Role", "Channel")},
    **{("MessageAllowedMentionsRequest", key): _IDS for key in ("users", "roles")},
}


@dataclass(frozen=True, kw_only=True)
class _Operation:
    pattern: re.Pattern[str]
    described: Schema
    parameters: list[Schema]


class OpenApi:
    """What Discord's file says of requests and answers.

    Args:
        document: The parsed file; it is changed where Discord's docs disagree with it.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        for (name, key), schema in _TOLERATED.items():
            if name in schemas:
                schemas[name]["properties"][key] = schema
        self._document = document
        self._check = checker(document)
        self._operations = {method: list(self._describe(method)) for method in _METHODS}

    @classmethod
    def load(cls) -> OpenApi | None:
        """Read the file from the folder in REMIX_SPECS, else from beside the repository.

        Returns:
            None where there is none: the file is not part of the repository.
        """
        path = Path(os.environ.get("REMIX_SPECS") or _BESIDE) / FILE_NAME
        return _read(path) if path.is_file() else None

    def check_request(
        self, method: str, path: str, query: Mapping[str, str], body: object
    ) -> list[str]:
        """Find what the file says against a request.

        Args:
            method: The HTTP method.
            path: The path, with or without `/api/v10`, without its query.
            query: The query as it was sent.
            body: The JSON body, of a multipart request its `payload_json`; None for no body.

        Returns:
            One sentence per problem. An operation that the file does not have is one.
        """
        operation = self._find(method, path)
        if operation is None:
            return [f"{method} {path}: there is no such operation"]
        matched = operation.pattern.fullmatch(_PREFIX.sub("", path, count=1))
        values = matched.groupdict() if matched else {}
        return [
            *self._check_parameters(operation, "path", values),
            *self._check_parameters(operation, "query", query),
            *self._check_body(operation, body),
        ]

    def check_response(self, method: str, path: str, status: int, body: object) -> list[str]:
        """Find what the file says against an answer.

        Args:
            method: The HTTP method of its request.
            path: The path of its request, as in `check_request`.
            status: Its HTTP status. From 500 on the file says nothing, so nothing is wrong.
            body: Its JSON body; None for no body.

        Returns:
            One sentence per problem.
        """
        operation = self._find(method, path)
        if operation is None:
            # What Discord does not know, it refuses.
            return [] if status >= 400 else [f"{method} {path}: there is no such operation"]
        answers = operation.described["responses"]
        answer = answers.get(str(status)) or answers.get(f"{status // 100}XX")
        if answer is None:
            return [] if status >= 500 else [f"status {status} is none of {', '.join(answers)}"]
        schema = _json_schema(self._resolve(answer))
        if schema is None:
            return [] if body is None else [f"body: an answer of {status} has none"]
        return _within("body", self._check(schema, body))

    def _describe(self, method: str) -> Iterator[_Operation]:
        paths: Mapping[str, Any] = self._document["paths"]
        # The fewer placeholders, the earlier: "@original" before any message's id.
        for path in sorted(paths, key=lambda path: path.count("{")):
            if method in paths[path]:
                pattern = _TEMPLATE.sub(r"(?P<\1>[^/]+)", re.escape(path))
                described = paths[path][method]
                parameters = paths[path].get("parameters", []) + described.get("parameters", [])
                yield _Operation(
                    pattern=re.compile(pattern), described=described, parameters=parameters
                )

    def _find(self, method: str, path: str) -> _Operation | None:
        plain = _PREFIX.sub("", path, count=1)
        known = self._operations.get(method.lower(), [])
        return next((one for one in known if one.pattern.fullmatch(plain)), None)

    def _resolve(self, described: Schema) -> Schema:
        if "$ref" not in described:
            return described
        kind, name = described["$ref"].split("/")[-2:]
        return self._document["components"][kind][name]

    def _check_parameters(
        self, operation: _Operation, place: str, values: Mapping[str, str]
    ) -> Iterator[str]:
        known = {one["name"]: one for one in operation.parameters if one["in"] == place}
        for name in values.keys() - known:
            yield f"{place}: unknown parameter {name!r}"
        for name, parameter in known.items():
            if name in values:
                value = _typed(values[name], parameter["schema"])
                yield from _within(f"{place} {name}", self._check(parameter["schema"], value))
            elif parameter.get("required"):
                yield f"{place}: {name} is missing"

    def _check_body(self, operation: _Operation, body: object) -> list[str]:
        described = operation.described.get("requestBody")
        if described is None:
            return [] if body is None else ["body: this operation takes none"]
        if body is None:
            return ["body: is missing"] if described.get("required") else []
        schema = _json_schema(described)
        return [] if schema is None else _within("body", self._check(schema, body))


def _json_schema(described: Schema) -> Schema | None:
    return described.get("content", {}).get("application/json", {}).get("schema")


def _typed(value: str, schema: Schema) -> object:
    """A query's text as what its schema asks for; booleans may be 1 and 0 (reference.mdx)."""
    if schema.get("type") == "boolean":
        return _BOOLEANS.get(value.lower(), value)
    if schema.get("type") == "integer" and _NUMBER.fullmatch(value):
        return int(value)
    return value


def _within(where: str, problems: list[str]) -> list[str]:
    return [f"{where}: {problem}" for problem in problems]


@cache
def _read(path: Path) -> OpenApi:
    return OpenApi(json.loads(path.read_bytes()))
