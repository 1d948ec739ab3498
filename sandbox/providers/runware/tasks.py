"""The tasks that Runware takes: imageInference for Ideogram's remixes, and the small ones.

Runware's page of Ideogram 2.0 Remix and its provider page (2025-10 to 2026-11).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, model_validator

from sandbox.providers.runware.errors import TaskError
from sandbox.providers.sizes import RUNWARE_V2, Size
from sandbox.providers.sources import is_loopback
from sandbox.providers.strict import NoNulls


def _uuid4(text: str) -> str:
    if str(uuid.UUID(text)) != text.lower() or uuid.UUID(text).version != 4:
        raise ValueError("not a UUID v4")
    return text


def _loopback(url: str) -> str:
    if not is_loopback(url):
        raise ValueError("the stand-in reaches only loopback")
    return url


def _hundredths(weight: float) -> float:
    if abs(weight * 100 - round(weight * 100)) > 1e-9:
        raise ValueError("not a multiple of 0.01")
    return weight


Uuid4 = Annotated[str, AfterValidator(_uuid4)]
Endpoint = Annotated[str, AfterValidator(_loopback)]
Prompt = Annotated[str, Field(min_length=1, max_length=2000)]
PaletteName = Literal[
    "EMBER", "FRESH", "JUNGLE", "MAGIC", "MELON", "MOSAIC", "PASTEL", "ULTRAMARINE"
]
Style = Literal["AUTO", "GENERAL", "REALISTIC", "DESIGN", "RENDER_3D", "ANIME", "FICTION"]


def _wire_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(_CAPITALS.get(part, part.capitalize()) for part in rest)


_CAPITALS = {"uuid": "UUID", "url": "URL"}


class _Named(NoNulls):
    model_config = ConfigDict(alias_generator=_wire_name)


class Inputs(_Named):
    reference_images: Annotated[list[str], Field(min_length=1, max_length=1)]


class Safety(_Named):
    check_content: bool = False
    mode: Literal["none", "fast"] | None = None


class PaletteMember(_Named):
    color_hex: Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")]
    color_weight: Annotated[float, Field(ge=0.05, le=1), AfterValidator(_hundredths)] | None = None


class Palette(_Named):
    name: PaletteName | None = None
    members: Annotated[list[PaletteMember], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Palette:
        if (self.name is None) == (self.members is None):
            raise ValueError("either a name or members")
        return self


class IdeogramSettings(_Named):
    remix_strength: Annotated[int, Field(ge=1, le=100)] = 50
    magic_prompt: Literal["AUTO", "ON", "OFF"] = "AUTO"
    rendering_speed: Literal["TURBO", "DEFAULT", "QUALITY"] = "DEFAULT"
    style_type: Style = "AUTO"
    color_palette: Palette | None = None
    style_reference_images: Annotated[list[str], Field(min_length=1, max_length=4)] | None = None


class ProviderSettings(_Named):
    ideogram: IdeogramSettings = IdeogramSettings()


class Task(_Named):
    """One entry of the array."""

    @property
    def named(self) -> dict[str, Any]:
        """What every answer to it carries."""
        return self.model_dump(by_alias=True, include={"task_type", "task_uuid"})


class Inference(Task):
    task_type: Literal["imageInference"]
    task_uuid: Uuid4
    model: str
    positive_prompt: Prompt
    # The page calls both optional, Runware's generated client types call them required.
    width: int
    height: int
    inputs: Inputs
    negative_prompt: Prompt | None = None
    number_results: Annotated[int, Field(ge=1, le=20)] = 1
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

    @property
    def price(self) -> Decimal:
        """US dollars a picture."""
        model = MODELS[self.model]
        return model.turbo_price if self.settings.rendering_speed == "TURBO" else model.price


class Upload(Task):
    task_type: Literal["imageUpload"]
    task_uuid: Uuid4
    image: str


class GetResponse(Task):
    task_type: Literal["getResponse"]
    task_uuid: Uuid4


class Ping(Task):
    task_type: Literal["ping"]
    ping: Literal[True]


class Authentication(Task):
    task_type: Literal["authentication"]
    api_key: str


TASKS: Mapping[str, type[Task]] = {
    "imageInference": Inference,
    "imageUpload": Upload,
    "getResponse": GetResponse,
    "ping": Ping,
    "authentication": Authentication,
}


@dataclass(frozen=True, kw_only=True)
class Model:
    """One of Runware's models."""

    sizes: frozenset[Size]
    takes_negative: bool
    price: Decimal
    turbo_price: Decimal


MODELS: Mapping[str, Model] = {
    "ideogram:3@2": Model(
        sizes=RUNWARE_V2,
        takes_negative=True,
        price=Decimal("0.08"),
        turbo_price=Decimal("0.05"),
    ),
    "ideogram:2@2": Model(
        sizes=RUNWARE_V2,
        takes_negative=False,
        price=Decimal("0.04"),
        turbo_price=Decimal("0.025"),
    ),
}
"""Prices: Runware's page for 3@2 (November 2026), else Ideogram's list."""


def parse(raw: dict[str, Any]) -> Task:
    """Check one task of the array.

    Raises:
        TaskError: It is of no known type, or one of its parameters is wrong.
    """
    kind = TASKS.get(str(raw.get("taskType")))
    if kind is None:
        raise TaskError("invalidTaskType", "Unknown task type.", parameter="taskType")
    try:
        task = kind.model_validate(raw)
    except ValidationError as error:
        raise TaskError.of_validation(error) from error
    if isinstance(task, Inference):
        _check_model(task)
    return task


def _check_model(task: Inference) -> None:
    # The codes are INFERRED: Runware does not publish those of these cases.
    model = MODELS.get(task.model)
    if model is None:
        raise TaskError("invalidModel", "The model was not found.", parameter="model")
    if task.size not in model.sizes:
        raise TaskError("invalidDimensions", "Unsupported width and height.", parameter="width")
    if task.negative_prompt is not None and not model.takes_negative:
        text = "This model takes no negative prompt."
        raise TaskError("unsupportedParameter", text, parameter="negativePrompt")
    if task.ttl is not None and task.output_type != "URL":
        raise TaskError("unsupportedParameter", "ttl is for URL output only.", parameter="ttl")
