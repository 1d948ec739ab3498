"""What a request asks for that a backend lacks, and what cannot be asked for together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.backends.base import MagicPrompt, Operation, Request
from bot.backends.entry import Direction, Entry, Feature, Form, Input
from bot.backends.shapes import sized

LARGEST_SEED = 2**31 - 1
"""Ideogram's bound; the others name none, so a seed means the same everywhere."""


@dataclass(frozen=True, kw_only=True)
class Lack:
    """What a backend cannot do, and which others can."""

    what: Feature
    has: tuple[str, ...]
    """Names of the backends that take this very value."""
    needed: bool = False
    """It is the backend that asks for it, and the request that lacks it."""


@dataclass(frozen=True, kw_only=True)
class Brought:
    """The pictures that come with a request."""

    source: bool = False
    mask: bool = False
    references: int = 0


def missing(
    entry: Entry, request: Request, brought: Brought, among: Iterable[Entry] = ()
) -> Lack | None:
    """Name the first thing that a request asks for and a backend lacks, or the other way.

    Args:
        entry: The chosen backend.
        request: What is asked.
        brought: The pictures that come with it.
        among: The backends to name as those that have it.

    Returns:
        None if the two fit.
    """
    for feature, has in _wants(request, brought).items():
        if not has(entry):
            others = (other.name for other in among if _does(other, request) and has(other))
            return Lack(what=feature, has=tuple(dict.fromkeys(others)))
    for feature, given in _needs(request, brought).items():
        if entry.takes(feature) and not given:
            return Lack(what=feature, has=(), needed=True)
    return None


def clash(entry: Entry, request: Request, brought: Brought) -> tuple[Feature, Feature] | None:
    """Name two things that a request asks for and the backend does not take together."""
    asked = _wants(request, brought)
    for one, other in entry.exclusive:
        if one in asked and other in asked:
            return one, other
    return None


def strength_of(entry: Entry, strength: int) -> float:
    """Give a strength (1-100, 100 closest to the source) as the provider counts it.

    `Entry.strength` is the direction that the provider documents; an operator who finds it
    to be otherwise has an entry with the other one.
    """
    counted = strength if entry.strength is Direction.CLOSER else 101 - strength
    hundredths = entry.inputs[Feature.STRENGTH].form is Form.HUNDREDTHS
    return counted / 100 if hundredths else counted


def _does(entry: Entry, request: Request) -> bool:
    return entry.operation is request.operation


def _needs(request: Request, brought: Brought) -> Mapping[Feature, bool]:
    """What a backend that takes it cannot do without; a mask may be in the source itself."""
    needs = {Feature.PROMPT: bool(request.prompt), Feature.SOURCE: brought.source}
    if request.operation is Operation.REFRAME:
        needs[Feature.SIZE] = bool(request.size or request.aspect)
    return needs


def _wants(request: Request, brought: Brought) -> dict[Feature, Callable[[Entry], bool]]:
    wants: dict[Feature, Callable[[Entry], bool]] = {
        Feature.OPERATION: lambda entry: entry.operation is request.operation,
        Feature.COUNT: lambda entry: 1 <= request.count <= entry.max_count,
    }
    if request.magic_prompt is not MagicPrompt.AUTO:
        wants[Feature.MAGIC_PROMPT] = _chooses(Feature.MAGIC_PROMPT, request.magic_prompt)
    if request.aspect is not None:
        wants[Feature.ASPECT] = lambda entry: request.aspect in entry.aspects
    if request.size is not None:
        wants[Feature.SIZE] = lambda entry: sized(entry, request.size or "") is not None
    for feature, choice in _choices(request).items():
        wants[feature] = _chooses(feature, choice)
    for feature, number in _numbers(request, brought).items():
        wants[feature] = _reaches(feature, number)
    if request.palette is not None:
        wants[Feature.PALETTE] = lambda entry: _paints(entry, request)
    return wants


def _choices(request: Request) -> dict[Feature, str]:
    """What is chosen by name."""
    chosen = {
        Feature.STYLE: request.style,
        Feature.STYLE_PRESET: request.style_preset,
        Feature.SPEED: request.speed,
        Feature.MAGIC_VERSION: request.magic_version,
        Feature.FORMAT: request.format,
    }
    return {feature: str(value) for feature, value in chosen.items() if value is not None}


def _numbers(request: Request, brought: Brought) -> dict[Feature, int]:
    """What is a number, or how many there are, or how long it is."""
    asked = {
        Feature.PROMPT: len(request.prompt) or None,
        Feature.SOURCE: 1 if brought.source else None,
        Feature.MASK: 1 if brought.mask else None,
        Feature.STRENGTH: request.strength,
        Feature.SEED: request.seed,
        Feature.NEGATIVE: len(request.negative) if request.negative else None,
        Feature.QUALITY: request.quality,
        Feature.STYLE_CODES: len(request.style_codes) or None,
        Feature.REFERENCES: brought.references or None,
    }
    return {feature: value for feature, value in asked.items() if value is not None}


def _chooses(feature: Feature, choice: str) -> Callable[[Entry], bool]:
    return lambda entry: choice in entry.choices(feature)


def _reaches(feature: Feature, number: int) -> Callable[[Entry], bool]:
    return lambda entry: feature in entry.inputs and _within(entry.inputs[feature], number)


def _within(taken: Input, number: int) -> bool:
    return (taken.least is None or number >= taken.least) and (
        taken.most is None or number <= taken.most
    )


def _paints(entry: Entry, request: Request) -> bool:
    taken, palette = entry.inputs.get(Feature.PALETTE), request.palette
    if taken is None or palette is None:
        return False
    if palette.preset is not None:
        return palette.preset in taken.values
    return _within(taken, len(palette.swatches))
