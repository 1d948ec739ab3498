"""The tree of components: its kinds, who may stand in whom, and what holds over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from sandbox.discord.rules.values import (
    CUSTOM_ID_LENGTH,
    Payload,
    check_number,
    check_text,
    check_unique,
)


class ComponentType(IntEnum):
    """Discord's kinds of components (docs, components/reference.mdx, read 2026-11-21)."""

    ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT = 10
    THUMBNAIL = 11
    GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


SELECTS = frozenset(
    {
        ComponentType.STRING_SELECT,
        ComponentType.USER_SELECT,
        ComponentType.ROLE_SELECT,
        ComponentType.MENTIONABLE_SELECT,
        ComponentType.CHANNEL_SELECT,
    }
)
CLASSIC = SELECTS | {ComponentType.ROW, ComponentType.BUTTON}
"""What a message without the Components V2 flag may hold."""

_IN_CONTAINER = frozenset(
    {
        ComponentType.ROW,
        ComponentType.SECTION,
        ComponentType.TEXT,
        ComponentType.GALLERY,
        ComponentType.FILE,
        ComponentType.SEPARATOR,
    }
)
_IN_LABEL = SELECTS | {
    ComponentType.TEXT_INPUT,
    ComponentType.FILE_UPLOAD,
    ComponentType.RADIO_GROUP,
    ComponentType.CHECKBOX_GROUP,
    ComponentType.CHECKBOX,
}

Places: TypeAlias = dict[tuple[ComponentType | None, str], frozenset[ComponentType]]
"""Which kinds may stand under which key of which component; None is the message or modal."""

IN_MESSAGE: Places = {
    (None, "components"): _IN_CONTAINER | {ComponentType.CONTAINER},
    (ComponentType.CONTAINER, "components"): _IN_CONTAINER,
    (ComponentType.ROW, "components"): SELECTS | {ComponentType.BUTTON},
    (ComponentType.SECTION, "components"): frozenset({ComponentType.TEXT}),
    (ComponentType.SECTION, "accessory"): frozenset(
        {ComponentType.BUTTON, ComponentType.THUMBNAIL}
    ),
}
IN_MODAL: Places = {
    (None, "components"): frozenset({ComponentType.ROW, ComponentType.LABEL, ComponentType.TEXT}),
    (ComponentType.ROW, "components"): frozenset({ComponentType.TEXT_INPUT}),
    (ComponentType.LABEL, "component"): _IN_LABEL,
}
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Part:
    """One component and where it stands."""

    where: str
    """Path inside the payload, as `components[0].accessory`."""
    payload: Payload
    allowed: frozenset[ComponentType]
    """The kinds that may stand at this place."""
    parent: ComponentType | None = None

    @property
    def kind(self) -> ComponentType | None:
        """The kind, or None where it is not one of Discord's."""
        try:
            return ComponentType(self.payload.get("type"))
        except ValueError:
            return None

    @property
    def in_label(self) -> bool:
        """It is a modal's field with its label around it."""
        return self.parent is ComponentType.LABEL


def walk(payload: Payload, places: Places) -> list[Part]:
    """All components of a message or modal, each parent before its children."""
    return list(_children("", None, payload, places))


def _children(
    where: str, kind: ComponentType | None, payload: Payload, places: Places
) -> Iterator[Part]:
    for (parent, key), allowed in places.items():
        if parent is not kind:
            continue
        place = f"{where}.{key}".lstrip(".")
        value = payload.get(key)
        # Only the "components" are a list; an accessory and a label's component are alone.
        named = _entries(place, value) if key == "components" else [(place, value)]
        for name, child in named:
            if not isinstance(child, Mapping):
                continue
            part = Part(where=name, payload=child, allowed=allowed, parent=parent)
            yield part
            # None stands for the top, so a child of unknown kind is not looked into.
            if part.kind:
                yield from _children(name, part.kind, child, places)


def _entries(where: str, value: object) -> list[tuple[str, object]]:
    entries = value if isinstance(value, list) else []
    return [(f"{where}[{index}]", entry) for index, entry in enumerate(entries)]


def check_places(parts: list[Part]) -> Iterator[str]:
    """Each component has a known type and stands where that type may stand."""
    for part in parts:
        if part.kind is None:
            yield f"{part.where}: unknown component type {part.payload.get('type')!r}"
        elif part.kind not in part.allowed:
            yield f"{part.where}: a {part.kind.name} may not stand here"


def check_ids(parts: list[Part]) -> Iterator[str]:
    """Component ids and custom_ids are well formed and unique in the message or modal."""
    ids = [part.payload.get("id") for part in parts]
    for part in parts:
        yield from check_number(f"{part.where}.id", part.payload.get("id"), 0, _LARGEST_ID)
        custom_id = part.payload.get("custom_id")
        yield from check_text(f"{part.where}.custom_id", custom_id, least=1, most=CUSTOM_ID_LENGTH)
    # Discord numbers a component itself where its id is left out or 0.
    yield from check_unique("component ids", (value for value in ids if value))
    custom_ids = [part.payload.get("custom_id") for part in parts]
    yield from check_unique("custom_ids", (value for value in custom_ids if value is not None))
