"""Buttons and selects: what a member can press."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.discord.rules.tree import SELECTS, ComponentType, Part
from sandbox.discord.rules.values import (
    CUSTOM_ID_LENGTH,
    Payload,
    check_number,
    check_objects,
    check_text,
    check_unique,
    check_url,
    number,
    objects,
    require_text,
    unknown_keys,
)

LABEL_LENGTH = 80
URL_LENGTH = 512
MAX_CHOICES = 25
_LINK, _PREMIUM = 5, 6
_BUTTON_KEYS = ("type", "id", "style", "label", "emoji", "custom_id", "sku_id", "url", "disabled")
_SELECT_KEYS = (
    *("type", "id", "custom_id", "placeholder", "min_values", "max_values", "disabled"),
    "required",
)
_OWN_SELECT_KEYS = {
    ComponentType.STRING_SELECT: ("options",),
    ComponentType.CHANNEL_SELECT: ("default_values", "channel_types"),
}
_OPTION_KEYS = ("label", "value", "description", "emoji", "default")
_EMOJI_KEYS = ("id", "name", "animated")


def check_button(part: Part) -> Iterator[str]:
    """A button has what its style needs and nothing that its style forbids."""
    where, button = part.where, part.payload
    yield from unknown_keys(where, button, _BUTTON_KEYS)
    yield from check_text(f"{where}.label", button.get("label"), most=LABEL_LENGTH)
    yield from _check_emoji(where, button)
    style = button.get("style")
    if style == _LINK:
        yield from _check_link(where, button)
    elif style == _PREMIUM:
        yield from _check_fields(where, button, "sku_id", ("custom_id", "label", "url", "emoji"))
    elif style in (1, 2, 3, 4):
        yield from _check_fields(where, button, "custom_id", ("url", "sku_id"))
    else:
        yield f"{where}.style: {style!r} is not a button style, which are 1 to 6"
    if style != _PREMIUM and not button.get("label") and not button.get("emoji"):
        yield f"{where}: a button needs a label or an emoji"


def _check_link(where: str, button: Payload) -> Iterator[str]:
    yield from _check_fields(where, button, "url", ("custom_id", "sku_id"))
    if button.get("url") is not None:
        schemes = ("http", "https", "discord")
        yield from check_url(f"{where}.url", button["url"], schemes=schemes, most=URL_LENGTH)


def _check_fields(
    where: str, button: Payload, needed: str, forbidden: tuple[str, ...]
) -> Iterator[str]:
    style = button.get("style")
    if button.get(needed) is None:
        yield f"{where}: a button of style {style} needs {needed}"
    for key in forbidden:
        if button.get(key) is not None:
            yield f"{where}: a button of style {style} may not have {key}"


def _check_emoji(where: str, payload: Payload) -> Iterator[str]:
    emoji = payload.get("emoji")
    if emoji is None:
        return
    if not isinstance(emoji, dict):
        yield f"{where}.emoji: is not an object"
        return
    yield from unknown_keys(f"{where}.emoji", emoji, _EMOJI_KEYS)
    if not emoji.get("id") and not emoji.get("name"):
        yield f"{where}.emoji: needs a name or an id"


def check_select(part: Part) -> Iterator[str]:
    """A select has a custom_id, a range that can be met, and choices that can be told apart."""
    where, select = part.where, part.payload
    own = _OWN_SELECT_KEYS.get(part.kind or ComponentType.USER_SELECT, ("default_values",))
    yield from unknown_keys(where, select, (*_SELECT_KEYS, *own))
    if select.get("custom_id") is None:
        yield f"{where}.custom_id: is missing"
    yield from check_text(f"{where}.placeholder", select.get("placeholder"), most=150)
    yield from check_range(where, select, ("min_values", "max_values"), 25)
    if part.kind is ComponentType.STRING_SELECT:
        yield from _check_string_select(where, select)
    else:
        yield from _check_preselected(where, select, len(objects(select.get("default_values"))))
    if part.in_label:
        yield from _check_in_modal(where, select)


def check_range(where: str, payload: Payload, keys: tuple[str, str], most: int) -> Iterator[str]:
    """A pair of bounds lies within Discord's own (the upper one from 1 on) and can be met."""
    low, high = keys
    yield from check_number(f"{where}.{low}", payload.get(low), 0, most)
    yield from check_number(f"{where}.{high}", payload.get(high), 1, most)
    least, largest = payload.get(low), payload.get(high)
    if least is not None and largest is not None and number(least, 0) > number(largest, 0):
        yield f"{where}: {low} {least} is above {high} {largest}"


def _check_string_select(where: str, select: Payload) -> Iterator[str]:
    options = objects(select.get("options"))
    yield from check_options(f"{where}.options", select.get("options"), least=1, most=MAX_CHOICES)
    for key in ("min_values", "max_values"):
        if options and number(select.get(key), 1) > len(options):
            yield f"{where}.{key}: is {select.get(key)}, but there are {len(options)} options"
    yield from _check_preselected(where, select, sum(o.get("default") is True for o in options))


def check_options(where: str, value: object, *, least: int, most: int) -> Iterator[str]:
    """The options of a select or a group: enough, not too many, each with a value of its own."""
    yield from check_objects(where, value, least, most)
    options = objects(value)
    for index, option in enumerate(options):
        place = f"{where}[{index}]"
        yield from unknown_keys(place, option, _OPTION_KEYS)
        yield from require_text(f"{place}.label", option.get("label"), most=100)
        yield from require_text(f"{place}.value", option.get("value"), most=CUSTOM_ID_LENGTH)
        yield from check_text(f"{place}.description", option.get("description"), most=100)
        yield from _check_emoji(place, option)
    yield from check_unique(f"{where}: values", (option.get("value") for option in options))


def _check_preselected(where: str, select: Payload, count: int) -> Iterator[str]:
    least, most = number(select.get("min_values"), 1), number(select.get("max_values"), 1)
    if count > most:
        yield f"{where}: {count} values are preselected, max_values is {most}"
    elif 0 < count < least:
        yield f"{where}: {count} values are preselected, min_values is {least}"


def _check_in_modal(where: str, select: Payload) -> Iterator[str]:
    if select.get("disabled"):
        yield f"{where}.disabled: nothing in a modal can be disabled"
    yield from check_required(where, select)


def check_required(where: str, payload: Payload) -> Iterator[str]:
    """What must be answered in a modal cannot allow no answer; `required` defaults to true."""
    if payload.get("min_values") == 0 and payload.get("required", True):
        yield f"{where}.min_values: 0 needs required false"


CONTROL_RULES = {ComponentType.BUTTON: check_button} | dict.fromkeys(SELECTS, check_select)
"""The rule of each kind that a member can press."""
