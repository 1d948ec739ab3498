"""How the features of each model are spelt in its provider's document, as data.

Sources: fal's model pages, Runware's page of ideogram:3@2, and Ideogram's OpenAPI (2026-06-17;
all read 2026-11).
"""

from __future__ import annotations

from bot.backends import vocabulary as words
from bot.backends.capabilities import LARGEST_SEED
from bot.backends.entry import Feature, Form, Input

LONGEST_PROMPT = 2000
# No provider names a bound; beside the longest prompts a card has room for these.
_STYLE_CODES = Input(name="style_codes", form=Form.LIST, least=1, most=4)

PROMPT = Input(name="prompt", least=1, most=LONGEST_PROMPT)
_SEED = Input(name="seed", least=0, most=LARGEST_SEED)
_IMAGE = Input(name="image_url", form=Form.PICTURE)
MAGIC = Input(name="expand_prompt", form=Form.CHOICE, values=words.MAGIC_ON_OFF, default=True)
NEGATIVE = Input(name="negative_prompt", least=1, most=LONGEST_PROMPT, default="")
_STRENGTH = Input(name="strength", form=Form.HUNDREDTHS, least=1, most=100, default=0.8)
_V2_STYLE = Input(name="style", form=Form.CHOICE, values=words.FAL_V2_STYLES, default="auto")
_RATIO = Input(name="aspect_ratio", form=Form.RATIO, values=words.FAL_RATIOS, default="1:1")

FAL_V2_GENERATE = {
    Feature.PROMPT: PROMPT,
    Feature.ASPECT: _RATIO,
    Feature.MAGIC_PROMPT: MAGIC,
    Feature.SEED: _SEED,
    Feature.STYLE: _V2_STYLE,
}
FAL_V2_REMIX = {**FAL_V2_GENERATE, Feature.SOURCE: _IMAGE, Feature.STRENGTH: _STRENGTH}
FAL_V2_EDIT = {
    Feature.PROMPT: PROMPT,
    Feature.SOURCE: _IMAGE,
    Feature.MASK: Input(name="mask_url", form=Form.PICTURE),
    Feature.MAGIC_PROMPT: MAGIC,
    Feature.SEED: _SEED,
    Feature.STYLE: _V2_STYLE,
}
FAL_SIZE = Input(name="image_size", form=Form.SIZE_OBJECT, default="square_hd")
FAL_V3_COMMON = {
    Feature.SOURCE: _IMAGE,
    Feature.REFERENCES: Input(name="image_urls", form=Form.PICTURES, least=1, most=4),
    Feature.SPEED: Input(
        name="rendering_speed", form=Form.CHOICE, values=words.FAL_SPEEDS, default="BALANCED"
    ),
    Feature.PALETTE: Input(
        name="color_palette", form=Form.PALETTE_RGB, values=words.PALETTES, least=1, most=8
    ),
    Feature.STYLE_CODES: _STYLE_CODES,
    Feature.COUNT: Input(name="num_images", least=1, most=8, default=1),
    Feature.SEED: _SEED,
}
V3_STYLE = Input(name="style", form=Form.CHOICE, values=words.V3_STYLES)
V3_PRESET = Input(name="style_preset", form=Form.CHOICE, values=words.STYLE_PRESETS)
FAL_V3_REMIX = {
    **FAL_V3_COMMON,
    Feature.PROMPT: PROMPT,
    Feature.STRENGTH: _STRENGTH,
    Feature.SIZE: FAL_SIZE,
    Feature.STYLE: V3_STYLE,
    Feature.MAGIC_PROMPT: MAGIC,
    Feature.NEGATIVE: NEGATIVE,
}
_RUNWARE = "providerSettings.ideogram"
RUNWARE_REMIX = {
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

LEGACY_REMIX = {
    Feature.PROMPT: PROMPT,
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
LEGACY_MORE = {
    Feature.SIZE: Input(
        name="resolution", form=Form.SIZE_TEXT, pattern="RESOLUTION_{width}_{height}"
    ),
    Feature.STYLE: Input(name="style_type", form=Form.CHOICE, values=words.LEGACY_STYLES),
    Feature.NEGATIVE: Input(name="negative_prompt", least=1, most=LONGEST_PROMPT),
    Feature.PALETTE: Input(
        name="color_palette", form=Form.PALETTE_HEX, values=words.PALETTES, least=1, most=8
    ),
}
IDEOGRAM_V3_REMIX = {
    Feature.PROMPT: PROMPT,
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
    Feature.STYLE_CODES: _STYLE_CODES,
    Feature.STYLE: Input(
        name="style_type", form=Form.CHOICE, values=words.IDEOGRAM_V3_STYLES, default="GENERAL"
    ),
    Feature.STYLE_PRESET: V3_PRESET,
    Feature.REFERENCES: Input(name="style_reference_images", form=Form.FILES, least=1, most=4),
}
