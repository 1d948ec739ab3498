"""Options of slash commands, filled in and checked as Discord's client does it.

Source: Discord's documentation, interactions/application-commands, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from sandbox.discord.channels import Channel
from sandbox.discord.members import Member
from sandbox.discord.resolved import Resolved
from sandbox.discord.roles import Role
from sandbox.discord.uploads import Upload

LONGEST_STRING = 6000
LARGEST_NUMBER = 2**53
Definition = dict[str, Any]


class OptionType(IntEnum):
    """The types of options."""

    SUBCOMMAND = 1
    SUBCOMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


_NESTED = (OptionType.SUBCOMMAND, OptionType.SUBCOMMAND_GROUP)
_OBJECTS: dict[OptionType, tuple[type, ...]] = {
    OptionType.USER: (Member,),
    OptionType.CHANNEL: (Channel,),
    OptionType.ROLE: (Role,),
    OptionType.MENTIONABLE: (Member, Role),
    OptionType.ATTACHMENT: (Upload,),
}


def fill_in(
    command: Definition,
    words: list[str],
    values: Mapping[str, Any],
    resolved: Resolved,
    *,
    focused: str | None = None,
) -> list[dict[str, Any]]:
    """Return the `options` of an interaction.

    Args:
        command: The command as it is registered.
        words: The names of subcommand group and subcommand, if it has such.
        values: By option: text, number, truth, `Upload`, member, role or channel.
        resolved: Takes the objects.
        focused: The option that is being typed, for an autocomplete: it may hold anything, and
            required ones may still be missing.

    Raises:
        ValueError: The client would not let this be sent.
    """
    definitions: list[Definition] = command.get("options") or []
    nested = any(item["type"] in _NESTED for item in definitions)
    if not words and nested:
        raise ValueError(f"/{command['name']} has subcommands: name one")
    if words:
        return [_subcommand(definitions, words, values, resolved, focused)]
    unknown = set(values) - {item["name"] for item in definitions}
    if unknown:
        raise ValueError(f"/{command['name']} has no option {', '.join(sorted(unknown))}")
    options = []
    for definition in definitions:
        name = definition["name"]
        if name in values:
            options.append(_option(definition, values[name], resolved, typed=name == focused))
        elif definition.get("required") and focused is None:
            raise ValueError(f"option {name} is required")
    return options


def _subcommand(
    definitions: list[Definition],
    words: list[str],
    values: Mapping[str, Any],
    resolved: Resolved,
    focused: str | None,
) -> dict[str, Any]:
    for definition in definitions:
        if definition["name"] == words[0] and definition["type"] in _NESTED:
            options = fill_in(definition, words[1:], values, resolved, focused=focused)
            return {"name": words[0], "type": definition["type"], "options": options}
    raise ValueError(f"there is no subcommand {words[0]}")


def _option(
    definition: Definition, value: Any, resolved: Resolved, *, typed: bool
) -> dict[str, Any]:
    kind, name = OptionType(definition["type"]), definition["name"]
    option: dict[str, Any] = {"name": name, "type": int(kind)}
    if typed:
        if not definition.get("autocomplete"):
            raise ValueError(f"option {name} has no autocomplete")
        return {**option, "value": value, "focused": True}
    if kind in _OBJECTS:
        if not isinstance(value, _OBJECTS[kind]):
            raise ValueError(f"option {name} takes a {kind.name.lower()}, not {value!r}")
        allowed = definition.get("channel_types")
        if isinstance(value, Channel) and allowed and value.kind not in allowed:
            raise ValueError(f"option {name} takes no channel of type {int(value.kind)}")
        return {**option, "value": resolved.add(value)}
    return {**option, "value": _plain(definition, kind, value)}


def _plain(definition: Definition, kind: OptionType, value: Any) -> Any:
    types: dict[OptionType, tuple[type, ...]] = {
        OptionType.STRING: (str,),
        OptionType.INTEGER: (int,),
        OptionType.BOOLEAN: (bool,),
        OptionType.NUMBER: (int, float),
    }
    name = definition["name"]
    right = isinstance(value, types[kind]) and isinstance(value, bool) == (
        kind is OptionType.BOOLEAN
    )
    if not right:
        raise ValueError(f"option {name} takes a {kind.name.lower()}, not {value!r}")
    if choices := definition.get("choices"):
        return _choice(name, choices, value)
    _check_range(definition, kind, value)
    return value


def _choice(name: str, choices: list[dict[str, Any]], value: Any) -> Any:
    for choice in choices:
        if value in (choice["value"], choice["name"]):
            return choice["value"]
    raise ValueError(f"option {name} has no choice {value!r}")


def _check_range(definition: Definition, kind: OptionType, value: Any) -> None:
    name = definition["name"]
    if kind is OptionType.STRING:
        least, most = definition.get("min_length", 0), definition.get("max_length", LONGEST_STRING)
        if not least <= len(value) <= most:
            raise ValueError(f"option {name} takes {least} to {most} characters, not {len(value)}")
    elif kind is not OptionType.BOOLEAN:
        least = definition.get("min_value", -LARGEST_NUMBER)
        most = definition.get("max_value", LARGEST_NUMBER)
        if not least <= value <= most:
            raise ValueError(f"option {name} takes {least} to {most}, not {value}")
