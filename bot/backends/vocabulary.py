"""Our names of what members choose by name, and how the providers spell them.

Sources: fal's model pages, Runware's page of ideogram:3@2, and Ideogram's OpenAPI (2026-06-17;
all read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from bot.backends.sizes import ASPECTS

Values = Mapping[str, JsonValue]


def upper(names: Iterable[str]) -> Values:
    """Give names that a provider spells in capitals."""
    return {name: name.upper().replace("-", "_") for name in names}


FAL_V2_STYLES: Values = {
    "auto": "auto",
    "general": "general",
    "realistic": "realistic",
    "design": "design",
    "3d": "render_3D",
    "anime": "anime",
}
V3_STYLES = upper(("auto", "general", "realistic", "design"))
V2_STYLES: Values = {**V3_STYLES, "3d": "RENDER_3D", "anime": "ANIME", "fiction": "FICTION"}
LEGACY_STYLES: Values = {**V2_STYLES, **upper(("custom", "stylized"))}
IDEOGRAM_V3_STYLES: Values = {**V3_STYLES, **upper(("custom", "fiction", "stylized"))}

PALETTES = upper(
    ("ember", "fresh", "jungle", "magic", "melon", "mosaic", "pastel", "ultramarine"),
)
MAGIC_ON_OFF: Values = {"auto": True, "on": True, "off": False}
"""fal knows no AUTO; it expands the prompt by default."""
MAGIC: Values = upper(("auto", "on", "off"))
MAGIC_VERSIONS: Values = {"0": "V_0", **{f"0.{n}": f"V_0_{n}" for n in range(1, 9)}}

FAL_SPEEDS: Values = upper(("turbo", "balanced", "quality"))
RUNWARE_SPEEDS: Values = {"turbo": "TURBO", "balanced": "DEFAULT", "quality": "QUALITY"}
IDEOGRAM_SPEEDS: Values = {**RUNWARE_SPEEDS, "flash": "FLASH"}
FORMATS: Values = upper(("png", "jpg", "webp"))

_PRESETS = """
    80s-illustration 90s-nostalgia abstract-organic analog-nostalgia art-brut art-deco art-poster
    aura avant-garde bauhaus blueprint blurry-motion bright-art c4d-cartoon childrens-book collage
    coloring-book-i coloring-book-ii cubism dark-aura doodle double-exposure dramatic-cinema
    editorial emotional-minimal ethereal-party expired-film flat-art flat-vector forest-reverie
    geo-minimalist glass-prism golden-hour graffiti-i graffiti-ii halftone-print high-contrast
    hippie-era iconic japandi-fusion jazzy long-exposure magazine-editorial minimal-illustration
    mixed-media monochrome nightlife oil-painting old-cartoons paint-gesture pop-art
    retro-etching riviera-pop spotlight-80s stylized-red surreal-collage travel-poster
    vintage-geo vintage-poster watercolor weird woodblock-print
"""
STYLE_PRESETS = upper(_PRESETS.split())
"""The 62 style presets of Ideogram 3.0."""

V3_RATIOS = (*ASPECTS, "1:2", "2:1", "4:5", "5:4")
FAL_RATIOS: Values = {name: name for name in ASPECTS}
LEGACY_RATIOS: Values = {name: f"ASPECT_{name.replace(':', '_')}" for name in ASPECTS}
IDEOGRAM_V3_RATIOS: Values = {name: name.replace(":", "x") for name in V3_RATIOS}
