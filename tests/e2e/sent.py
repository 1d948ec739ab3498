"""What members choose, and how each provider's documents say it.

The names and values of the documents are those of the providers' pages, not of the catalogue.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sandbox.discord import Upload
from tests.e2e.cards import photo
from tests.e2e.world import PROMPT

STYLES = [Upload(f"style{n}.jpg", photo(200 + n, 150)) for n in range(4)]
REFERRED: dict[str, Any] = dict(
    zip(("reference", "reference2", "reference3", "reference4"), STYLES, strict=True)
)
OWN = "#FF8800 40, 003366"
RGB = {
    "members": [
        {"rgb": {"r": 255, "g": 136, "b": 0}, "color_weight": 0.4},
        {"rgb": {"r": 0, "g": 51, "b": 102}},
    ]
}
HEX = {"members": [{"color_hex": "#FF8800", "color_weight": 0.4}, {"color_hex": "#003366"}]}
CAMEL = {"members": [{"colorHex": "#FF8800", "colorWeight": 0.4}, {"colorHex": "#003366"}]}
CODES, READ_CODES = "7a0f33c1, 00FFEE12", ["7A0F33C1", "00FFEE12"]
RUNWARE = "providerSettings.ideogram"


class Sent(NamedTuple):
    """What a member chooses, and what the provider is sent for it, by dotted name."""

    backend: str
    options: dict[str, Any]
    document: dict[str, Any]
    command: str = "remix"

    def __str__(self) -> str:
        return f"{self.command} {self.backend} {' '.join(self.options)}"[:80]


V2 = (
    {"strength": 30, "aspect": "9:16", "style": "3D", "seed": 7, "magic_prompt": "off"},
    {
        "prompt": PROMPT,
        "strength": 0.3,
        "aspect_ratio": "9:16",
        "style": "render_3D",
        "seed": 7,
        "expand_prompt": False,
    },
)
V3 = (
    {"palette": OWN, "speed": "quality", "seed": 7, "count": 2},
    {"color_palette": RGB, "rendering_speed": "QUALITY", "seed": 7, "num_images": 2},
)
FOUR_REFERENCES = (REFERRED, {"image_urls": 4})

TABLE = (
    Sent("fal-v2a", *V2),
    Sent("fal-v2-turbo", *V2),
    Sent("fal-v2", {"magic_prompt": "on"}, {"expand_prompt": True, "aspect_ratio": "4:3"}),
    Sent(
        "fal-v2-turbo",
        {
            "aspect": "16x10",
            "style": "anime",
            "seed": 7,
            "negative": "people",
            "magic_prompt": "off",
        },
        {
            "prompt": PROMPT,
            "aspect_ratio": "16:10",
            "style": "anime",
            "seed": 7,
            "negative_prompt": "people",
            "expand_prompt": False,
        },
        "generate",
    ),
    Sent(
        "fal-v2-turbo",
        {"style": "design", "seed": 7, "magic_prompt": "off"},
        {"prompt": PROMPT, "style": "design", "seed": 7, "expand_prompt": False, "mask_url": 1},
        "edit",
    ),
    Sent(
        "fal-v3",
        {
            **V3[0],
            "strength": 30,
            "size": "1000 \u00d7 700",
            "style": "Realistic",
            "negative": "people",
            "magic_prompt": "off",
        },
        {
            **V3[1],
            "prompt": PROMPT,
            "strength": 0.3,
            "image_size": {"width": 1000, "height": 700},
            "style": "REALISTIC",
            "negative_prompt": "people",
            "expand_prompt": False,
        },
    ),
    Sent("fal-v3", *FOUR_REFERENCES),
    Sent(
        "fal-v3",
        {"style_codes": CODES, "palette": "Ember", "aspect": "16:9", "speed": "turbo"},
        {
            "style_codes": READ_CODES,
            "color_palette": {"name": "EMBER"},
            "image_size": {"width": 1312, "height": 736},
            "rendering_speed": "TURBO",
        },
    ),
    Sent("fal-v3", {"size": "landscape_4_3"}, {"image_size": "landscape_4_3"}),
    Sent(
        "fal-v3",
        {**V3[0], "style_preset": "oil-painting", "magic_prompt": "off"},
        {**V3[1], "prompt": PROMPT, "style_preset": "OIL_PAINTING", "expand_prompt": False},
        "edit",
    ),
    Sent("fal-v3", {"style_codes": CODES}, {"style_codes": READ_CODES, "mask_url": 1}, "edit"),
    Sent("fal-v3", *FOUR_REFERENCES, "edit"),
    Sent(
        "fal-v3",
        {**V3[0], "style_preset": "watercolor", "style": "design", "aspect": "3:1"},
        {
            **V3[1],
            "style_preset": "WATERCOLOR",
            "style": "DESIGN",
            "image_size": {"width": 1536, "height": 512},
        },
        "reframe",
    ),
    Sent(
        "fal-v3",
        {"aspect": None, "size": "square", "style_codes": CODES},
        {"image_size": "square", "style_codes": READ_CODES},
        "reframe",
    ),
    Sent("fal-v3", *FOUR_REFERENCES, "reframe"),
    Sent(
        "fal-v3-background",
        {**V3[0], "style": "general", "style_preset": "jazzy", "magic_prompt": "off"},
        {
            **V3[1],
            "prompt": PROMPT,
            "style": "GENERAL",
            "style_preset": "JAZZY",
            "expand_prompt": False,
        },
    ),
    Sent("fal-v3-background", {"style_codes": CODES}, {"style_codes": READ_CODES}),
    Sent("fal-v3-background", *FOUR_REFERENCES),
    Sent(
        "runware-v2",
        {
            **REFERRED,
            "strength": 30,
            "size": "1312x736",
            "count": 2,
            "format": "webp",
            "quality": 80,
            "palette": OWN,
            "magic_prompt": "on",
            "speed": "turbo",
            "style": "fiction",
            "negative": "people",
        },
        {
            "positivePrompt": PROMPT,
            "negativePrompt": "people",
            # Runware counts how much changes.
            f"{RUNWARE}.remixStrength": 71,
            "width": 1312,
            "height": 736,
            "numberResults": 2,
            "outputFormat": "WEBP",
            "outputQuality": 80,
            f"{RUNWARE}.colorPalette": CAMEL,
            f"{RUNWARE}.magicPrompt": "ON",
            f"{RUNWARE}.renderingSpeed": "TURBO",
            f"{RUNWARE}.styleType": "FICTION",
            f"{RUNWARE}.styleReferenceImages": 4,
            "inputs.referenceImages": 1,
        },
    ),
    # A quality says nothing of a PNG, so the provider's own format is taken.
    Sent("runware-v2", {"quality": 40}, {"outputQuality": 40, "outputFormat": None}),
    Sent(
        "runware-v2",
        {"negative": " ", "format": "png"},
        {"negativePrompt": None, "outputFormat": "PNG", "outputQuality": None},
    ),
    Sent(
        "runware-v2",
        {"palette": "melon", "aspect": "16:9", "format": "JPEG"},
        {
            f"{RUNWARE}.colorPalette": {"name": "MELON"},
            "width": 1312,
            "height": 736,
            "outputFormat": "JPG",
        },
    ),
    Sent(
        "ideogram-v2",
        {
            "strength": 30,
            "aspect": "16:9",
            "style": "3d",
            "palette": OWN,
            "seed": 7,
            "count": 2,
            "negative": "people",
            "magic_prompt": "on",
            "magic_version": "0.3",
        },
        {
            "prompt": PROMPT,
            "model": "V_2",
            "image_weight": 30,
            "aspect_ratio": "ASPECT_16_9",
            "style_type": "RENDER_3D",
            "color_palette": HEX,
            "seed": 7,
            "num_images": 2,
            "negative_prompt": "people",
            "magic_prompt_option": "ON",
            "magic_prompt_version": "V_0_3",
        },
    ),
    Sent(
        "ideogram-v2-turbo",
        {"size": "1312x736", "palette": "fresh"},
        {
            "model": "V_2_TURBO",
            "resolution": "RESOLUTION_1312_736",
            "color_palette": {"name": "FRESH"},
        },
    ),
    Sent("ideogram-v2", {"size": "1024x768"}, {"resolution": "RESOLUTION_1024_768"}),
    *(
        Sent(
            f"ideogram-v{name}",
            {"strength": 30, "aspect": "1:3", "seed": 7, "count": 2, "magic_prompt": "off", **more},
            {
                "model": model,
                "image_weight": 30,
                "aspect_ratio": "ASPECT_1_3",
                "seed": 7,
                "num_images": 2,
                "magic_prompt_option": "OFF",
                **sent,
            },
        )
        for name, model, more, sent in (
            (
                "1",
                "V_1",
                {"negative": "people", "magic_version": "0"},
                {"negative_prompt": "people", "magic_prompt_version": "V_0"},
            ),
            (
                "2a",
                "V_2A",
                {"style": "anime", "magic_version": "0.8"},
                {"style_type": "ANIME", "magic_prompt_version": "V_0_8"},
            ),
            (
                "3",
                "V_3",
                {"style": "design", "magic_version": "0.1", "palette": OWN},
                {
                    "style_type": "DESIGN",
                    "magic_prompt_version": "V_0_1",
                    "color_palette": HEX,
                },
            ),
        )
    ),
    Sent(
        "ideogram-v3-remix",
        {
            "strength": 30,
            "aspect": "4:5",
            "speed": "flash",
            "magic_prompt": "off",
            "negative": "people",
            "count": 2,
            "seed": 7,
            "palette": OWN,
            "style_codes": CODES,
        },
        {
            "prompt": PROMPT,
            "image_weight": 30,
            "aspect_ratio": "4x5",
            "rendering_speed": "FLASH",
            "magic_prompt": "OFF",
            "negative_prompt": "people",
            "num_images": 2,
            "seed": 7,
            "color_palette": HEX,
            "style_codes": READ_CODES,
        },
    ),
    Sent(
        "ideogram-v3-remix",
        {"size": "1280x800", "style": "stylized", "style_preset": "art-deco"},
        {"resolution": "1280x800", "style_type": "STYLIZED", "style_preset": "ART_DECO"},
    ),
    Sent("ideogram-v3-remix", REFERRED, {"prompt": PROMPT}),
)
