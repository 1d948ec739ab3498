"""The options of a slash command: their order, nesting, ranges and choices."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from sandbox.discord.rules.names import check_names
from sandbox.discord.rules.values import (
    Payload,
    check_number,
    check_objects,
    check_unique,
    objects,
    require_text,
    unknown_keys,
)

MAX_OPTIONS = 25
MAX_CHOICES = 25
_LARGEST = 2**53
_LONGEST = 6000


class OptionType(IntEnum):
    """Discord's kinds of options (docs, application-commands.mdx, read 2026-11-21)."""

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


_NESTED = frozenset({OptionType.SUBCOMMAND, OptionType.SUBCOMMAND_GROUP})
_WITH_CHOICES = frozenset({OptionType.STRING, OptionType.INTEGER, OptionType.NUMBER})
_NUMERIC = frozenset({OptionType.INTEGER, OptionType.NUMBER})
_TEXTS = ("type", "name", "name_localizations", "description", "description_localizations")
_ONLY_FOR = {
    "choices": _WITH_CHOICES,
    "autocomplete": _WITH_CHOICES,
    "min_value": _NUMERIC,
    "max_value": _NUMERIC,
    "min_length": {OptionType.STRING},
    "max_length": {OptionType.STRING},
    "channel_types": {OptionType.CHANNEL},
    "options": _NESTED,
    "required": frozenset(OptionType) - _NESTED,
}


def check_options(
    where: str, value: object, *, top: bool = False, within: OptionType | None = None
) -> Iterator[str]:
    """Check the options of a command, a subcommand or a group of these.

    Args:
        where: What the problems begin with.
        value: The `options` there.
        top: They stand on the command itself.
        within: The kind of option around them, where there is one.

    Yields:
        One sentence per problem.
    """
    options = objects(value)
    least = 1 if within is OptionType.SUBCOMMAND_GROUP else 0
    yield from check_objects(f"{where}.options", value, least, MAX_OPTIONS)
    yield from check_unique(f"{where}.options: name", (option.get("name") for option in options))
    yield from _check_order(where, options)
    for option in options:
        place = f"{where} {option.get('name')}"
        kind = _kind(option)
        if kind is None:
            yield f"{place}: unknown option type {option.get('type')!r}"
        else:
            yield from _check_place(place, kind, top=top, within=within)
            yield from _check_option(place, option, kind)


def _kind(option: Payload) -> OptionType | None:
    try:
        return OptionType(option.get("type"))
    except ValueError:
        return None


def _check_order(where: str, options: list[Payload]) -> Iterator[str]:
    required = [option.get("required") is True for option in options]
    if required != sorted(required, reverse=True):
        yield f"{where}.options: a required option stands after an optional one"
    nested = [_kind(option) in _NESTED for option in options]
    if any(nested) and not all(nested):
        yield f"{where}.options: subcommands and other options cannot stand side by side"


def _check_place(
    where: str, kind: OptionType, *, top: bool, within: OptionType | None
) -> Iterator[str]:
    if kind is OptionType.SUBCOMMAND_GROUP and not top:
        yield f"{where}: a group of subcommands stands on the command only"
    elif within is OptionType.SUBCOMMAND_GROUP and kind is not OptionType.SUBCOMMAND:
        yield f"{where}: a group holds subcommands only"
    elif within is OptionType.SUBCOMMAND and kind in _NESTED:
        yield f"{where}: a subcommand cannot hold subcommands"


def _check_option(where: str, option: Payload, kind: OptionType) -> Iterator[str]:
    yield from unknown_keys(where, option, (*_TEXTS, *_ONLY_FOR))
    yield from check_names(where, option)
    for key, kinds in _ONLY_FOR.items():
        if option.get(key) and kind not in kinds:
            yield f"{where}.{key}: not for an option of type {kind.name}"
    if kind in _NESTED:
        yield from check_options(where, option.get("options"), within=kind)
    yield from _check_bounds(where, option)
    yield from _check_choices(where, option, kind)


def _check_bounds(where: str, option: Payload) -> Iterator[str]:
    yield from check_number(f"{where}.min_length", option.get("min_length"), 0, _LONGEST)
    yield from check_number(f"{where}.max_length", option.get("max_length"), 1, _LONGEST)
    for name in ("value", "length"):
        low, high = option.get(f"min_{name}"), option.get(f"max_{name}")
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            yield f"{where}: min_{name} {low} is above max_{name} {high}"
    for key in ("min_value", "max_value"):
        yield from check_number(f"{where}.{key}", option.get(key), -_LARGEST, _LARGEST)


def _check_choices(where: str, option: Payload, kind: OptionType) -> Iterator[str]:
    if option.get("choices") and option.get("autocomplete"):
        yield f"{where}: has both choices and autocomplete"
    yield from check_choices(where, option.get("choices"), kind)


def check_choices(where: str, value: object, kind: OptionType) -> Iterator[str]:
    """Check the choices of an option: not too many, each with a name and a value of its own."""
    choices = objects(value)
    yield from check_objects(f"{where}.choices", value, 0, MAX_CHOICES)
    for choice in choices:
        place = f"{where}={choice.get('name')}"
        yield from unknown_keys(place, choice, ("name", "name_localizations", "value"))
        yield from require_text(f"{place}.name", choice.get("name"), most=100)
        yield from _check_value(f"{place}.value", choice.get("value"), kind)
    yield from check_unique(f"{where}.choices: name", (choice.get("name") for choice in choices))
    yield from check_unique(f"{where}.choices: value", (choice.get("value") for choice in choices))


def _check_value(where: str, value: object, kind: OptionType) -> Iterator[str]:
    if kind is OptionType.STRING:
        yield from require_text(where, value, most=100)
    elif value is None:
        yield f"{where}: is missing"
    else:
        yield from check_number(where, value, -_LARGEST, _LARGEST)
        if kind is OptionType.INTEGER and isinstance(value, float):
            yield f"{where}: {value!r} is not a whole number"
