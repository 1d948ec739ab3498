"""What members choose from: one entry a backend, its capabilities as data.

Prices are list prices in US dollars for one output picture, read in November 2026 from the
page that `price_source` names. Usual seconds are estimates until they are measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from bot.backends.base import MagicPrompt, Operation, ProviderName, Request
from bot.backends.sizes import ASPECTS, V2_ASPECTS, V2_SIZES, V3_ASPECTS, V3_SIZES, Size

WIDEST_RATIO = 3.0
"""No backend makes pictures wider than 3:1 or taller than 1:3; such a source is refused."""
LARGEST_SEED = 2**31 - 1
"""Ideogram's bound; the others name none, so a seed means the same everywhere."""
# A ratio off by half a percent: five pixels of a thousand.
_UNSEEN = 0.005
SLOTS: Mapping[ProviderName, int | None] = {
    ProviderName.FAL: None,
    ProviderName.RUNWARE: None,
    ProviderName.IDEOGRAM: 10,
}
"""How many pictures each provider lets an account have in the making; None: it queues them.

Source: developer.ideogram.ai, "Rate limits" (2026-11), where pictures count, not requests.
"""


class Direction(StrEnum):
    """How a provider counts its strength."""

    CLOSER = "closer"
    """Higher stays closer to the source."""
    FURTHER = "further"
    """Higher changes more."""


class Feature(StrEnum):
    """What a request may ask for and a backend may lack."""

    OPERATION = "operation"
    COUNT = "count"
    """So many pictures at once; see `Entry.max_count`."""
    ASPECT = "aspect"
    STYLE = "style"
    SEED = "seed"
    NEGATIVE = "negative"
    MAGIC_PROMPT = "magic_prompt"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One backend of the catalogue."""

    name: str
    """What members type, such as "fal-v3"."""
    title: str
    provider: ProviderName
    model: str
    """The provider's own name of it: an endpoint, a model id."""
    price: Decimal
    price_source: str
    usual_seconds: float
    """How long one picture usually takes; also when a polling backend is first asked."""
    deadline_seconds: float
    """After this long since acceptance the work is given up."""
    aspects: Mapping[str, Size | None]
    """The ratios that it takes by name; with sizes where it wants pixels."""
    sizes: tuple[Size, ...] = ()
    """All sizes that it takes, for the nearest to a source; empty where it takes ratios."""
    styles: Mapping[str, str]
    """Our style names to the provider's."""
    max_count: int = 1
    max_source_bytes: int = 10_000_000
    """Ideogram's bound, which makes the pictures behind all of them."""
    takes_seed: bool = True
    takes_negative: bool = False
    strength: Direction
    strength_in_hundredths: bool = False
    """It counts from 0.01 to 1 instead of 1 to 100."""
    cancels: bool = False
    """Whether submitted work can be stopped."""
    deduplicates: bool = False
    """Whether the provider bills one id of ours once, and can be asked for it."""
    operations: frozenset[Operation] = field(default=frozenset({Operation.REMIX}))
    magic_prompts: frozenset[MagicPrompt] = field(default=frozenset(MagicPrompt))


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The shape of the pictures to be made: a ratio by name, a size, or both."""

    aspect: str | None = None
    size: Size | None = None

    @property
    def ratio(self) -> float:
        """Width over height."""
        return self.size.ratio if self.size else ratio(self.aspect or "1:1")

    def crop(self, width: int, height: int) -> float:
        """Give the part of a source that the provider cuts away to fit it, from 0 to 1."""
        theirs = width / height
        return 1 - min(theirs / self.ratio, self.ratio / theirs)


@dataclass(frozen=True, kw_only=True)
class Lack:
    """What a backend cannot do, and which others can."""

    what: Feature
    has: tuple[str, ...]
    """Names of the backends that take this very value."""


_BY_RATIO: Mapping[str, Size | None] = dict.fromkeys(ASPECTS)
_FAL_V2_STYLES = {
    "auto": "auto",
    "general": "general",
    "realistic": "realistic",
    "design": "design",
    "3d": "render_3D",
    "anime": "anime",
}
_V3_STYLES = {name: name.upper() for name in ("auto", "general", "realistic", "design")}
_V2_STYLES = _V3_STYLES | {"3d": "RENDER_3D", "anime": "ANIME", "fiction": "FICTION"}

CATALOGUE: tuple[Entry, ...] = (
    Entry(
        name="fal-v2a",
        title="Ideogram 2a on fal",
        provider=ProviderName.FAL,
        model="fal-ai/ideogram/v2a/remix",
        price=Decimal("0.04"),
        # fal's own pages give Ideogram's list price wherever they give one.
        price_source="https://ideogram.ai/features/api-pricing",
        usual_seconds=8,
        deadline_seconds=600,
        aspects=_BY_RATIO,
        styles=_FAL_V2_STYLES,
        strength=Direction.CLOSER,
        strength_in_hundredths=True,
        cancels=True,
    ),
    Entry(
        name="fal-v3",
        title="Ideogram 3.0 on fal",
        provider=ProviderName.FAL,
        model="fal-ai/ideogram/v3/remix",
        price=Decimal("0.06"),
        price_source="https://fal.ai/models/fal-ai/ideogram/v3/remix/llms.txt",
        usual_seconds=12,
        deadline_seconds=600,
        aspects=V3_ASPECTS,
        sizes=V3_SIZES,
        styles=_V3_STYLES,
        max_count=8,
        takes_negative=True,
        strength=Direction.CLOSER,
        strength_in_hundredths=True,
        cancels=True,
    ),
    Entry(
        name="runware-v2",
        title="Ideogram 2.0 on Runware",
        provider=ProviderName.RUNWARE,
        model="ideogram:3@2",
        price=Decimal("0.08"),
        price_source="https://runware.ai/docs/models/ideogram-2-0-remix",
        usual_seconds=10,
        deadline_seconds=300,
        aspects=V2_ASPECTS,
        sizes=V2_SIZES,
        styles=_V2_STYLES,
        max_count=20,
        takes_seed=False,
        takes_negative=True,
        strength=Direction.FURTHER,
        deduplicates=True,
    ),
    Entry(
        name="fal-v2-turbo",
        title="Ideogram 2.0 Turbo on fal",
        provider=ProviderName.FAL,
        model="fal-ai/ideogram/v2/turbo/remix",
        price=Decimal("0.05"),
        price_source="https://fal.ai/models/fal-ai/ideogram/v2/turbo/llms.txt",
        usual_seconds=6,
        deadline_seconds=600,
        aspects=_BY_RATIO,
        styles=_FAL_V2_STYLES,
        strength=Direction.CLOSER,
        strength_in_hundredths=True,
        cancels=True,
    ),
    Entry(
        name="ideogram-v2",
        title="Ideogram 2.0",
        provider=ProviderName.IDEOGRAM,
        model="V_2",
        price=Decimal("0.08"),
        price_source="https://ideogram.ai/features/api-pricing",
        usual_seconds=12,
        deadline_seconds=300,
        aspects=_BY_RATIO,
        styles=_V2_STYLES,
        max_count=8,
        takes_negative=True,
        strength=Direction.CLOSER,
    ),
)


def by_name(name: str, among: Iterable[Entry] = CATALOGUE) -> Entry:
    """Give the entry of this name.

    Raises:
        KeyError: There is none.
    """
    for entry in among:
        if entry.name == name:
            return entry
    raise KeyError(name)


def ratio(aspect: str) -> float:
    """Give width over height of a ratio such as "16:9"."""
    width, height = aspect.split(":")
    return int(width) / int(height)


def is_too_wide(width: int, height: int) -> bool:
    """Say whether a source is wider than 3:1 or taller than 1:3."""
    return max(width, height) > WIDEST_RATIO * min(width, height)


def nearest(entry: Entry, width: int, height: int) -> Shape:
    """Give the shape of a backend that is nearest to a source.

    Near is by the logarithm of the ratio, so that wide and high count alike. Of sizes that
    differ by less than anyone sees, the one with the most pixels is taken.
    """
    theirs = math.log(width / height)
    if not entry.sizes:
        return Shape(
            aspect=min(entry.aspects, key=lambda name: abs(math.log(ratio(name)) - theirs))
        )
    distances = {size: abs(math.log(size.ratio) - theirs) for size in entry.sizes}
    good_enough = min(distances.values()) + _UNSEEN
    near = [size for size, distance in distances.items() if distance <= good_enough]
    return Shape(size=max(near, key=lambda size: size.width * size.height))


def shape(entry: Entry, request: Request, width: int, height: int) -> Shape:
    """Give the shape to be asked for: the chosen one, else the nearest to the source.

    Raises:
        KeyError: The backend lacks the ratio; `missing` says so before.
    """
    if request.aspect is None:
        return nearest(entry, width, height)
    return Shape(aspect=request.aspect, size=entry.aspects[request.aspect])


def provider_strength(entry: Entry, strength: int) -> float:
    """Give a strength (1-100, 100 closest to the source) as the provider counts it.

    `Entry.strength` is the direction that the provider documents; an operator who finds it
    to be otherwise has an entry with the other one.
    """
    counted = strength if entry.strength is Direction.CLOSER else 101 - strength
    return counted / 100 if entry.strength_in_hundredths else counted


def missing(entry: Entry, request: Request, among: Iterable[Entry] = CATALOGUE) -> Lack | None:
    """Name the first thing that a request asks for and a backend lacks.

    Args:
        entry: The chosen backend.
        request: What is asked.
        among: The backends to name as those that have it.

    Returns:
        None if the backend has all of it.
    """
    for feature, has in _wants(request).items():
        if not has(entry):
            return Lack(what=feature, has=tuple(other.name for other in among if has(other)))
    return None


def _wants(request: Request) -> dict[Feature, Callable[[Entry], bool]]:
    wants: dict[Feature, Callable[[Entry], bool]] = {
        Feature.OPERATION: lambda entry: request.operation in entry.operations,
        Feature.COUNT: lambda entry: 1 <= request.count <= entry.max_count,
        Feature.MAGIC_PROMPT: lambda entry: request.magic_prompt in entry.magic_prompts,
    }
    if request.aspect is not None:
        wants[Feature.ASPECT] = lambda entry: request.aspect in entry.aspects
    if request.style is not None:
        wants[Feature.STYLE] = lambda entry: request.style in entry.styles
    if request.seed is not None:
        wants[Feature.SEED] = lambda entry: entry.takes_seed
    if request.negative:
        wants[Feature.NEGATIVE] = lambda entry: entry.takes_negative
    return wants
