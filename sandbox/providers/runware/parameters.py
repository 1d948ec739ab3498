"""The parameters of an imageInference with one of Ideogram's models.

Runware's page of Ideogram 2.0 Remix and its provider page (2025-10 to 2026-11). What depends on
the model is in `models`.
"""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from sandbox.providers.sizes import Size
from sandbox.providers.sources import is_link, is_loopback
from sandbox.providers.strict import NoNulls


def _uuid4(text: str) -> str:
    if str(uuid.UUID(text)) != text.lower() or uuid.UUID(text).version != 4:
        raise ValueError("not a UUID v4")
    return text


def _endpoint(url: str) -> str:
    if not is_link(url) or not is_loopback(url):
        raise ValueError("not an http link to this machine; the stand-in reaches no other")
    return url


def _hundredths(weight: float) -> float:
    if abs(weight * 100 - round(weight * 100)) > 1e-9:
        raise ValueError("not a multiple of 0.01")
    return weight


Uuid4 = Annotated[str, AfterValidator(_uuid4)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
Prompt = Annotated[str, Field(min_length=1, max_length=2000)]
PaletteName = Literal[
    "EMBER", "FRESH", "JUNGLE", "MAGIC", "MELON", "MOSAIC", "PASTEL", "ULTRAMARINE"
]
Style = Literal["AUTO", "GENERAL", "REALISTIC", "DESIGN", "RENDER_3D", "ANIME", "FICTION"]
Speed = Literal["TURBO", "DEFAULT", "QUALITY"]

MOST_RESULTS = 20
"""Pictures of one task."""

_CAPITALS = {"uuid": "UUID", "url": "URL"}


def _wire_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(_CAPITALS.get(part, part.capitalize()) for part in rest)


class Named(NoNulls):
    """An object whose fields are named as on the wire: `task_uuid` is `taskUUID`."""

    model_config = ConfigDict(alias_generator=_wire_name)


class Task(Named):
    """One entry of the array."""

    @property
    def named(self) -> dict[str, Any]:
        """What every answer to it carries."""
        return self.model_dump(by_alias=True, include={"task_type", "task_uuid"})


class Inputs(Named):
    reference_images: Annotated[list[str], Field(min_length=1, max_length=1)]


class Safety(Named):
    check_content: bool = False
    mode: Literal["none", "fast"] | None = None
    """Left out it is "fast" with the check and "none" without."""


class PaletteMember(Named):
    color_hex: Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")]
    color_weight: Annotated[float, Field(ge=0.05, le=1), AfterValidator(_hundredths)] | None = None


class Palette(Named):
    name: PaletteName | None = None
    members: Annotated[list[PaletteMember], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Palette:
        if (self.name is None) == (self.members is None):
            raise ValueError("either a name or members")
        return self


class IdeogramSettings(Named):
    remix_strength: Annotated[int, Field(ge=1, le=100)] = 50
    magic_prompt: Literal["AUTO", "ON", "OFF"] = "AUTO"
    rendering_speed: Speed = "DEFAULT"
    style_type: Style = "AUTO"
    color_palette: Palette | None = None
    style_reference_images: Annotated[list[str], Field(min_length=1, max_length=4)] | None = None


class ProviderSettings(Named):
    ideogram: IdeogramSettings = IdeogramSettings()


class Inference(Task):
    task_type: Literal["imageInference"]
    task_uuid: Uuid4
    model: str
    positive_prompt: Prompt
    # The page calls both optional, Runware's generated client types call them required.
    width: int
    height: int
    inputs: Inputs | None = None
    negative_prompt: Prompt | None = None
    number_results: Annotated[int, Field(ge=1, le=MOST_RESULTS)] = 1
    output_type: Literal["URL", "base64Data", "dataURI"] = "URL"
    output_format: Literal["JPG", "PNG", "WEBP"] = "JPG"
    output_quality: Annotated[int, Field(ge=20, le=99)] = 95
    delivery_method: Literal["sync", "async"] = "sync"
    webhook_url: Endpoint | None = None
    upload_endpoint: Endpoint | None = None
    ttl: Annotated[int, Field(ge=60)] | None = None
    include_cost: bool = False
    safety: Safety = Safety()
    provider_settings: ProviderSettings = ProviderSettings()

    @property
    def settings(self) -> IdeogramSettings:
        """What is passed on to Ideogram."""
        return self.provider_settings.ideogram

    @property
    def closeness(self) -> float:
        """How close to the source: Runware documents that higher values change more."""
        return (101 - self.settings.remix_strength) / 100

    @property
    def size(self) -> Size:
        """The pixels of the result."""
        return Size(self.width, self.height)
