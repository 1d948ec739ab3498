"""What members choose from: the backends that the bot knows, as data.

Prices are list prices in US dollars for one output picture, read from the page that
`price_source` names. Usual seconds are estimates until they are measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from bot.backends import vocabulary as words
from bot.backends.base import Operation, ProviderName, Speed
from bot.backends.capabilities import LARGEST_SEED
from bot.backends.entry import Direction, Entry, Feature, Form, Input
from bot.backends.sizes import (
    ASPECTS,
    LEGACY_SIZES,
    V2_ASPECTS,
    V2_SIZES,
    V3_ASPECTS,
    V3_SIZES,
    Size,
)

SLOTS: Mapping[ProviderName, int | None] = {
    ProviderName.FAL: None,
    ProviderName.RUNWARE: None,
    ProviderName.IDEOGRAM: 10,
}
"""How many pictures each provider lets an account have in the making; None: it queues them.

Source: developer.ideogram.ai, "Rate limits" (2026-11), where pictures count, not requests.
"""
LONGEST_PROMPT = 2000
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

_PROMPT = Input(name="prompt", least=1, most=LONGEST_PROMPT)
_SEED = Input(name="seed", least=0, most=LARGEST_SEED)
_IMAGE = Input(name="image_url", form=Form.PICTURE)
_MAGIC = Input(name="expand_prompt", form=Form.CHOICE, values=words.MAGIC_ON_OFF, default=True)
_NEGATIVE = Input(name="negative_prompt", least=1, most=LONGEST_PROMPT, default="")
_STRENGTH = Input(name="strength", form=Form.HUNDREDTHS, least=1, most=100, default=0.8)
_V2_STYLE = Input(name="style", form=Form.CHOICE, values=words.FAL_V2_STYLES, default="auto")
_RATIO = Input(name="aspect_ratio", form=Form.RATIO, values=words.FAL_RATIOS, default="1:1")

_V2_GENERATE = {
    Feature.PROMPT: _PROMPT,
    Feature.ASPECT: _RATIO,
    Feature.MAGIC_PROMPT: _MAGIC,
    Feature.SEED: _SEED,
    Feature.STYLE: _V2_STYLE,
}
_V2_REMIX = {**_V2_GENERATE, Feature.SOURCE: _IMAGE, Feature.STRENGTH: _STRENGTH}
_V2_EDIT = {
    Feature.PROMPT: _PROMPT,
    Feature.SOURCE: _IMAGE,
    Feature.MASK: Input(name="mask_url", form=Form.PICTURE),
    Feature.MAGIC_PROMPT: _MAGIC,
    Feature.SEED: _SEED,
    Feature.STYLE: _V2_STYLE,
}
_FAL_SIZE = Input(name="image_size", form=Form.SIZE_OBJECT, default="square_hd")
_V3_COMMON = {
    Feature.SOURCE: _IMAGE,
    Feature.REFERENCES: Input(name="image_urls", form=Form.PICTURES, least=1, most=4),
    Feature.SPEED: Input(
        name="rendering_speed", form=Form.CHOICE, values=words.FAL_SPEEDS, default="BALANCED"
    ),
    Feature.PALETTE: Input(
        name="color_palette", form=Form.PALETTE_RGB, values=words.PALETTES, least=1, most=8
    ),
    Feature.STYLE_CODES: Input(name="style_codes", form=Form.LIST, least=1, most=4),
    Feature.COUNT: Input(name="num_images", least=1, most=8, default=1),
    Feature.SEED: _SEED,
}
_V3_STYLE = Input(name="style", form=Form.CHOICE, values=words.V3_STYLES)
_V3_PRESET = Input(name="style_preset", form=Form.CHOICE, values=words.STYLE_PRESETS)
_V3_REMIX = {
    **_V3_COMMON,
    Feature.PROMPT: _PROMPT,
    Feature.STRENGTH: _STRENGTH,
    Feature.SIZE: _FAL_SIZE,
    Feature.STYLE: _V3_STYLE,
    Feature.MAGIC_PROMPT: _MAGIC,
    Feature.NEGATIVE: _NEGATIVE,
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

_RUNWARE = "providerSettings.ideogram"
_RUNWARE_REMIX = {
    Feature.PROMPT: Input(name="positivePrompt", least=1, most=2000),
    Feature.NEGATIVE: Input(name="negativePrompt", least=1, most=2000),
    Feature.SOURCE: Input(name="inputs.referenceImages", form=Form.PICTURES, least=1, most=1),
    Feature.SIZE: Input(name="width height", form=Form.SIZE_FIELDS),
    Feature.COUNT: Input(name="numberResults", least=1, most=20, default=1),
    Feature.FORMAT: Input(
        name="outputFormat", form=Form.CHOICE, values=words.FORMATS, default="JPG"
    ),
    Feature.QUALITY: Input(name="outputQuality", least=20, most=99, default=95),
    Feature.STRENGTH: Input(name=f"{_RUNWARE}.remixStrength", least=1, most=100, default=50),
    Feature.MAGIC_PROMPT: Input(
        name=f"{_RUNWARE}.magicPrompt", form=Form.CHOICE, values=words.MAGIC, default="AUTO"
    ),
    Feature.SPEED: Input(
        name=f"{_RUNWARE}.renderingSpeed",
        form=Form.CHOICE,
        values=words.RUNWARE_SPEEDS,
        default="DEFAULT",
    ),
    Feature.STYLE: Input(
        name=f"{_RUNWARE}.styleType", form=Form.CHOICE, values=words.V2_STYLES, default="AUTO"
    ),
    Feature.PALETTE: Input(
        name=f"{_RUNWARE}.colorPalette",
        form=Form.PALETTE_HEX_CAMEL,
        values=words.PALETTES,
        least=1,
        most=8,
    ),
    Feature.REFERENCES: Input(
        name=f"{_RUNWARE}.styleReferenceImages", form=Form.PICTURES, least=1, most=4
    ),
}

_LEGACY_REMIX = {
    Feature.PROMPT: _PROMPT,
    Feature.SOURCE: Input(name="image_file", form=Form.FILE),
    Feature.STRENGTH: Input(name="image_weight", least=1, most=100, default=50),
    Feature.ASPECT: Input(
        name="aspect_ratio", form=Form.RATIO, values=words.LEGACY_RATIOS, default="ASPECT_1_1"
    ),
    Feature.MAGIC_PROMPT: Input(name="magic_prompt_option", form=Form.CHOICE, values=words.MAGIC),
    Feature.MAGIC_VERSION: Input(
        name="magic_prompt_version", form=Form.CHOICE, values=words.MAGIC_VERSIONS
    ),
    Feature.SEED: _SEED,
    Feature.COUNT: Input(name="num_images", least=1, most=8, default=1),
}
_LEGACY_MORE = {
    Feature.SIZE: Input(
        name="resolution", form=Form.SIZE_TEXT, pattern="RESOLUTION_{width}_{height}"
    ),
    Feature.STYLE: Input(name="style_type", form=Form.CHOICE, values=words.LEGACY_STYLES),
    Feature.NEGATIVE: Input(name="negative_prompt", least=1, most=LONGEST_PROMPT),
    Feature.PALETTE: Input(
        name="color_palette", form=Form.PALETTE_HEX, values=words.PALETTES, least=1, most=8
    ),
}
_IDEOGRAM_V3_REMIX = {
    Feature.PROMPT: _PROMPT,
    Feature.SOURCE: Input(name="image", form=Form.FILE),
    Feature.STRENGTH: Input(name="image_weight", least=1, most=100, default=50),
    Feature.ASPECT: Input(
        name="aspect_ratio", form=Form.RATIO, values=words.IDEOGRAM_V3_RATIOS, default="1x1"
    ),
    Feature.SIZE: Input(name="resolution", form=Form.SIZE_TEXT, pattern="{width}x{height}"),
    Feature.SPEED: Input(
        name="rendering_speed", form=Form.CHOICE, values=words.IDEOGRAM_SPEEDS, default="DEFAULT"
    ),
    Feature.MAGIC_PROMPT: Input(name="magic_prompt", form=Form.CHOICE, values=words.MAGIC),
    Feature.NEGATIVE: Input(name="negative_prompt", least=1, most=LONGEST_PROMPT),
    Feature.COUNT: Input(name="num_images", least=1, most=8, default=1),
    Feature.SEED: _SEED,
    Feature.PALETTE: Input(
        name="color_palette", form=Form.PALETTE_HEX, values=words.PALETTES, least=1, most=8
    ),
    Feature.STYLE_CODES: Input(name="style_codes", form=Form.LIST, least=1, most=4),
    Feature.STYLE: Input(
        name="style_type", form=Form.CHOICE, values=words.IDEOGRAM_V3_STYLES, default="GENERAL"
    ),
    Feature.STYLE_PRESET: _V3_PRESET,
    Feature.REFERENCES: Input(name="style_reference_images", form=Form.FILES, least=1, most=4),
}


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
    inputs=_V2_REMIX,
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
    inputs=_V3_REMIX,
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
        **_V3_COMMON,
        Feature.PROMPT: _PROMPT,
        Feature.MASK: _V2_EDIT[Feature.MASK],
        Feature.MAGIC_PROMPT: _MAGIC,
        Feature.STYLE_PRESET: _V3_PRESET,
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
    inputs={**_LEGACY_REMIX, **_LEGACY_MORE},
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
        inputs={**_LEGACY_REMIX, **{feature: _LEGACY_MORE[feature] for feature in more}},
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
        inputs=_RUNWARE_REMIX,
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
        inputs={**_V2_GENERATE, Feature.NEGATIVE: _NEGATIVE},
    ),
    replace(
        _FAL_TURBO,
        operation=Operation.EDIT,
        model="fal-ai/ideogram/v2/turbo/edit",
        price_source=LIST_PRICES,
        inputs=_V2_EDIT,
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
            **_V3_COMMON,
            Feature.SIZE: _FAL_SIZE,
            Feature.STYLE: _V3_STYLE,
            Feature.STYLE_PRESET: _V3_PRESET,
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
            **_V3_COMMON,
            Feature.PROMPT: _PROMPT,
            Feature.STYLE: _V3_STYLE,
            Feature.STYLE_PRESET: _V3_PRESET,
            Feature.MAGIC_PROMPT: _MAGIC,
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
        inputs=_IDEOGRAM_V3_REMIX,
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
