"""What the More panel sets: the values of each feature, set, cleared, and in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from bot import palettes, strength
from bot.backends.base import MagicPrompt, Palette, PictureFormat, Request, Speed
from bot.backends.entry import Entry, Feature
from bot.jobs.record import Pictures
from bot.quotas import credits_text, price

NAMES: Mapping[Feature, str] = {
    Feature.PROMPT: "prompt",
    Feature.NEGATIVE: "negative prompt",
    Feature.MASK: "mask",
    Feature.STRENGTH: "strength",
    Feature.COUNT: "number of pictures",
    Feature.ASPECT: "aspect ratio",
    Feature.SIZE: "size",
    Feature.STYLE: "style",
    Feature.STYLE_PRESET: "style preset",
    Feature.STYLE_CODES: "style codes",
    Feature.REFERENCES: "style references",
    Feature.PALETTE: "palette",
    Feature.SPEED: "speed",
    Feature.SEED: "seed",
    Feature.MAGIC_PROMPT: "magic prompt",
    Feature.MAGIC_VERSION: "magic prompt version",
    Feature.FORMAT: "file format",
    Feature.QUALITY: "quality",
}
"""What can be set; the source and the operation stay as they are."""

_UNCHOSEN = {field.name: field.default for field in fields(Request)}
# The attributes of a request are called as the features are.
_FROM_TEXT: Mapping[Feature, Callable[[str], object]] = {
    Feature.STRENGTH: int,
    Feature.COUNT: int,
    Feature.SPEED: Speed,
    Feature.MAGIC_PROMPT: MagicPrompt,
    Feature.FORMAT: PictureFormat,
    Feature.PALETTE: lambda preset: Palette(preset=preset),
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value that a select offers."""

    label: str
    value: str
    description: str | None = None


def choices(entry: Entry, feature: Feature) -> tuple[Choice, ...]:
    """All values of a feature that a backend has; empty where any can be typed only."""
    if not entry.takes(feature):
        return ()
    if feature in _LISTS:
        return _LISTS[feature](entry)
    return _plain(entry.choices(feature))


def backend_choices(offered: Sequence[Entry]) -> tuple[Choice, ...]:
    """The backends, with what a picture costs and how long it takes."""
    return tuple(
        Choice(
            label=entry.name,
            value=entry.name,
            description=f"{entry.title}, {_each(entry, None)}, about {entry.usual_seconds:g} s",
        )
        for entry in offered
    )


def value(request: Request, feature: Feature) -> str | None:
    """What is chosen of a feature, as a select names it."""
    if feature is Feature.PALETTE:
        return request.palette.preset if request.palette else None
    chosen = getattr(request, feature, None)
    return None if chosen is None else str(chosen)


def with_choice(request: Request, feature: Feature, chosen: str) -> Request:
    """The request with one of `choices`."""
    read = _FROM_TEXT.get(feature, str)
    return replace(request, **{feature: read(chosen)})


def is_chosen(request: Request, pictures: Pictures, feature: Feature) -> bool:
    """Say whether anything but the usual is asked of a feature."""
    match feature:
        case Feature.REFERENCES:
            return bool(pictures.references)
        case Feature.MASK:
            return pictures.mask is not None
        case _:
            return feature in _UNCHOSEN and getattr(request, feature) != _UNCHOSEN[feature]


def cleared(request: Request, pictures: Pictures, feature: Feature) -> tuple[Request, Pictures]:
    """Request and pictures without what was chosen of a feature."""
    match feature:
        case Feature.REFERENCES:
            return request, replace(pictures, references=())
        case Feature.MASK:
            return request, replace(pictures, mask=None)
        case _:
            return replace(request, **{feature: _UNCHOSEN[feature]}), pictures


def said(request: Request, pictures: Pictures, feature: Feature) -> str:
    """What is chosen of a feature, in a few words."""
    match feature:
        case Feature.COUNT:
            return _pictures(request.count)
        case Feature.REFERENCES:
            return f"{NAMES[feature]} {len(pictures.references)}"
        case Feature.MASK | Feature.NEGATIVE:
            return NAMES[feature]
        case Feature.STYLE_CODES:
            return f"{NAMES[feature]} {' '.join(request.style_codes)}"
        case Feature.PALETTE if request.palette is not None:
            return f"{NAMES[feature]} {palettes.say(request.palette)}"
        case _:
            return f"{NAMES[feature]} {value(request, feature)}"


def _pictures(count: int) -> str:
    return f"{count} picture" if count == 1 else f"{count} pictures"


def _plain(names: Iterable[str]) -> tuple[Choice, ...]:
    return tuple(Choice(label=name, value=name) for name in names)


def _strengths(_: Entry) -> tuple[Choice, ...]:
    return tuple(
        Choice(label=name, value=str(number), description=f"Strength {number}")
        for name, number in strength.STEPS.items()
    )


def _counts(entry: Entry) -> tuple[Choice, ...]:
    counts = range(1, entry.max_count + 1)
    return tuple(Choice(label=_pictures(count), value=str(count)) for count in counts)


def _speeds(entry: Entry) -> tuple[Choice, ...]:
    speeds = map(Speed, entry.choices(Feature.SPEED))
    return tuple(
        Choice(label=speed, value=speed, description=_each(entry, speed)) for speed in speeds
    )


def _each(entry: Entry, speed: Speed | None) -> str:
    return f"{credits_text(price(entry.price_at(speed), 1).credits)} a picture"


def _sizes(entry: Entry) -> tuple[Choice, ...]:
    named = [
        Choice(label=name, value=name, description=str(size))
        for name, size in entry.presets.items()
    ]
    ratios = {size: aspect for aspect, size in entry.aspects.items()}
    plain = [
        Choice(label=str(size), value=str(size), description=ratios.get(size))
        for size in entry.sizes
    ]
    return (*named, *plain)


_LISTS: Mapping[Feature, Callable[[Entry], tuple[Choice, ...]]] = {
    Feature.STRENGTH: _strengths,
    Feature.COUNT: _counts,
    Feature.SPEED: _speeds,
    Feature.ASPECT: lambda entry: _plain(entry.aspects),
    Feature.SIZE: _sizes,
}
"""Where the values of a feature have more to say than their names, or stand elsewhere."""
