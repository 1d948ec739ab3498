"""What Ideogram's legacy `POST /remix` takes: the `image_request` part and its rules.

Ideogram's OpenAPI (2026-06-17), `InitialImageRequest` and what it refers to.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from sandbox.providers.ideogram.form import BadForm, Form, sentence
from sandbox.providers.ideogram.palette import Palette
from sandbox.providers.ideogram.remix import Remix
from sandbox.providers.sizes import ASPECTS, LEGACY, V3, Size, nearest
from sandbox.providers.strict import NoNulls

Model = Literal["V_1", "V_1_TURBO", "V_2", "V_2_TURBO", "V_2A", "V_2A_TURBO", "V_3", "AUTO"]
Aspect = Literal[
    "ASPECT_10_16",
    "ASPECT_16_10",
    "ASPECT_9_16",
    "ASPECT_16_9",
    "ASPECT_3_2",
    "ASPECT_2_3",
    "ASPECT_4_3",
    "ASPECT_3_4",
    "ASPECT_1_1",
    "ASPECT_1_3",
    "ASPECT_3_1",
]
MagicPromptVersion = Literal[
    "V_0", "V_0_1", "V_0_2", "V_0_3", "V_0_4", "V_0_5", "V_0_6", "V_0_7", "V_0_8"
]
Style = Literal[
    "AUTO",
    "GENERAL",
    "FICTION",
    "REALISTIC",
    "DESIGN",
    "RENDER_3D",
    "ANIME",
    "CUSTOM",
    "STYLIZED",
]
MAX_SEED = 2**31 - 1

PRICES: Mapping[str, Decimal] = {
    "V_1": Decimal("0.06"),
    "V_1_TURBO": Decimal("0.02"),
    "V_2": Decimal("0.08"),
    "V_2_TURBO": Decimal("0.05"),
    "V_2A": Decimal("0.04"),
    "V_2A_TURBO": Decimal("0.025"),
    "V_3": Decimal("0.06"),
    # INFERRED: which model AUTO takes is not documented.
    "AUTO": Decimal("0.06"),
}
"""US dollars a picture (Ideogram, "API pricing", November 2026)."""

_FIRST = ("V_1", "V_1_TURBO")
_SECOND = ("V_2", "V_2_TURBO")
_SECOND_A = ("V_2A", "V_2A_TURBO")
_RESOLUTIONS = {f"RESOLUTION_{size.width}_{size.height}": size for size in LEGACY}


class ImageRequest(NoNulls):
    prompt: str
    image_weight: Annotated[int, Field(ge=1, le=100)] = 50
    model: Model = "V_2"
    aspect_ratio: Aspect | None = None
    resolution: str | None = None
    magic_prompt_option: Literal["AUTO", "ON", "OFF"] = "AUTO"
    magic_prompt_version: MagicPromptVersion | None = None
    style_type: Style | None = None
    negative_prompt: str | None = None
    num_images: Annotated[int, Field(ge=1, le=8)] = 1
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    color_palette: Palette | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> ImageRequest:
        if self.aspect_ratio is not None and self.resolution is not None:
            raise ValueError("aspect_ratio cannot be used in conjunction with resolution")
        if self.resolution is not None and self.resolution not in _RESOLUTIONS:
            raise ValueError("unknown resolution")
        for field, models in _ONLY_FOR.items():
            if getattr(self, field) is not None and self.model not in models:
                raise ValueError(f"{field} is not available for {self.model}")
        return self

    @property
    def size(self) -> Size:
        """The pixels of the result; of a ratio they are not documented."""
        if self.resolution is not None:
            return _RESOLUTIONS[self.resolution]
        name = (self.aspect_ratio or "ASPECT_1_1").removeprefix("ASPECT_").replace("_", ":")
        return nearest(ASPECTS[name], V3 if self.model in ("V_3", "AUTO") else LEGACY)


_ONLY_FOR: Mapping[str, tuple[str, ...]] = {
    "resolution": _SECOND,
    "negative_prompt": (*_FIRST, *_SECOND),
    "style_type": (*_SECOND, *_SECOND_A, "V_3", "AUTO"),
    "color_palette": (*_SECOND, "V_3", "AUTO"),
}


PARTS = ("image_request", "image_file")


async def read_remix(form: Form) -> Remix:
    """Read the form of the legacy endpoint.

    Raises:
        BadForm: A part is missing or wrong.
    """
    body = form.json("image_request")
    try:
        wanted = ImageRequest.model_validate(body)
    except ValidationError as error:
        raise BadForm(sentence(error)) from error
    style = "GENERAL" if wanted.style_type in (None, "AUTO") else wanted.style_type
    return Remix(
        model=wanted.model,
        price=PRICES[wanted.model],
        prompt=wanted.prompt,
        count=wanted.num_images,
        seed=wanted.seed,
        rewrites=wanted.magic_prompt_option != "OFF",
        style=None if wanted.model in _FIRST else style,
        manner=wanted.style_type or "",
        closeness=wanted.image_weight / 100,
        size=wanted.size,
        source=await form.picture("image_file"),
        body=body,
    )
