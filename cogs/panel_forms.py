"""The small forms of the More panel, for what no select can hold.

Each is answered from its id alone, never from memory, so that one opened before a restart
still works; therefore it is stopped at once, and discord.py forgets it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from bot import palettes
from bot.backends.base import Request
from bot.backends.capabilities import missing
from bot.backends.entry import Entry, Feature
from bot.jobs.record import Pictures, SourceRef
from bot.jobs.refusals import LacksError
from bot.jobs.submit import brought
from cogs import typed
from cogs.desk import EMPTY_PROMPT, SorryError
from cogs.panel_ids import PanelId
from cogs.panel_values import NAMES, cleared

VALUE, NEGATIVE = "value", "negative"
LONGEST_PROMPT, LONGEST_NEGATIVE, LONGEST_LINE = 2000, 1000, 200

_NUMBERS = frozenset({Feature.STRENGTH, Feature.SEED, Feature.QUALITY})
_UPLOADS = frozenset({Feature.REFERENCES, Feature.MASK})
_HINTS: Mapping[Feature, str] = {
    Feature.SIZE: "Width and height in pixels, such as 1312x736.",
    Feature.PALETTE: f"Up to {palettes.MOST_COLOURS} colours, weights in percent: "
    f"{palettes.EXAMPLE}",
    Feature.STYLE_CODES: "Eight of 0-9 and A-F each, such as 7A0F33C1 00FFEE12.",
    Feature.REFERENCES: "Pictures whose style is followed. They will be shown in this channel.",
    Feature.MASK: "White where the picture changes, else black. It will be shown in this channel.",
}
_TEXTS: Mapping[Feature, Callable[[str], object]] = {
    Feature.SIZE: typed.size,
    Feature.PALETTE: typed.palette,
    Feature.STYLE_CODES: typed.style_codes,
}

LABELS: Mapping[Feature, str] = {
    Feature.PROMPT: "Prompt…",
    Feature.MASK: "Mask…",
    Feature.STRENGTH: "Strength in numbers…",
    Feature.SIZE: "Exact size…",
    Feature.SEED: "Seed…",
    Feature.STYLE_CODES: "Style codes…",
    Feature.REFERENCES: "Style references…",
    Feature.PALETTE: "Own colours…",
    Feature.QUALITY: "Quality…",
}
"""The features that have a form, and what stands on the button that opens it."""


def build(custom_id: PanelId, feature: Feature, entry: Entry, request: Request) -> ui.Modal:
    """The form of a feature, filled with what a request asks for."""
    modal = ui.Modal(title=LABELS[feature].rstrip("…"), timeout=None, custom_id=str(custom_id))
    for label in _labels(feature, entry, request):
        modal.add_item(label)
    modal.stop()
    return modal


def read(
    data: Mapping[str, Any],
    feature: Feature,
    entry: Entry,
    request: Request,
    pictures: Pictures,
    offered: Sequence[Entry],
) -> tuple[Request, Pictures]:
    """Request and pictures with what was sent; a line left blank forgets what was chosen.

    Raises:
        SorryError: It is not what it should be.
        LacksError: The backend does not take it.
    """
    if feature in _UPLOADS:
        return request, _with_uploads(data, feature, pictures)
    values = _values(data)
    if feature is Feature.PROMPT:
        return _with_prompts(values, request), pictures
    line = values.get(VALUE, "")
    if not line:
        return cleared(request, pictures, feature)
    found = _number(line, feature, entry) if feature in _NUMBERS else _TEXTS[feature](line)
    request = replace(request, **{feature: found})
    _require_taken(feature, entry, request, pictures, offered)
    return request, pictures


def _labels(feature: Feature, entry: Entry, request: Request) -> list[ui.Label[ui.Modal]]:
    if feature in _UPLOADS:
        most = entry.max_references if feature is Feature.REFERENCES else 1
        upload: ui.FileUpload[ui.Modal] = ui.FileUpload(
            custom_id=VALUE, min_values=1, max_values=most
        )
        return [_label(feature, upload)]
    if feature is Feature.PROMPT:
        return _prompt_labels(entry, request)
    line: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=VALUE,
        default=_default(request, feature),
        required=False,
        max_length=LONGEST_LINE,
    )
    return [_label(feature, line, _range(feature, entry) if feature in _NUMBERS else None)]


def _label(
    feature: Feature, component: ui.Item[ui.Modal], hint: str | None = None
) -> ui.Label[ui.Modal]:
    return ui.Label(
        text=NAMES[feature].capitalize(),
        description=hint or _HINTS.get(feature),
        component=component,
    )


def _prompt_labels(entry: Entry, request: Request) -> list[ui.Label[ui.Modal]]:
    prompt: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=VALUE,
        style=discord.TextStyle.paragraph,
        default=request.prompt or None,
        min_length=1,
        max_length=LONGEST_PROMPT,
    )
    labels = [_label(Feature.PROMPT, prompt)]
    if entry.takes(Feature.NEGATIVE):
        negative: ui.TextInput[ui.Modal] = ui.TextInput(
            custom_id=NEGATIVE,
            style=discord.TextStyle.paragraph,
            default=request.negative,
            required=False,
            max_length=LONGEST_NEGATIVE,
        )
        labels.append(_label(Feature.NEGATIVE, negative))
    return labels


def _default(request: Request, feature: Feature) -> str | None:
    match feature:
        case Feature.PALETTE:
            return palettes.say(request.palette) if request.palette else None
        case Feature.STYLE_CODES:
            return " ".join(request.style_codes) or None
        case _:
            chosen = getattr(request, feature)
            return None if chosen is None else str(chosen)


def _with_prompts(values: Mapping[str, str], request: Request) -> Request:
    prompt = values.get(VALUE, "")
    if not prompt:
        raise SorryError(EMPTY_PROMPT)
    # A form without the second line leaves alone what is kept for another backend.
    negative = values.get(NEGATIVE) or None if NEGATIVE in values else request.negative
    return replace(request, prompt=prompt, negative=negative)


def _number(line: str, feature: Feature, entry: Entry) -> int:
    taken = entry.inputs[feature]
    least, most = taken.least or 0, taken.most
    # A number of too many digits for a seed could take long to read.
    if line.isascii() and line.isdecimal() and len(line) <= 12:
        number = int(line)
        if number >= least and (most is None or number <= most):
            return number
    raise SorryError(f"The {NAMES[feature]} is a whole number{_range(feature, entry)}.")


def _range(feature: Feature, entry: Entry) -> str:
    taken = entry.inputs[feature]
    return f" from {taken.least or 0} to {taken.most}" if taken.most is not None else ""


def _require_taken(
    feature: Feature,
    entry: Entry,
    request: Request,
    pictures: Pictures,
    offered: Sequence[Entry],
) -> None:
    """Check this feature alone: what else does not fit is said on the panel."""
    alone = Request(
        operation=request.operation,
        backend=request.backend,
        prompt=request.prompt,
        **{feature: getattr(request, feature)},
    )
    lack = missing(entry, alone, brought(pictures), offered)
    if lack is not None and lack.what is feature:
        raise LacksError(entry, lack)


def _with_uploads(data: Mapping[str, Any], feature: Feature, pictures: Pictures) -> Pictures:
    files = _uploads(data)
    if not files:
        raise SorryError("No file came with it. Open the form again and choose one.")
    if feature is Feature.MASK:
        return replace(pictures, mask=files[0])
    return replace(pictures, references=files)


def _values(data: Mapping[str, Any]) -> dict[str, str]:
    return {one["custom_id"]: (one.get("value") or "").strip() for one in _inputs(data)}


def _uploads(data: Mapping[str, Any]) -> tuple[SourceRef, ...]:
    known = data.get("resolved", {}).get("attachments", {})
    ids = [str(file_id) for one in _inputs(data) for file_id in one.get("values", [])]
    return tuple(
        SourceRef(
            url=known[file_id]["url"],
            width=known[file_id].get("width"),
            height=known[file_id].get("height"),
        )
        for file_id in ids
        if file_id in known
    )


def _inputs(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    inner = [item.get("component", item) for item in data.get("components", [])]
    return [item for item in inner if "custom_id" in item]
