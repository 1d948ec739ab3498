"""Application commands as they are registered in bulk.

Source: Discord's docs, interactions/application-commands.mdx and reference.mdx "Locales", read
2026-11-21.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from sandbox.discord.rules.names import check_names
from sandbox.discord.rules.options import OptionType, check_choices, check_options
from sandbox.discord.rules.values import (
    Payload,
    check_objects,
    check_unique,
    length,
    number,
    objects,
    unknown_keys,
)

MAX_CHARACTERS = 8000
CHAT_INPUT, USER, MESSAGE, ENTRY_POINT = 1, 2, 3, 4
_MOST = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15, ENTRY_POINT: 1}
_KEYS = (
    *("id", "type", "name", "name_localizations", "description", "description_localizations"),
    *("options", "default_member_permissions", "dm_permission", "contexts"),
    *("integration_types", "nsfw", "handler"),
)


def check_commands(payload: Sequence[Payload]) -> list[str]:
    """Find what Discord's schema cannot see in a bulk overwrite of commands.

    Args:
        payload: The body of `PUT /applications/{id}/commands` or of its form for one server.

    Returns:
        One sentence per problem; empty where Discord would register all of them.
    """
    commands = objects(payload)
    problems = [
        *check_objects("commands", payload),
        *_check_counts(commands),
        *_check_same_names(commands),
    ]
    for command in commands:
        problems += _check_command(f"/{command.get('name')}", command)
    return problems


def check_autocomplete(payload: Payload, kind: int = OptionType.STRING) -> list[str]:
    """Find the problems of an answer to an autocomplete.

    Args:
        payload: The `data` of a callback of type 8.
        kind: The type of the option that is being typed; Discord compares the values with it.

    Returns:
        One sentence per problem; empty where Discord would offer the choices.
    """
    problems = list(unknown_keys("autocomplete", payload, ("choices",)))
    if payload.get("choices") is None:
        problems.append("autocomplete.choices: is missing")
    return [*problems, *check_choices("autocomplete", payload.get("choices"), OptionType(kind))]


def _kind(command: Payload) -> int:
    return number(command.get("type"), CHAT_INPUT)


def _check_counts(commands: list[Payload]) -> Iterator[str]:
    for kind, count in Counter(map(_kind, commands)).items():
        most = _MOST.get(kind)
        if most is None:
            yield f"commands: unknown type {kind}"
        elif count > most:
            yield f"commands: {count} of type {kind}; at most {most}"


def _check_same_names(commands: list[Payload]) -> Iterator[str]:
    for kind in _MOST:
        names = (command.get("name") for command in commands if _kind(command) == kind)
        yield from check_unique(f"commands of type {kind}: name", names)


def _check_command(where: str, command: Payload) -> Iterator[str]:
    chat = _kind(command) == CHAT_INPUT
    yield from unknown_keys(where, command, _KEYS)
    yield from check_names(where, command, plain=not chat, described=chat)
    if chat:
        yield from check_options(where, command.get("options"), top=True)
        yield from _check_size(where, command)
    elif command.get("options"):
        yield f"{where}.options: only a slash command has options"
    yield from _check_set(f"{where}.contexts", command.get("contexts"), (0, 1, 2))
    types = command.get("integration_types")
    yield from _check_set(f"{where}.integration_types", types, (0, 1))
    yield from _check_permissions(where, command.get("default_member_permissions"))


def _check_set(where: str, value: object, known: tuple[int, ...]) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, list) or not value:
        yield f"{where}: is neither null nor a list with entries"
        return
    yield from check_unique(where, value)
    for entry in value:
        if entry not in known:
            yield f"{where}: unknown value {entry!r}"


def _check_permissions(where: str, value: object) -> Iterator[str]:
    if isinstance(value, str):
        if not value.isdecimal():
            yield f"{where}.default_member_permissions: {value!r} is not a number"
    elif value is not None and number(value, -1) < 0:
        yield f"{where}.default_member_permissions: is not a set of permissions"


def _check_size(where: str, command: Payload) -> Iterator[str]:
    characters = _characters(command)
    if characters > MAX_CHARACTERS:
        yield f"{where}: has {characters} characters in all; at most {MAX_CHARACTERS}"


def _characters(payload: Payload) -> int:
    """Names, descriptions and values, nested ones included; of translations the longest."""
    own = length(payload.get("value"))
    for key in ("name", "description"):
        translations = payload.get(f"{key}_localizations")
        others = translations.values() if isinstance(translations, dict) else ()
        own += max(map(length, (payload.get(key), *others)))
    nested = [*objects(payload.get("options")), *objects(payload.get("choices"))]
    return own + sum(map(_characters, nested))
