"""Modals: the form that answers an interaction.

Source: Discord's docs, components/reference.mdx and receiving-and-responding.mdx "Modal", read
2026-11-21. The OpenAPI file allows 40 components in a modal; the docs' 5 are what holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sandbox.discord.rules.controls import (
    check_options,
    check_range,
    check_required,
    check_select,
)
from sandbox.discord.rules.tree import (
    IN_MODAL,
    SELECTS,
    ComponentType,
    Part,
    check_ids,
    check_places,
    walk,
)
from sandbox.discord.rules.values import (
    CUSTOM_ID_LENGTH,
    Payload,
    check_objects,
    check_text,
    length,
    number,
    objects,
    require_text,
    unknown_keys,
)

TITLE_LENGTH = 45
INPUT_LENGTH = 4000
MAX_INPUTS = 5
MAX_UPLOADS = 10
_INPUT_KEYS = (
    *("type", "id", "custom_id", "style", "label", "min_length", "max_length", "required"),
    *("value", "placeholder"),
)
_RANGE_KEYS = ("type", "id", "custom_id", "min_values", "max_values", "required")


def check_modal(payload: Payload) -> list[str]:
    """Find what Discord's schema cannot see in a modal.

    Args:
        payload: The `data` of a callback of type 9.

    Returns:
        One sentence per problem; empty where Discord would show the modal.
    """
    parts = walk(payload, IN_MODAL)
    problems = [
        *unknown_keys("modal", payload, ("custom_id", "title", "components")),
        *require_text("title", payload.get("title"), most=TITLE_LENGTH),
        *require_text("custom_id", payload.get("custom_id"), most=CUSTOM_ID_LENGTH),
        *check_objects("components", payload.get("components"), 1, MAX_INPUTS),
        *check_places(parts),
        *check_ids(parts),
    ]
    for part in parts:
        rule = _RULES.get(part.kind) if part.kind else None
        if rule and part.kind in part.allowed:
            problems += rule(part)
    return problems


def _check_label(part: Part) -> Iterator[str]:
    where, label = part.where, part.payload
    yield from unknown_keys(where, label, ("type", "id", "label", "description", "component"))
    yield from require_text(f"{where}.label", label.get("label"), most=TITLE_LENGTH)
    yield from check_text(f"{where}.description", label.get("description"), most=100)
    if not isinstance(label.get("component"), dict):
        yield f"{where}.component: is missing"


def _check_row(part: Part) -> Iterator[str]:
    yield from unknown_keys(part.where, part.payload, ("type", "id", "components"))
    if len(objects(part.payload.get("components"))) != 1:
        yield f"{part.where}: a row in a modal holds one text input"


def _check_text(part: Part) -> Iterator[str]:
    yield from unknown_keys(part.where, part.payload, ("type", "id", "content"))
    content = part.payload.get("content")
    yield from require_text(f"{part.where}.content", content, most=INPUT_LENGTH)


def _check_text_input(part: Part) -> Iterator[str]:
    where, field = part.where, part.payload
    yield from unknown_keys(where, field, _INPUT_KEYS)
    yield from _require_custom_id(part)
    if field.get("style") not in (1, 2):
        yield f"{where}.style: is neither 1 (short) nor 2 (paragraph)"
    yield from check_text(f"{where}.placeholder", field.get("placeholder"), most=100)
    yield from check_text(f"{where}.value", field.get("value"), most=INPUT_LENGTH)
    yield from check_range(where, field, ("min_length", "max_length"), INPUT_LENGTH)
    longest = number(field.get("max_length"), INPUT_LENGTH)
    if longest < length(field.get("value")) <= INPUT_LENGTH:
        yield f"{where}.value: is longer than max_length {longest}"
    yield from _check_own_label(part)


def _check_own_label(part: Part) -> Iterator[str]:
    label = part.payload.get("label")
    if not part.in_label:
        yield from require_text(f"{part.where}.label", label, most=TITLE_LENGTH)
    elif label is not None:
        yield f"{part.where}.label: stands on the Label around it, not here"


def _check_upload(part: Part) -> Iterator[str]:
    yield from unknown_keys(part.where, part.payload, _RANGE_KEYS)
    yield from _require_custom_id(part)
    yield from check_range(part.where, part.payload, ("min_values", "max_values"), MAX_UPLOADS)
    yield from check_required(part.where, part.payload)


def _check_checkboxes(part: Part) -> Iterator[str]:
    where, group = part.where, part.payload
    yield from unknown_keys(where, group, (*_RANGE_KEYS, "options"))
    yield from _require_custom_id(part)
    yield from check_options(f"{where}.options", group.get("options"), least=1, most=10)
    yield from check_range(where, group, ("min_values", "max_values"), 10)
    yield from check_required(where, group)


def _check_radio(part: Part) -> Iterator[str]:
    where, group = part.where, part.payload
    yield from unknown_keys(where, group, ("type", "id", "custom_id", "options", "required"))
    yield from _require_custom_id(part)
    yield from check_options(f"{where}.options", group.get("options"), least=2, most=10)
    if sum(option.get("default") is True for option in objects(group.get("options"))) > 1:
        yield f"{where}.options: more than one is preselected"


def _check_checkbox(part: Part) -> Iterator[str]:
    yield from unknown_keys(part.where, part.payload, ("type", "id", "custom_id", "default"))
    yield from _require_custom_id(part)


def _require_custom_id(part: Part) -> Iterator[str]:
    if part.payload.get("custom_id") is None:
        yield f"{part.where}.custom_id: is missing"


_RULES: dict[ComponentType, Callable[[Part], Iterator[str]]] = {
    **dict.fromkeys(SELECTS, check_select),
    ComponentType.LABEL: _check_label,
    ComponentType.ROW: _check_row,
    ComponentType.TEXT: _check_text,
    ComponentType.TEXT_INPUT: _check_text_input,
    ComponentType.FILE_UPLOAD: _check_upload,
    ComponentType.CHECKBOX_GROUP: _check_checkboxes,
    ComponentType.RADIO_GROUP: _check_radio,
    ComponentType.CHECKBOX: _check_checkbox,
}
