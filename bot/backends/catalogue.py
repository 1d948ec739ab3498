"""What members choose from: the backends that the bot knows, as data.

Prices are list prices in US dollars for one output picture, read from the page that
`price_source` names. Usual seconds are estimates until they are measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from bot.backends import inputs
from bot.backends import vocabulary as words
from bot.backends.base import Operation, ProviderName, Speed
from bot.backends.entry import Direction, Entry, Feature
from bot.backends.sizes import (
    ASPECTS,
    LEGACY_SIZES,
    V2_ASPECTS,
    V2_SIZES,
    V3_ASPECTS,
    V3_SIZES,
    Size,
)

LIST_PRICES = "https://ideogram.ai/features/api-pricing"
READ = "2026-11"

_RATIOS: Mapping[str, Size | None] = dict.fromkeys(ASPECTS)
_V3_RATIOS: Mapping[str, Size | None] = dict.fromkeys(words.V3_RATIOS)
_V3_PRICES = {
    Speed.TURBO: Decimal("0.03"),
    Speed.BALANCED: Decimal("0.06"),
    Speed.QUALITY: Decimal("0.09"),
}
_FAL_PRESETS = {
    "square_hd": Size(width=1024, height=1024),
    "square": Size(width=512, height=512),
    "portrait_4_3": Size(width=768, height=1024),
    "portrait_16_9": Size(width=576, height=1024),
    "landscape_4_3": Size(width=1024, height=768),
    "landscape_16_9": Size(width=1024, height=576),
}

_STYLE_CODES_ALONE = (
    (Feature.ASPECT, Feature.SIZE),
    (Feature.STYLE_CODES, Feature.STYLE),
    (Feature.STYLE_CODES, Feature.REFERENCES),
)
_PRESET_ALONE = (
    *_STYLE_CODES_ALONE,
    (Feature.STYLE_PRESET, Feature.STYLE_CODES),
    (Feature.STYLE_PRESET, Feature.REFERENCES),
)

_FAL_V2A = Entry(
    name="fal-v2a",
    title="Ideogram 2a on fal",
    provider=ProviderName.FAL,
    model="fal-ai/ideogram/v2a/remix",
    price=Decimal("0.04"),
    # fal's own pages give Ideogram's list price wherever they give one.
    price_source=LIST_PRICES,
    price_date=READ,
    usual_seconds=8,
    deadline_seconds=600,
    inputs=inputs.FAL_V2_REMIX,
    aspects=_RATIOS,
    cancels=True,
    reports=True,
)
_FAL_TURBO = replace(
    _FAL_V2A,
    name="fal-v2-turbo",
    title="Ideogram 2.0 Turbo on fal",
    model="fal-ai/ideogram/v2/turbo/remix",
    price=Decimal("0.05"),
    price_source="https://fal.ai/models/fal-ai/ideogram/v2/turbo/llms.txt",
    usual_seconds=6,
)
_FAL_V3 = replace(
    _FAL_V2A,
    name="fal-v3",
    title="Ideogram 3.0 on fal",
    model="fal-ai/ideogram/v3/remix",
    price=Decimal("0.06"),
    speed_prices=_V3_PRICES,
    price_source="https://fal.ai/models/fal-ai/ideogram/v3/remix/llms.txt",
    usual_seconds=12,
    inputs=inputs.FAL_V3_REMIX,
    exclusive=_STYLE_CODES_ALONE,
    aspects=V3_ASPECTS,
    sizes=V3_SIZES,
    presets=_FAL_PRESETS,
    free_size=(1, 14142),
)
_FAL_V3_EDIT = replace(
    _FAL_V3,
    operation=Operation.EDIT,
    model="fal-ai/ideogram/v3/edit",
    price_source=LIST_PRICES,
    inputs={
        **inputs.FAL_V3_COMMON,
        Feature.PROMPT: inputs.PROMPT,
        Feature.MASK: inputs.FAL_V2_EDIT[Feature.MASK],
        Feature.MAGIC_PROMPT: inputs.MAGIC,
        Feature.STYLE_PRESET: inputs.V3_PRESET,
    },
    exclusive=_PRESET_ALONE,
    aspects={},
    sizes=(),
    presets={},
    free_size=None,
)
_LEGACY = Entry(
    name="ideogram-v2",
    title="Ideogram 2.0",
    provider=ProviderName.IDEOGRAM,
    model="V_2",
    price=Decimal("0.08"),
    price_source=LIST_PRICES,
    price_date=READ,
    usual_seconds=12,
    deadline_seconds=300,
    inputs={**inputs.LEGACY_REMIX, **inputs.LEGACY_MORE},
    aspects=_RATIOS,
    sizes=LEGACY_SIZES,
)


def _sibling(name: str, title: str, model: str, price: str, *more: Feature) -> Entry:
    """Give another model of Ideogram's older API, with what it takes beyond what all take."""
    return replace(
        _LEGACY,
        name=name,
        title=title,
        model=model,
        price=Decimal(price),
        inputs={
            **inputs.LEGACY_REMIX,
            **{feature: inputs.LEGACY_MORE[feature] for feature in more},
        },
        sizes=LEGACY_SIZES if Feature.SIZE in more else (),
    )


_STYLED, _NEGATED, _PAINTED = Feature.STYLE, Feature.NEGATIVE, Feature.PALETTE

CATALOGUE: tuple[Entry, ...] = (
    _FAL_V2A,
    _FAL_V3,
    Entry(
        name="runware-v2",
        title="Ideogram 2.0 on Runware",
        provider=ProviderName.RUNWARE,
        model="ideogram:3@2",
        price=Decimal("0.08"),
        price_source="https://runware.ai/docs/models/ideogram-2-0-remix",
        price_date=READ,
        usual_seconds=10,
        deadline_seconds=300,
        inputs=inputs.RUNWARE_REMIX,
        # Runware publishes none for this speed; its others equal Ideogram's list.
        speed_prices={Speed.TURBO: Decimal("0.05")},
        # Results become sources again, and JPEG would lose a little each time.
        fixed={"outputFormat": "PNG"},
        aspects=V2_ASPECTS,
        sizes=V2_SIZES,
        strength=Direction.FURTHER,
        deduplicates=True,
        reports=True,
    ),
    _FAL_TURBO,
    _LEGACY,
    replace(
        _FAL_TURBO,
        operation=Operation.GENERATE,
        model="fal-ai/ideogram/v2/turbo",
        inputs={**inputs.FAL_V2_GENERATE, Feature.NEGATIVE: inputs.NEGATIVE},
    ),
    replace(
        _FAL_TURBO,
        operation=Operation.EDIT,
        model="fal-ai/ideogram/v2/turbo/edit",
        price_source=LIST_PRICES,
        inputs=inputs.FAL_V2_EDIT,
        aspects={},
    ),
    replace(
        _FAL_V2A,
        name="fal-v2a-turbo",
        title="Ideogram 2a Turbo on fal",
        model="fal-ai/ideogram/v2a/turbo/remix",
        price=Decimal("0.025"),
    ),
    replace(
        _FAL_V2A,
        name="fal-v2",
        title="Ideogram 2.0 on fal",
        model="fal-ai/ideogram/v2/remix",
        price=Decimal("0.08"),
    ),
    _FAL_V3_EDIT,
    replace(
        _FAL_V3,
        operation=Operation.REFRAME,
        model="fal-ai/ideogram/v3/reframe",
        price_source=LIST_PRICES,
        inputs={
            **inputs.FAL_V3_COMMON,
            Feature.SIZE: inputs.FAL_SIZE,
            Feature.STYLE: inputs.V3_STYLE,
            Feature.STYLE_PRESET: inputs.V3_PRESET,
        },
        exclusive=_PRESET_ALONE,
    ),
    replace(
        _FAL_V3_EDIT,
        operation=Operation.REMIX,
        name="fal-v3-background",
        title="Ideogram 3.0 on fal, new background",
        model="fal-ai/ideogram/v3/replace-background",
        inputs={
            **inputs.FAL_V3_COMMON,
            Feature.PROMPT: inputs.PROMPT,
            Feature.STYLE: inputs.V3_STYLE,
            Feature.STYLE_PRESET: inputs.V3_PRESET,
            Feature.MAGIC_PROMPT: inputs.MAGIC,
        },
    ),
    _sibling("ideogram-v1", "Ideogram 1.0", "V_1", "0.06", _NEGATED),
    _sibling("ideogram-v1-turbo", "Ideogram 1.0 Turbo", "V_1_TURBO", "0.02", _NEGATED),
    replace(
        _LEGACY,
        name="ideogram-v2-turbo",
        title="Ideogram 2.0 Turbo",
        model="V_2_TURBO",
        price=Decimal("0.05"),
    ),
    _sibling("ideogram-v2a", "Ideogram 2a", "V_2A", "0.04", _STYLED),
    _sibling("ideogram-v2a-turbo", "Ideogram 2a Turbo", "V_2A_TURBO", "0.025", _STYLED),
    _sibling("ideogram-v3", "Ideogram 3.0", "V_3", "0.06", _STYLED, _PAINTED),
    # Which model it becomes is Ideogram's choice, so the dearest is reserved.
    _sibling("ideogram-auto", "Ideogram, its own choice", "AUTO", "0.09", _STYLED, _PAINTED),
    Entry(
        name="ideogram-v3-remix",
        title="Ideogram 3.0, newer API",
        provider=ProviderName.IDEOGRAM,
        model="/v1/ideogram-v3/remix",
        price=Decimal("0.06"),
        speed_prices={**_V3_PRICES, Speed.FLASH: Decimal("0.03")},
        price_source=LIST_PRICES,
        price_date=READ,
        usual_seconds=12,
        deadline_seconds=300,
        inputs=inputs.IDEOGRAM_V3_REMIX,
        aspects=_V3_RATIOS,
        sizes=V3_SIZES,
        exclusive=_PRESET_ALONE,
    ),
)


def by_name(
    name: str, operation: Operation = Operation.REMIX, among: Iterable[Entry] = CATALOGUE
) -> Entry:
    """Give the entry of this name for an operation.

    Raises:
        KeyError: There is none.
    """
    for entry in among:
        if entry.name == name and entry.operation is operation:
            return entry
    raise KeyError(name)
