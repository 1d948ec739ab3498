"""Each rule of a modal is broken alone."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord.rules import check_modal

Component = dict[str, Any]


def field(**more: Any) -> Component:
    return {"type": 4, "custom_id": "prompt", "style": 2, **more}


def label(component: Component | None = None, **more: Any) -> Component:
    return {"type": 18, "label": "Prompt", "component": component or field(), **more}


def modal(*components: Component, **more: Any) -> Component:
    return {"custom_id": "edit", "title": "Edit", "components": list(components), **more}


def options(*values: str) -> list[Component]:
    return [{"label": value, "value": value} for value in values]


def fields(count: int) -> list[Component]:
    return [label(field(custom_id=str(number))) for number in range(count)]


BROKEN: dict[str, tuple[Component, str]] = {
    "no title": (modal(label(), title=None), "title: is missing"),
    "an empty title": (modal(label(), title=""), "title: has 0"),
    "a title of 46": (modal(label(), title="x" * 46), "title: has 46"),
    "no custom_id": (modal(label(), custom_id=None), "custom_id: is missing"),
    "a custom_id of 101": (modal(label(), custom_id="x" * 101), "custom_id: has 101"),
    "no components": (modal(), "has 0 entries"),
    "six components": (modal(*fields(6)), "has 6 entries"),
    "an unknown key": (modal(label(), flags=64), "unknown key 'flags'"),
    "a text input at the top": (modal(field()), "TEXT_INPUT may not stand here"),
    "a button in a label": (modal(label({"type": 2})), "BUTTON may not stand here"),
    "one custom_id twice": (modal(label(), label()), "'prompt' occurs 2 times"),
    "a label of 46": (modal(label(label="x" * 46)), "label: has 46"),
    "an empty label": (modal(label(label="")), "label: has 0"),
    "a label's description of 101": (modal(label(description="x" * 101)), "has 101"),
    "a label around nothing": (modal({"type": 18, "label": "x"}), "component: is missing"),
    "a misspelt key of a label": (modal(label(placeholder="x")), "unknown key 'placeholder'"),
    "an input without custom_id": (modal(label({"type": 4, "style": 1})), "is missing"),
    "an input of style 3": (modal(label(field(style=3))), "style: is neither"),
    "a placeholder of 101": (modal(label(field(placeholder="x" * 101))), "has 101"),
    "a value of 4001": (modal(label(field(value="x" * 4001, max_length=None))), "4001"),
    "a value above max_length": (
        modal(label(field(value="x" * 11, max_length=10))),
        "longer than max_length 10",
    ),
    "a max_length of 4001": (modal(label(field(max_length=4001))), "max_length: is 4001"),
    "a max_length of 0": (modal(label(field(max_length=0))), "max_length: is 0"),
    "a negative min_length": (modal(label(field(min_length=-1))), "min_length: is -1"),
    "min_length above max_length": (modal(label(field(min_length=9, max_length=8))), "above"),
    "a label on a labelled input": (modal(label(field(label="x"))), "stands on the Label"),
    "an input in a row without label": (
        modal({"type": 1, "components": [field()]}),
        "label: is missing",
    ),
    "two inputs in a row": (
        modal(
            {
                "type": 1,
                "components": [field(label="x"), field(custom_id="b", label="x")],
            }
        ),
        "holds one text input",
    ),
    "a disabled select": (
        modal(label({"type": 5, "custom_id": "who", "disabled": True})),
        "nothing in a modal can be disabled",
    ),
    "a required select that allows nothing": (
        modal(label({"type": 5, "custom_id": "who", "min_values": 0})),
        "0 needs required false",
    ),
    "eleven files to upload": (
        modal(label({"type": 19, "custom_id": "up", "max_values": 11})),
        "max_values: is 11",
    ),
    "one radio button": (
        modal(label({"type": 21, "custom_id": "r", "options": options("a")})),
        "has 1 entries",
    ),
    "radio buttons of one value": (
        modal(label({"type": 21, "custom_id": "r", "options": options("a", "a")})),
        "'a' occurs 2 times",
    ),
    "two radio buttons preselected": (
        modal(
            label(
                {
                    "type": 21,
                    "custom_id": "r",
                    "options": [{**one, "default": True} for one in options("a", "b")],
                }
            )
        ),
        "more than one is preselected",
    ),
    "eleven checkboxes": (
        modal(label({"type": 22, "custom_id": "c", "options": options(*"abcdefghijk")})),
        "has 11 entries",
    ),
    "a checkbox without custom_id": (modal(label({"type": 23})), "is missing"),
    "an empty text": (modal(label(), {"type": 10, "content": ""}), "has 0 characters"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_modal_that_breaks_one_rule_is_refused_for_it(name: str) -> None:
    payload, words = BROKEN[name]

    problems = check_modal(payload)

    assert len(problems) == 1, problems
    assert words in problems[0]


PASSES: dict[str, Component] = {
    "five inputs": modal(*fields(5)),
    "a prefilled input at its limits": modal(
        label(
            field(
                value="x" * 2000,
                min_length=0,
                max_length=2000,
                placeholder="y" * 100,
                label=None,
                required=True,
            ),
            label="l" * 45,
            description="d" * 100,
        ),
        title="t" * 45,
        custom_id="c" * 100,
    ),
    "a row with an input": modal({"type": 1, "components": [field(label="Prompt")]}),
    "each kind": modal(
        {"type": 10, "content": "Choose"},
        label({"type": 3, "custom_id": "s", "options": options("a", "b"), "required": False}),
        label({"type": 19, "custom_id": "u", "min_values": 0, "required": False}),
        label({"type": 21, "custom_id": "r", "options": options("a", "b")}),
        label({"type": 23, "custom_id": "c", "default": True}),
    ),
    "checkboxes": modal(label({"type": 22, "custom_id": "c", "options": options("a")})),
}


@pytest.mark.parametrize("name", PASSES)
def test_a_modal_that_discord_takes_passes(name: str) -> None:
    assert check_modal(PASSES[name]) == []


FIELDS: dict[str, Component] = {
    "a text input": field(),
    "an upload": {"type": 19, "custom_id": "u"},
    "radio buttons": {"type": 21, "custom_id": "r", "options": options("a", "b")},
    "checkboxes": {"type": 22, "custom_id": "c", "options": options("a")},
    "a checkbox": {"type": 23, "custom_id": "c"},
}


@pytest.mark.parametrize("name", FIELDS)
def test_an_unknown_key_of_any_field_is_refused(name: str) -> None:
    payload = modal(label({**FIELDS[name], "custom": 1}))

    assert check_modal(payload) == ["components[0].component: unknown key 'custom'"]


@pytest.mark.parametrize(
    "component",
    [{"type": 1, "components": [field(label="x")]}, {"type": 10, "content": "x"}],
)
def test_an_unknown_key_beside_the_labels_is_refused(component: Component) -> None:
    payload = modal({**component, "custom": 1})

    assert check_modal(payload) == ["components[0]: unknown key 'custom'"]


@pytest.mark.parametrize("name", ["an upload", "checkboxes"])
def test_a_required_field_cannot_allow_nothing(name: str) -> None:
    required = modal(label({**FIELDS[name], "min_values": 0}))
    free = modal(label({**FIELDS[name], "min_values": 0, "required": False}))

    assert check_modal(required) == ["components[0].component.min_values: 0 needs required false"]
    assert check_modal(free) == []


def test_more_checkboxes_than_ten_cannot_be_asked_for() -> None:
    payload = modal(label({**FIELDS["checkboxes"], "max_values": 11}))

    assert check_modal(payload) == [
        "components[0].component.max_values: is 11, allowed are 1 to 10"
    ]
