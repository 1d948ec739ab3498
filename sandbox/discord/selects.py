"""What a member chooses in a select, a radio or checkbox group, or a file upload."""

from __future__ import annotations

from typing import Any

from sandbox.discord.channels import Channel
from sandbox.discord.components import Component
from sandbox.discord.members import Member
from sandbox.discord.resolved import Resolved
from sandbox.discord.roles import Role
from sandbox.discord.rules.tree import ComponentType
from sandbox.discord.uploads import Upload

_THINGS: dict[ComponentType, tuple[type, ...]] = {
    ComponentType.USER_SELECT: (Member,),
    ComponentType.ROLE_SELECT: (Role,),
    ComponentType.MENTIONABLE_SELECT: (Member, Role),
    ComponentType.CHANNEL_SELECT: (Channel,),
    ComponentType.FILE_UPLOAD: (Upload,),
}


def chosen(
    item: Component, values: list[Any], resolved: Resolved, *, in_modal: bool = True
) -> list[str]:
    """Return the `values` of a component.

    Args:
        item: The component.
        values: Values of its options; or members, roles, channels, `Upload`s.
        resolved: Takes the objects.
        in_modal: Whether it stands in a modal; messages know no `required`.

    Raises:
        ValueError: The client would not let this be chosen.
    """
    kind, custom_id = ComponentType(item["type"]), item["custom_id"]
    least, most = _bounds(item, kind, required=not in_modal or item.get("required", True))
    if not least <= len(values) <= most:
        raise ValueError(f"{custom_id} takes {least} to {most} values, not {len(values)}")
    if len({id(v) if isinstance(v, Upload) else v for v in values}) < len(values):
        raise ValueError(f"{custom_id}: the same value twice")
    if kind not in _THINGS:
        options = [option["value"] for option in item.get("options", [])]
        for value in values:
            if value not in options:
                raise ValueError(f"{custom_id} has no option {value!r}; it has {options}")
        return list(values)
    return [_thing(item, kind, value, resolved) for value in values]


def _bounds(item: Component, kind: ComponentType, *, required: bool) -> tuple[int, int]:
    # What is not required may be left without any choice.
    default_most = len(item.get("options", [])) if kind is ComponentType.CHECKBOX_GROUP else 1
    least = item.get("min_values")
    most = item.get("max_values")
    least = 1 if least is None else least
    return (least if required else 0), (default_most if most is None else most)


def _thing(item: Component, kind: ComponentType, value: Any, resolved: Resolved) -> str:
    custom_id, types = item["custom_id"], item.get("channel_types")
    if isinstance(value, Channel) and types and value.kind not in types:
        raise ValueError(f"{custom_id} takes no channel of type {int(value.kind)}")
    if isinstance(value, _THINGS[kind]):
        return resolved.add(value)
    raise ValueError(f"{custom_id} takes a {kind.name.lower()}, not {value!r}")
