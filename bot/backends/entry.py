"""One backend of the catalogue: its price, what it takes, and how its provider spells it.

All of it is data, so that a sibling of a known model is added without code; an operator adds
one by a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from pydantic import JsonValue

from bot.backends.base import Operation, ProviderName, Speed
from bot.backends.sizes import Size


class Direction(StrEnum):
    """How a provider counts its strength."""

    CLOSER = "closer"
    """Higher stays closer to the source."""
    FURTHER = "further"
    """Higher changes more."""


class MaskColour(StrEnum):
    """Which colour of a mask a provider takes for the part that changes."""

    BLACK = "black"
    WHITE = "white"


class Feature(StrEnum):
    """What a request may ask for and a backend may lack."""

    OPERATION = "operation"
    PROMPT = "prompt"
    SOURCE = "source"
    MASK = "mask"
    STRENGTH = "strength"
    COUNT = "count"
    """So many pictures at once; see `Entry.max_count`."""
    ASPECT = "aspect"
    SIZE = "size"
    STYLE = "style"
    STYLE_PRESET = "style_preset"
    STYLE_CODES = "style_codes"
    REFERENCES = "references"
    PALETTE = "palette"
    SPEED = "speed"
    SEED = "seed"
    NEGATIVE = "negative"
    MAGIC_PROMPT = "magic_prompt"
    MAGIC_VERSION = "magic_version"
    FORMAT = "format"
    QUALITY = "quality"


class Form(StrEnum):
    """How a value is written into a provider's document."""

    PLAIN = "plain"
    """As it is: a text or a number."""
    CHOICE = "choice"
    """By `Input.values`, from our name to the provider's value."""
    HUNDREDTHS = "hundredths"
    """A whole number 1-100 as 0.01-1."""
    LIST = "list"
    """A list of texts as it is."""
    RATIO = "ratio"
    """A ratio by `Input.values`; our names have a colon."""
    SIZE_OBJECT = "size_object"
    """An object with width and height, or the name of a preset."""
    SIZE_FIELDS = "size_fields"
    """Two fields, `width` and `height`, beside each other; `Input.name` is "width height"."""
    SIZE_TEXT = "size_text"
    """A text by `Input.pattern`, such as "RESOLUTION_{width}_{height}"."""
    PALETTE_RGB = "palette_rgb"
    """`name`, or `members` of `rgb` objects and `color_weight`."""
    PALETTE_HEX = "palette_hex"
    """`name`, or `members` of `color_hex` and `color_weight`."""
    PALETTE_HEX_CAMEL = "palette_hex_camel"
    """`name`, or `members` of `colorHex` and `colorWeight`."""
    PICTURE = "picture"
    """A data URI or a link."""
    PICTURES = "pictures"
    """A list of them."""
    FILE = "file"
    """A part of a form."""
    FILES = "files"
    """Parts of a form, all of one name."""


@dataclass(frozen=True, kw_only=True)
class Input:
    """How one feature is spelt in a provider's document."""

    name: str
    """Dots lead into objects: "providerSettings.ideogram.styleType"."""
    form: Form = Form.PLAIN
    values: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Our names to the provider's; only these can be asked for."""
    pattern: str = ""
    least: int | None = None
    """Bounds of a number, of how many there may be, or of a text's length."""
    most: int | None = None
    default: JsonValue = None
    """What the provider does by default, as far as it is documented."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One operation of one backend."""

    name: str
    """What members type, such as "fal-v3"; entries of one name are one backend."""
    operation: Operation = Operation.REMIX
    title: str
    provider: ProviderName
    model: str
    """The provider's own name of it: an endpoint, a model id."""
    price: Decimal
    """US dollars for one output picture."""
    speed_prices: Mapping[Speed, Decimal] = field(default_factory=dict[Speed, Decimal])
    """Where the price depends on the speed."""
    price_source: str
    price_date: str
    """When it was read there: "2026-11"."""
    usual_seconds: float
    """How long one picture usually takes; also when a polling backend is first asked."""
    deadline_seconds: float
    """After this long since acceptance the work is given up."""
    inputs: Mapping[Feature, Input]
    """All that it takes."""
    fixed: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """What is always sent besides, by dotted name."""
    aspects: Mapping[str, Size | None] = field(default_factory=dict[str, "Size | None"])
    """The ratios that it takes by name; with sizes where it wants pixels."""
    sizes: tuple[Size, ...] = ()
    """Sizes that it makes, for the nearest to a source; empty where it takes ratios."""
    presets: Mapping[str, Size] = field(default_factory=dict[str, Size])
    """Sizes by names of the provider's own."""
    free_size: tuple[int, int] | None = None
    """The least and most of width and height where any size may be asked for."""
    exclusive: tuple[tuple[Feature, Feature], ...] = ((Feature.ASPECT, Feature.SIZE),)
    """Pairs that cannot be asked for together."""
    strength: Direction = Direction.CLOSER
    mask_colour: MaskColour = MaskColour.BLACK
    max_source_bytes: int = 10_000_000
    """Ideogram's bound, which makes the pictures behind all of them."""
    max_reference_bytes: int = 10_000_000
    """Of all style references together."""
    cancels: bool = False
    """Whether submitted work can be stopped."""
    deduplicates: bool = False
    """Whether the provider bills one id of ours once, and can be asked for it."""
    reports: bool = False
    """Whether the provider can report to a webhook."""

    def takes(self, feature: Feature) -> bool:
        """Say whether it can be asked for; a ratio may be sent as a size."""
        return bool(self.aspects) if feature is Feature.ASPECT else feature in self.inputs

    def choices(self, feature: Feature) -> tuple[str, ...]:
        """Our names of what can be chosen; empty where it is lacking or free."""
        found = self.inputs.get(feature)
        return () if found is None else tuple(found.values)

    @property
    def max_count(self) -> int:
        """The most pictures of one call."""
        found = self.inputs.get(Feature.COUNT)
        return (found.most or 1) if found else 1

    @property
    def max_references(self) -> int:
        """The most style references of one call."""
        found = self.inputs.get(Feature.REFERENCES)
        return (found.most or 0) if found else 0

    def price_at(self, speed: Speed | None) -> Decimal:
        """US dollars for one picture at this speed, the usual one if none was chosen."""
        return self.price if speed is None else self.speed_prices.get(speed, self.price)
