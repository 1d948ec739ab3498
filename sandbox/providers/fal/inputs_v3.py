"""The inputs of fal's Ideogram 3.0 endpoints: remix, generate, edit, reframe, background.

fal's page of each endpoint and fal-js `types/endpoints.ts` (2026-08-02); the bounds of
`image_size` are those of fal's own toolkit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sandbox.providers.fal.inputs import EDIT_CLOSENESS, Input, Prompted, Strength, kept
from sandbox.providers.pictures import Framing
from sandbox.providers.sizes import V3, Size, nearest
from sandbox.providers.strict import Strict
from sandbox.providers.styles import PaletteName, StyleCode, StylePreset

Style = Literal["AUTO", "GENERAL", "REALISTIC", "DESIGN"]
Speed = Literal["TURBO", "BALANCED", "QUALITY"]
Preset = Literal[
    "square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"
]
Level = Annotated[int, Field(ge=0, le=255)]

PRESETS: Mapping[str, Size] = {
    "square_hd": Size(1024, 1024),
    "square": Size(512, 512),
    "portrait_4_3": Size(768, 1024),
    "portrait_16_9": Size(576, 1024),
    "landscape_4_3": Size(1024, 768),
    "landscape_16_9": Size(1024, 576),
}


class Pixels(Strict):
    width: Annotated[int, Field(gt=0, le=14142)] = 512
    height: Annotated[int, Field(gt=0, le=14142)] = 512


class Rgb(Strict):
    r: Level = 0
    g: Level = 0
    b: Level = 0


class PaletteMember(Strict):
    rgb: Rgb
    color_weight: Annotated[float, Field(ge=0.05, le=1)] = 0.5


class Palette(Strict):
    name: PaletteName | None = None
    members: Annotated[list[PaletteMember], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Palette:
        if (self.name is None) == (self.members is None):
            raise ValueError("color_palette takes either a name or members")
        return self


class _InputV3(Input):
    """What all of 3.0 take."""

    image_urls: list[str] | None = None
    rendering_speed: Speed = "BALANCED"
    color_palette: Palette | None = None
    style_codes: list[StyleCode] | None = None
    num_images: Annotated[int, Field(ge=1, le=8)] = 1

    @model_validator(mode="after")
    def _one_kind_of_style(self) -> _InputV3:
        # A style that is sent counts, though it be AUTO.
        named = "style" in self.model_fields_set and getattr(self, "style", None) is not None
        if self.style_codes and (named or self.image_urls):
            other = "style" if named else "image_urls"
            raise ValueError(f"style_codes cannot be used together with {other}")
        return self

    @property
    def links(self) -> dict[str, list[str]]:
        return {"image_urls": self.image_urls or []}

    @property
    def count(self) -> int:
        return self.num_images

    @property
    def speed(self) -> str:
        return self.rendering_speed

    @property
    def manner(self) -> str:
        preset, style = getattr(self, "style_preset", None), getattr(self, "style", None)
        return preset or style or ""


class _Sized(Input):
    image_size: Preset | Pixels = "square_hd"

    def size(self, _: Size | None, /) -> Size:
        # Which size of the model fal picks is not documented: the nearest, INFERRED.
        return nearest(_wanted(self.image_size).ratio, V3)


class _Sourced(_InputV3):
    image_url: str

    @property
    def links(self) -> dict[str, list[str]]:
        return {"image_url": [self.image_url], **super().links}


class GenerateV3(_InputV3, _Sized, Prompted):
    """v3."""

    style: Style | None = None
    style_preset: StylePreset | None = None
    negative_prompt: str = ""


class RemixV3(_Sourced, _Sized, Prompted):
    """v3/remix."""

    strength: Strength = 0.8
    style: Style | None = None
    negative_prompt: str = ""

    @property
    def closeness(self) -> float:
        return self.strength


class EditV3(_Sourced, Prompted):
    """v3/edit: the mask has the pixels of the picture."""

    mask_url: str
    style_preset: StylePreset | None = None

    @property
    def links(self) -> dict[str, list[str]]:
        return {**super().links, "mask_url": [self.mask_url]}

    @property
    def closeness(self) -> float:
        return EDIT_CLOSENESS

    def size(self, source: Size | None, /) -> Size:
        return kept(source)


class ReframeV3(_Sourced):
    """v3/reframe: it has no prompt, and shows the whole source in a wider frame."""

    image_size: Preset | Pixels
    style: Style | None = None
    style_preset: StylePreset | None = None

    @property
    def framing(self) -> Framing:
        return Framing.EXTEND

    def size(self, _: Size | None, /) -> Size:
        return nearest(_wanted(self.image_size).ratio, V3)


class ReplaceBackgroundV3(_Sourced, Prompted):
    """v3/replace-background: what stands in the middle of the source stays."""

    style: Style | None = None
    style_preset: StylePreset | None = None

    @property
    def closeness(self) -> float:
        return EDIT_CLOSENESS

    @property
    def framing(self) -> Framing:
        return Framing.SUBJECT

    def size(self, source: Size | None, /) -> Size:
        return nearest(kept(source).ratio, V3)


def _wanted(asked: Preset | Pixels) -> Size:
    return PRESETS[asked] if isinstance(asked, str) else Size(asked.width, asked.height)
