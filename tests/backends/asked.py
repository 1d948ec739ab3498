"""All that can be asked of an entry of the catalogue: every value, and what lies beyond."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.backends.base import MagicPrompt, Palette, PictureFormat, Speed, Swatch
from bot.backends.entry import Entry, Feature, Form, Input


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One wish: what it is about, the fields of the request, and how many references."""

    feature: Feature
    fields: Mapping[str, Any] = field(default_factory=dict)
    references: int = 0

    def __str__(self) -> str:
        return f"{self.feature} {self.fields or self.references}"[:50]


_CHOICES: Mapping[Feature, Callable[[str], Any]] = {
    Feature.STYLE: str,
    Feature.STYLE_PRESET: str,
    Feature.SPEED: Speed,
    Feature.MAGIC_PROMPT: MagicPrompt,
    Feature.MAGIC_VERSION: str,
    Feature.FORMAT: PictureFormat,
}
"""What is chosen by name; the field of the request is called like the feature."""
_COLOURS = (
    "FF8800",
    "000000",
    "FFFFFF",
    "0A0B0C",
    "808080",
    "112233",
    "445566",
    "778899",
    "A0B0C0",
)


def swatches(count: int) -> tuple[Swatch, ...]:
    """Give so many colours, with the least and the most weight and without any."""
    weights = (None, 5, 100)
    return tuple(
        Swatch(rgb=rgb, percent=weights[number % 3]) for number, rgb in enumerate(_COLOURS[:count])
    )


def codes(count: int) -> tuple[str, ...]:
    """Give so many style codes."""
    return tuple(f"ABCDEF{number:02X}" for number in range(count))


def everything(entry: Entry) -> list[Asked]:
    """Give every value of every choice, and both ends of every range."""
    found = [Asked(feature=Feature.ASPECT, fields={"aspect": name}) for name in entry.aspects]
    for feature, taken in entry.inputs.items():
        found += [_asked(feature, value) for value in _values(entry, feature, taken)]
    return found


def beyond(entry: Entry) -> list[Asked]:
    """Give what is just outside of every range."""
    found: list[Asked] = []
    for feature, taken in entry.inputs.items():
        # What is empty or nought in these was not asked for at all.
        least = 2 if feature in _COUNTED else 1 if feature is Feature.STRENGTH else 0
        ends = [taken.least - 1] if taken.least is not None and taken.least > least else []
        ends += [taken.most + 1] if taken.most is not None else []
        if feature in (*_COUNTED, Feature.STRENGTH, Feature.SEED, Feature.COUNT, Feature.QUALITY):
            found += [_asked(feature, end) for end in ends]
    found += [_asked(Feature.STRENGTH, 0)] * entry.takes(Feature.STRENGTH)
    found += [_asked(Feature.SEED, -1)] * entry.takes(Feature.SEED)
    return found


_COUNTED = (
    Feature.PROMPT,
    Feature.NEGATIVE,
    Feature.PALETTE,
    Feature.STYLE_CODES,
    Feature.REFERENCES,
)


def _values(entry: Entry, feature: Feature, taken: Input) -> Iterable[Any]:
    if taken.form in (Form.CHOICE, Form.RATIO):
        return taken.values if feature in _CHOICES else ()
    match feature:
        case Feature.SIZE:
            free = [f"{end}x{end}" for end in entry.free_size or ()]
            return [*map(str, entry.sizes), *entry.presets, *free]
        case Feature.PALETTE:
            return [*taken.values, taken.least, taken.most]
        case Feature.STRENGTH:
            return (taken.least, 29, 57, taken.most)
        case Feature.SOURCE | Feature.MASK:
            return ()
        case _:
            return (taken.least, taken.most)


def _asked(feature: Feature, value: Any) -> Asked:
    if feature is Feature.REFERENCES:
        return Asked(feature=feature, references=value)
    return Asked(feature=feature, fields={feature.value: _wished(feature, value)})


def _wished(feature: Feature, value: Any) -> Any:
    match feature:
        case Feature.PROMPT | Feature.NEGATIVE:
            return "\u00fc" * value
        case Feature.PALETTE if isinstance(value, str):
            return Palette(preset=value)
        case Feature.PALETTE:
            return Palette(swatches=swatches(value))
        case Feature.STYLE_CODES:
            return codes(value)
        case _:
            return _CHOICES[feature](value) if feature in _CHOICES else value
