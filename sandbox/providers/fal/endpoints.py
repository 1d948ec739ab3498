"""fal's Ideogram endpoints: what each takes, makes and costs.

fal's page of each endpoint and fal-js `types/endpoints.ts` (2026-08-02) for the fields, their
bounds and defaults; fal's own answers are pydantic's, so the models below give the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sandbox.providers.sizes import ASPECTS, LEGACY, V3, Size, nearest
from sandbox.providers.strict import Strict

Aspect = Literal["10:16", "16:10", "9:16", "16:9", "4:3", "3:4", "1:1", "1:3", "3:1", "3:2", "2:3"]
OldStyle = Literal["auto", "general", "realistic", "design", "render_3D", "anime"]
NewStyle = Literal["AUTO", "GENERAL", "REALISTIC", "DESIGN"]
Speed = Literal["TURBO", "BALANCED", "QUALITY"]
PaletteName = Literal[
    "EMBER", "FRESH", "JUNGLE", "MAGIC", "MELON", "MOSAIC", "PASTEL", "ULTRAMARINE"
]
Preset = Literal[
    "square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"
]
Strength = Annotated[float, Field(ge=0.01, le=1)]
# fal publishes no bounds; Ideogram, to which it is passed on, takes these.
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
StyleCode = Annotated[str, Field(pattern="^[0-9A-Fa-f]{8}$")]
Level = Annotated[int, Field(ge=0, le=255)]

PRESETS: Mapping[str, Size] = {
    "square_hd": Size(1024, 1024),
    "square": Size(512, 512),
    "portrait_4_3": Size(768, 1024),
    "portrait_16_9": Size(576, 1024),
    "landscape_4_3": Size(1024, 768),
    "landscape_16_9": Size(1024, 576),
}


class Input(Strict):
    """What all endpoints take."""

    prompt: str
    expand_prompt: bool = True
    seed: Seed | None = None
    sync_mode: bool = False

    @property
    def links(self) -> dict[str, list[str]]:
        """The pictures that the request names, by field."""
        return {}

    @property
    def count(self) -> int:
        """How many pictures are to be made."""
        return 1

    @property
    def closeness(self) -> float:
        """How close to the source: fal's strength is the strength of the input image."""
        return 0.5

    @property
    def style_name(self) -> str:
        """The style, as far as it is one that changes how the stand-in paints."""
        return ""

    def size(self, source: Size | None, /) -> Size:
        """Return the pixels of the result; fal documents only the ratio."""
        return Size(1024, 1024) if source is None else nearest(source.ratio, LEGACY)

    def price(self, list_price: Decimal) -> Decimal:
        """Return the US dollars for one picture of this request."""
        return list_price


class _Styled(Input):
    style: OldStyle = "auto"

    @property
    def style_name(self) -> str:
        return self.style


class GenerateV2A(_Styled):
    """v2a and v2a/turbo."""

    aspect_ratio: Aspect = "1:1"

    def size(self, _: Size | None, /) -> Size:
        return nearest(ASPECTS[self.aspect_ratio], LEGACY)


class GenerateV2(GenerateV2A):
    """v2 and v2/turbo."""

    negative_prompt: str = ""


class RemixV2(GenerateV2A):
    """The four remixes of 2.0 and 2a, which share one schema."""

    image_url: str
    strength: Strength = 0.8

    @property
    def links(self) -> dict[str, list[str]]:
        return {"image_url": [self.image_url]}

    @property
    def closeness(self) -> float:
        return self.strength


class EditV2(_Styled):
    """v2/edit and v2/turbo/edit: the mask has the pixels of the picture."""

    image_url: str
    mask_url: str

    @property
    def links(self) -> dict[str, list[str]]:
        return {"image_url": [self.image_url], "mask_url": [self.mask_url]}

    @property
    def closeness(self) -> float:
        return 0.01


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
    members: list[PaletteMember] | None = None


class RemixV3(Input):
    """v3/remix."""

    image_url: str
    strength: Strength = 0.8
    image_size: Preset | Pixels = "square_hd"
    rendering_speed: Speed = "BALANCED"
    style: NewStyle | None = None
    style_codes: list[StyleCode] | None = None
    color_palette: Palette | None = None
    image_urls: list[str] | None = None
    negative_prompt: str = ""
    num_images: Annotated[int, Field(ge=1, le=8)] = 1

    @model_validator(mode="after")
    def _one_kind_of_style(self) -> RemixV3:
        if self.style is not None and self.style_codes:
            raise ValueError("style_codes cannot be used together with style")
        return self

    @property
    def links(self) -> dict[str, list[str]]:
        return {"image_url": [self.image_url], "image_urls": self.image_urls or []}

    @property
    def count(self) -> int:
        return self.num_images

    @property
    def closeness(self) -> float:
        return self.strength

    @property
    def style_name(self) -> str:
        return self.style or ""

    def size(self, _: Size | None, /) -> Size:
        asked = self.image_size
        wanted = PRESETS[asked] if isinstance(asked, str) else Size(asked.width, asked.height)
        return nearest(wanted.ratio, V3)

    def price(self, list_price: Decimal) -> Decimal:
        return list_price * _SPEED_FACTORS[self.rendering_speed]


_SPEED_FACTORS = {"TURBO": Decimal("0.5"), "BALANCED": Decimal(1), "QUALITY": Decimal("1.5")}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One endpoint."""

    model: type[Input]
    price: Decimal
    """US dollars a picture: fal's pages (November 2026), where silent Ideogram's list."""


ENDPOINTS: Mapping[str, Endpoint] = {
    "fal-ai/ideogram/v2": Endpoint(model=GenerateV2, price=Decimal("0.08")),
    "fal-ai/ideogram/v2/turbo": Endpoint(model=GenerateV2, price=Decimal("0.05")),
    "fal-ai/ideogram/v2a": Endpoint(model=GenerateV2A, price=Decimal("0.04")),
    "fal-ai/ideogram/v2a/turbo": Endpoint(model=GenerateV2A, price=Decimal("0.025")),
    "fal-ai/ideogram/v2/remix": Endpoint(model=RemixV2, price=Decimal("0.08")),
    "fal-ai/ideogram/v2/turbo/remix": Endpoint(model=RemixV2, price=Decimal("0.05")),
    "fal-ai/ideogram/v2a/remix": Endpoint(model=RemixV2, price=Decimal("0.04")),
    "fal-ai/ideogram/v2a/turbo/remix": Endpoint(model=RemixV2, price=Decimal("0.025")),
    "fal-ai/ideogram/v2/edit": Endpoint(model=EditV2, price=Decimal("0.08")),
    "fal-ai/ideogram/v2/turbo/edit": Endpoint(model=EditV2, price=Decimal("0.05")),
    "fal-ai/ideogram/v3/remix": Endpoint(model=RemixV3, price=Decimal("0.06")),
}
