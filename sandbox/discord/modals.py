"""Modals, filled in and checked as Discord's client does it.

Source: Discord's documentation, components/reference, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.discord.components import Component, walk
from sandbox.discord.resolved import Resolved
from sandbox.discord.rules.tree import ComponentType
from sandbox.discord.selects import chosen

LONGEST_INPUT = 4000


def submitted(
    modal: dict[str, Any], values: Mapping[str, Any], resolved: Resolved
) -> list[Component]:
    """Return the `components` of a modal submit.

    Args:
        modal: What the bot answered with, its components numbered.
        values: By custom_id: text, or the value or values chosen, or `Upload`s. What is not
            named keeps what the modal was prefilled with.
        resolved: Takes the objects.

    Raises:
        ValueError: The client would not let this be sent.
    """
    known = {item["custom_id"] for item in walk(modal["components"]) if "custom_id" in item}
    if unknown := set(values) - known:
        raise ValueError(f"the modal has no {', '.join(sorted(unknown))}; it has {sorted(known)}")
    return [_part(component, values, resolved) for component in modal["components"]]


def _part(component: Component, values: Mapping[str, Any], resolved: Resolved) -> Component:
    part: Component = {"type": component["type"], "id": component["id"]}
    if component["type"] == ComponentType.LABEL:
        return {**part, "component": _input(component["component"], values, resolved)}
    if component["type"] == ComponentType.ROW:
        inputs = [_input(item, values, resolved) for item in component["components"]]
        return {**part, "components": inputs}
    return part


def _input(item: Component, values: Mapping[str, Any], resolved: Resolved) -> Component:
    kind, custom_id = ComponentType(item["type"]), item["custom_id"]
    part: Component = {"type": int(kind), "id": item["id"], "custom_id": custom_id}
    value = values.get(custom_id, _prefilled(item, kind, resolved))
    if kind is ComponentType.TEXT_INPUT:
        return {**part, "value": _text(item, value)}
    if kind is ComponentType.RADIO_GROUP:
        one = chosen(item, [] if value is None else [value], resolved)
        return {**part, "value": one[0] if one else None}
    if kind is ComponentType.CHECKBOX:
        if not isinstance(value, bool):
            raise ValueError(f"{custom_id} takes True or False, not {value!r}")
        return {**part, "value": value}
    chosen_values = value if isinstance(value, list) else [value]
    return {**part, "values": chosen(item, chosen_values, resolved)}


def _prefilled(item: Component, kind: ComponentType, resolved: Resolved) -> Any:
    if kind is ComponentType.TEXT_INPUT:
        return item.get("value") or ""
    if kind is ComponentType.CHECKBOX:
        return bool(item.get("default"))
    defaults = [option["value"] for option in item.get("options", []) if option.get("default")]
    if kind is ComponentType.RADIO_GROUP:
        return defaults[0] if defaults else None
    things = [resolved.known(int(entry["id"])) for entry in item.get("default_values", [])]
    return [*defaults, *things]


def _text(item: Component, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(  # noqa: TRY004 - one error for all that the client would not send
            f"{item['custom_id']} takes text, not {value!r}"
        )
    if not value and not item.get("required", True):
        return value
    least = max(item.get("min_length") or 0, 1 if item.get("required", True) else 0)
    most = item.get("max_length") or LONGEST_INPUT
    if not least <= len(value) <= most:
        raise ValueError(
            f"{item['custom_id']} takes {least} to {most} characters, not {len(value)}"
        )
    return value
