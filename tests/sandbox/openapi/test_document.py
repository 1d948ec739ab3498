"""How requests find their operation and their schemas, on a small document of the same form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.discord.openapi import OpenApi

SNOWFLAKE = {"type": "string", "pattern": "^[0-9]+$"}


def content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def ref(name: str, kind: str = "schemas") -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def part(kind: int, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"type": {"type": "integer", "enum": [kind]}, **properties},
        "required": ["type", *properties],
    }


def document() -> dict[str, Any]:
    message_id = {"name": "id", "in": "path", "required": True, "schema": ref("Snowflake")}
    wait = {"name": "wait", "in": "query", "schema": {"type": "boolean"}}
    limit = {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer"}}
    answers = {
        "200": content(ref("Message")),
        "204": {"description": "nothing"},
        "4XX": ref("Error", "responses"),
    }
    send = {
        "parameters": [wait],
        "requestBody": {**content(ref("Message")), "required": True},
        "responses": answers,
    }
    return {
        "paths": {
            "/messages/{id}": {
                "parameters": [message_id],
                "get": {"responses": answers},
                "patch": send,
            },
            "/messages/@original": {"get": {"parameters": [limit], "responses": answers}},
            "/messages": {"post": {"requestBody": content({}), "responses": answers}},
        },
        "components": {
            "responses": {"Error": content(part(0, code={"type": "integer"}))},
            "schemas": {
                "Snowflake": SNOWFLAKE,
                "MessageAttachmentRequest": {"properties": {"id": SNOWFLAKE}},
                "ApplicationCommandUpdateRequest": {"properties": {}},
                "Row": part(1, components={"type": "array", "items": ref("Part")}),
                "Text": part(10, content={"type": "string", "maxLength": 5}),
                "Part": {"oneOf": [ref("Row"), ref("Text")]},
                "Message": {
                    "type": "object",
                    "properties": {
                        "components": {"type": "array", "items": ref("Part")},
                        "attachments": {"type": "array", "items": ref("MessageAttachmentRequest")},
                        "author": {"oneOf": [{"type": "null"}, part(7)]},
                        "kind": {"oneOf": [{"const": 1}, {"const": 2}]},
                        "nonce": {"oneOf": [{"type": "integer"}, {"type": "string"}]},
                    },
                },
            },
        },
    }


@pytest.fixture
def api() -> OpenApi:
    return OpenApi(document())


def patch(api: OpenApi, body: object) -> list[str]:
    return api.check_request("PATCH", "/messages/1", {}, body)


def test_a_path_is_found_with_and_without_its_version(api: OpenApi) -> None:
    assert api.check_request("GET", "/messages/1", {}, None) == []
    assert api.check_request("get", "/api/v10/messages/1", {}, None) == []


@pytest.mark.parametrize(("method", "path"), [("GET", "/mesages/1"), ("DELETE", "/messages/1")])
def test_an_operation_that_is_not_there_is_a_problem(api: OpenApi, method: str, path: str) -> None:
    problems = api.check_request(method, path, {}, None)

    assert problems == [f"{method} {path}: there is no such operation"]
    assert api.check_response(method, path, 200, {}) == problems
    assert api.check_response(method, path, 404, {"code": 0}) == []


def test_a_fixed_word_wins_over_a_placeholder(api: OpenApi) -> None:
    problems = api.check_request("GET", "/messages/@original", {}, None)

    assert problems == ["query: limit is missing"]


def test_a_placeholder_is_checked(api: OpenApi) -> None:
    assert api.check_request("GET", "/messages/@me", {}, None) == [
        "path id: '@me' does not match '^[0-9]+$'"
    ]


@pytest.mark.parametrize("value", ["1", "0", "true", "false", "True"])
def test_a_boolean_query_may_be_a_number(api: OpenApi, value: str) -> None:
    assert api.check_request("PATCH", "/messages/1", {"wait": value}, {}) == []


def test_a_query_of_another_type_or_name_is_a_problem(api: OpenApi) -> None:
    assert (
        "not of type 'boolean'" in api.check_request("PATCH", "/messages/1", {"wait": "2"}, {})[0]
    )
    assert (
        "not of type 'integer'"
        in (api.check_request("GET", "/messages/@original", {"limit": "many"}, None)[0])
    )
    assert api.check_request("GET", "/messages/@original", {"limit": "5", "wiat": "1"}, None) == [
        "query: unknown parameter 'wiat'"
    ]


def test_a_body_is_needed_or_forbidden_as_described(api: OpenApi) -> None:
    assert patch(api, None) == ["body: is missing"]
    assert api.check_request("POST", "/messages", {}, None) == []
    assert api.check_request("GET", "/messages/1", {}, {}) == ["body: this operation takes none"]


def test_an_attachment_may_go_by_its_index(api: OpenApi) -> None:
    assert patch(api, {"attachments": [{"id": 0}, {"id": "1"}]}) == []
    assert len(patch(api, {"attachments": [{"id": 1.5}]})) == 1


def test_the_problem_of_a_nested_component_is_named_with_its_place(api: OpenApi) -> None:
    row = {"type": 1, "components": [{"type": 10, "content": "too long"}]}

    assert patch(api, {"components": [row]}) == [
        "body: components[0].components[0].content: 'too long' is too long"
    ]


@pytest.mark.parametrize("kind", [None, 99, "1", [], {}])
def test_a_component_of_unknown_type_is_a_problem(api: OpenApi, kind: object) -> None:
    problems = patch(api, {"components": [{"type": kind}]})

    assert len(problems) == 1
    assert "is none of type 1, type 10" in problems[0]


def test_null_and_the_other_member_of_a_union_are_told_apart(api: OpenApi) -> None:
    assert patch(api, {"author": None}) == []
    assert patch(api, {"author": {"type": 7}}) == []
    assert len(patch(api, {"author": {}})) == 1
    assert len(patch(api, {"author": {"type": 1}})) == 1
    assert len(patch(api, {"author": []})) == 1


def test_a_constant_is_compared_by_type_too(api: OpenApi) -> None:
    assert patch(api, {"kind": 2}) == []
    assert len(patch(api, {"kind": True})) == 1
    assert patch(api, {"kind": 3}) == ["body: kind: 3 is none of 1, 2"]


def test_a_union_without_a_mark_takes_any_member(api: OpenApi) -> None:
    assert patch(api, {"nonce": 5}) == []
    assert patch(api, {"nonce": "5"}) == []
    assert len(patch(api, {"nonce": 5.5})) == 1


def test_an_answer_is_checked_by_its_status(api: OpenApi) -> None:
    def check(status: int, body: object) -> list[str]:
        return api.check_response("GET", "/messages/1", status, body)

    assert check(200, {"components": []}) == []
    assert len(check(200, {"components": {}})) == 1
    assert check(204, None) == []
    assert check(204, {}) == ["body: an answer of 204 has none"]
    assert check(404, {"type": 0, "code": 10008}) == []
    assert check(404, {"type": 0}) == ["body: 'code' is a required property"]
    assert check(302, None) == ["status 302 is none of 200, 204, 4XX"]
    assert check(503, "overloaded") == []


def test_the_file_is_read_from_the_folder_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMIX_SPECS", str(tmp_path))
    assert OpenApi.load() is None

    (tmp_path / "discord-openapi.json").write_text(json.dumps(document()))

    api = OpenApi.load()
    assert api is not None
    assert api.check_request("GET", "/messages/1", {}, None) == []
    assert OpenApi.load() is api
