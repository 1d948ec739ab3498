"""Whatever stands where in a payload, the rules answer with words and never raise."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from sandbox.discord.rules import (
    check_autocomplete,
    check_commands,
    check_defer,
    check_message,
    check_modal,
)

JUNK: tuple[Any, ...] = (None, True, -1, 1.5, "", "x", [], [[]], [None], {}, {"x": {}}, [{}])
OPTION = {"label": "a", "value": "a", "emoji": {"name": "x"}}
SELECT = {"type": 3, "custom_id": "s", "options": [OPTION], "min_values": 0, "max_values": 1}
MESSAGE: dict[str, Any] = {
    "content": "x",
    "flags": 1 << 15,
    "allowed_mentions": {"parse": ["users"], "users": ["1"]},
    "embeds": [
        {
            "title": "x",
            "footer": {"text": "x"},
            "image": {"url": "attachment://a.png"},
            "fields": [{"name": "n", "value": "v"}],
        }
    ],
    "attachments": [{"id": 0, "filename": "a.png"}],
    "message_reference": {"type": 1},
    "components": [
        {
            "type": 17,
            "components": [
                {
                    "type": 9,
                    "components": [{"type": 10, "content": "x", "id": 1}],
                    "accessory": {"type": 11, "media": {"url": "attachment://a.png"}},
                },
                {"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]},
                {"type": 13, "file": {"url": "attachment://a.png"}},
                {"type": 1, "components": [{"type": 2, "style": 5, "url": "x", "label": "x"}]},
                {"type": 1, "components": [SELECT]},
                {"type": 1, "components": [{"type": 5, "default_values": [{"id": "1"}]}]},
                {"type": 14, "spacing": 1},
            ],
        },
    ],
}
MODAL: dict[str, Any] = {
    "title": "x",
    "custom_id": "x",
    "components": [
        {
            "type": 18,
            "label": "x",
            "component": {"type": 4, "custom_id": "a", "value": "x", "max_length": 5},
        },
        {"type": 18, "label": "x", "component": SELECT},
        {"type": 18, "label": "x", "component": {"type": 21, "options": [OPTION]}},
        {"type": 18, "label": "x", "component": {"type": 19, "min_values": 0}},
        {"type": 1, "components": [{"type": 4, "label": "x"}]},
    ],
}
COMMAND: dict[str, Any] = {
    "name": "x",
    "name_localizations": {"de": "x"},
    "description": "x",
    "contexts": [0],
    "default_member_permissions": "1",
    "options": [
        {"type": 1, "name": "x", "description": "x", "options": []},
        {
            "type": 4,
            "name": "y",
            "min_value": 1,
            "max_value": 2,
            "choices": [{"name": "x", "value": 1}],
        },
    ],
}


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each list or object inside, with each of its keys."""
    keys = range(len(value)) if isinstance(value, list) else list(value)
    for key in keys:
        yield value, key
        if isinstance(value[key], list | dict):
            yield from places(value[key])


def spoilt(payload: Any) -> Iterator[Any]:
    """The payload with junk in each place in turn."""
    fresh = copy.deepcopy(payload)
    for parent, key in places(fresh):
        original = parent[key]
        for junk in JUNK:
            parent[key] = junk
            yield fresh
        parent[key] = original


def count_in_words(problems: list[str]) -> int:
    assert all(isinstance(problem, str) and problem for problem in problems)
    return len(problems)


def test_junk_anywhere_in_a_message_is_answered_in_words() -> None:
    names: Any = {"files": ["a.png"], "kept": []}
    found = sum(
        count_in_words(check_message(payload, **names, editing=editing, v2_before=editing))
        for payload in spoilt(MESSAGE)
        for editing in (False, True)
    )

    assert found > 1000


def test_junk_anywhere_in_a_modal_is_answered_in_words() -> None:
    assert sum(count_in_words(check_modal(payload)) for payload in spoilt(MODAL)) > 500


def test_junk_anywhere_in_commands_is_answered_in_words() -> None:
    assert sum(count_in_words(check_commands(payload)) for payload in spoilt([COMMAND])) > 200


def test_junk_in_small_answers_is_answered_in_words() -> None:
    for junk in JUNK[3:]:
        assert check_defer({"flags": junk})
        assert check_autocomplete({"choices": [junk]})
