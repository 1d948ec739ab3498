"""Write a request in the words of a provider, from the entry's data alone.

What is left out was not chosen; strength and shape are always sent where they are taken,
because the providers' defaults differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import cast

from pydantic import JsonValue

from bot.backends.base import Call, Palette, Request, Source
from bot.backends.capabilities import strength_of
from bot.backends.entry import Entry, Feature, Form, Input
from bot.backends.shapes import Shape, shape
from bot.strength import DEFAULT

Document = dict[str, JsonValue]


def document(entry: Entry, request: Request, source: tuple[int, int] | None) -> Document:
    """Give the input of a call, all but its pictures.

    Args:
        entry: The backend and operation.
        request: What is asked; `capabilities.missing` found nothing.
        source: Width and height of the source, if there is one.

    Returns:
        The document, nested as the provider wants it.
    """
    found: Document = {}
    for name, value in _fixed(entry, request).items():
        put(found, name, value)
    for feature, value in _values(entry, request).items():
        if feature in entry.inputs:
            put(found, entry.inputs[feature].name, value)
    wanted = shape(entry, request, source)
    if wanted is not None:
        _put_shape(found, entry, wanted)
    return found


def pictures(entry: Entry, call: Call) -> tuple[tuple[Feature, Source], ...]:
    """Give the pictures of a call that the backend takes, each with what it is for."""
    brought = (
        (Feature.SOURCE, call.source),
        (Feature.MASK, call.mask),
        *((Feature.REFERENCES, reference) for reference in call.references),
    )
    return tuple(
        (feature, picture)
        for feature, picture in brought
        if picture is not None and feature in entry.inputs
    )


def with_pictures(
    document: Document, entry: Entry, links: Iterable[tuple[Feature, str]]
) -> Document:
    """Give a copy of a document with links to pictures, or their data URIs, in their places."""
    found, lists = deepcopy(document), dict[str, list[JsonValue]]()
    for feature, link in links:
        taken = entry.inputs[feature]
        if taken.form is Form.PICTURES:
            lists.setdefault(taken.name, []).append(link)
        else:
            put(found, taken.name, link)
    for name, several in lists.items():
        put(found, name, several)
    return found


def put(document: Document, name: str, value: JsonValue) -> None:
    """Put a value under a dotted name, making the objects on the way."""
    *path, last = name.split(".")
    here = document
    for part in path:
        here = cast("Document", here.setdefault(part, {}))
    here[last] = value


def _fixed(entry: Entry, request: Request) -> Mapping[str, JsonValue]:
    """What is sent besides; a quality without a format leaves that to the provider.

    It would say nothing of a PNG, which is what we fix.
    """
    known = entry.inputs.get(Feature.FORMAT)
    if known is None or request.quality is None:
        return entry.fixed
    return {name: value for name, value in entry.fixed.items() if name != known.name}


def _values(entry: Entry, request: Request) -> dict[Feature, JsonValue]:
    values: dict[Feature, JsonValue] = {}
    if request.prompt:
        values[Feature.PROMPT] = request.prompt
    if request.negative:
        # An empty text would be shorter than the least length at Runware.
        values[Feature.NEGATIVE] = request.negative
    if Feature.STRENGTH in entry.inputs:
        wanted = DEFAULT if request.strength is None else request.strength
        values[Feature.STRENGTH] = strength_of(entry, wanted)
    for feature, choice in _choices(request).items():
        if choice is not None and feature in entry.inputs:
            values[feature] = entry.inputs[feature].values[choice]
    if request.palette is not None and Feature.PALETTE in entry.inputs:
        values[Feature.PALETTE] = _palette(entry.inputs[Feature.PALETTE], request.palette)
    if request.style_codes:
        values[Feature.STYLE_CODES] = list(request.style_codes)
    numbers = {
        Feature.SEED: request.seed,
        Feature.QUALITY: request.quality,
        Feature.COUNT: request.count,
    }
    return values | {feature: n for feature, n in numbers.items() if n is not None}


def _choices(request: Request) -> dict[Feature, str | None]:
    return {
        Feature.STYLE: request.style,
        Feature.STYLE_PRESET: request.style_preset,
        Feature.SPEED: request.speed,
        Feature.MAGIC_PROMPT: request.magic_prompt,
        Feature.MAGIC_VERSION: request.magic_version,
        Feature.FORMAT: request.format,
    }


def _palette(taken: Input, palette: Palette) -> JsonValue:
    if palette.preset is not None:
        return {"name": taken.values[palette.preset]}
    colour = _COLOURS[taken.form]
    members: list[JsonValue] = []
    for swatch in palette.swatches:
        key, weight_key, value = colour(swatch.rgb)
        member: dict[str, JsonValue] = {key: value}
        if swatch.percent is not None:
            member[weight_key] = swatch.percent / 100
        members.append(member)
    return {"members": members}


def _rgb(text: str) -> tuple[str, str, JsonValue]:
    red, green, blue = (int(text[at : at + 2], 16) for at in (0, 2, 4))
    return "rgb", "color_weight", {"r": red, "g": green, "b": blue}


_COLOURS: Mapping[Form, Callable[[str], tuple[str, str, JsonValue]]] = {
    Form.PALETTE_RGB: _rgb,
    Form.PALETTE_HEX: lambda rgb: ("color_hex", "color_weight", f"#{rgb}"),
    Form.PALETTE_HEX_CAMEL: lambda rgb: ("colorHex", "colorWeight", f"#{rgb}"),
}


def _put_shape(document: Document, entry: Entry, wanted: Shape) -> None:
    """Put the ratio by its name where the provider knows it, else the size."""
    ratio, size = entry.inputs.get(Feature.ASPECT), entry.inputs.get(Feature.SIZE)
    if ratio is not None and wanted.aspect is not None and wanted.size is None:
        put(document, ratio.name, ratio.values[wanted.aspect])
    elif size is not None and wanted.size is not None:
        _put_size(document, size, wanted)


def _put_size(document: Document, taken: Input, wanted: Shape) -> None:
    size = wanted.size
    if size is None:
        return
    match taken.form:
        case Form.SIZE_FIELDS:
            width, height = taken.name.split()
            put(document, width, size.width)
            put(document, height, size.height)
        case Form.SIZE_TEXT:
            put(document, taken.name, taken.pattern.format(width=size.width, height=size.height))
        case _:
            pixels: JsonValue = {"width": size.width, "height": size.height}
            put(document, taken.name, wanted.preset or pixels)
