"""What Ideogram's `POST /v1/ideogram-v3/remix` takes: a flat form, and its rules.

Ideogram's OpenAPI (2026-06-17), `RemixImageRequestV3` and what it refers to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from sandbox.providers.ideogram.form import BadForm, Form, sentence, text_of
from sandbox.providers.ideogram.palette import Palette
from sandbox.providers.ideogram.remix import Remix
from sandbox.providers.ideogram.request import MAX_SEED
from sandbox.providers.sizes import V3, Size, nearest
from sandbox.providers.strict import NoNulls
from sandbox.providers.styles import StyleCode, StylePreset

Aspect = Literal["1x3", "3x1", "1x2", "2x1", "9x16", "16x9", "10x16", "16x10", "2x3", "3x2", "3x4",
                 "4x3", "4x5", "5x4", "1x1"]  # fmt: skip
Style = Literal["AUTO", "GENERAL", "REALISTIC", "DESIGN", "CUSTOM", "FICTION", "STYLIZED"]
Speed = Literal["FLASH", "TURBO", "BALANCED", "DEFAULT", "QUALITY"]

PRICES: Mapping[str, Decimal] = {
    "FLASH": Decimal("0.03"),
    "TURBO": Decimal("0.03"),
    # INFERRED: fal's name of the same speed has the price of DEFAULT.
    "BALANCED": Decimal("0.06"),
    "DEFAULT": Decimal("0.06"),
    "QUALITY": Decimal("0.09"),
}
"""US dollars a picture, by rendering speed (Ideogram, "API pricing", November 2026)."""

CHARACTER_PRICES: Mapping[str, Decimal] = {
    # INFERRED: the page has no price of FLASH and BALANCED with a character.
    "FLASH": Decimal("0.10"),
    "TURBO": Decimal("0.10"),
    "BALANCED": Decimal("0.15"),
    "DEFAULT": Decimal("0.15"),
    "QUALITY": Decimal("0.20"),
}
"""The same with a character reference."""

_SIZES = {str(size): size for size in V3}
_NUMBERS = ("image_weight", "seed", "num_images")
_FILES = (
    *("image", "style_reference_images"),
    *("character_reference_images", "character_reference_images_mask"),
)


class RequestV3(NoNulls):
    """The fields that are no files."""

    prompt: str
    image_weight: Annotated[int, Field(ge=1, le=100)] = 50
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    resolution: str | None = None
    aspect_ratio: Aspect | None = None
    rendering_speed: Speed = "DEFAULT"
    magic_prompt: Literal["AUTO", "ON", "OFF"] = "AUTO"
    negative_prompt: str | None = None
    num_images: Annotated[int, Field(ge=1, le=8)] = 1
    color_palette: Palette | None = None
    style_codes: Annotated[list[StyleCode], Field(min_length=1)] | None = None
    style_type: Style | None = None
    style_preset: StylePreset | None = None
    custom_model_uri: Annotated[str, Field(pattern="^model/[^/]+/version/[^/]+$")] | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> RequestV3:
        if self.aspect_ratio is not None and self.resolution is not None:
            raise ValueError("aspect_ratio cannot be used in conjunction with resolution")
        if self.resolution is not None and self.resolution not in _SIZES:
            raise ValueError("unknown resolution")
        if self.style_codes is not None and self.style_type is not None:
            raise ValueError("style_codes cannot be used in conjunction with style_type")
        return self

    @property
    def size(self) -> Size:
        """The pixels of the result; of a ratio they are not documented."""
        if self.resolution is not None:
            return _SIZES[self.resolution]
        width, height = map(int, (self.aspect_ratio or "1x1").split("x"))
        return nearest(width / height, V3)


PARTS = (*RequestV3.model_fields, *_FILES)


async def read_remix_v3(form: Form) -> Remix:
    """Read the form of the 3.0 endpoint.

    Raises:
        BadForm: A part is missing or wrong.
    """
    body = _fields(form)
    try:
        wanted = RequestV3.model_validate(body)
    except ValidationError as error:
        raise BadForm(sentence(error)) from error
    source = await form.picture("image")
    await _check_references(form, wanted)
    character = "character_reference_images" in form.names
    prices = CHARACTER_PRICES if character else PRICES
    style = "GENERAL" if wanted.style_type in (None, "AUTO") else wanted.style_type
    return Remix(
        model="V_3_CHARACTER" if character else "V_3",
        price=prices[wanted.rendering_speed],
        prompt=wanted.prompt,
        count=wanted.num_images,
        seed=wanted.seed,
        rewrites=wanted.magic_prompt != "OFF",
        style=style,
        manner=wanted.style_preset or wanted.style_type or "",
        closeness=wanted.image_weight / 100,
        size=wanted.size,
        source=source,
        body=body,
    )


def _fields(form: Form) -> dict[str, Any]:
    """Turn the texts of the form into what they stand for."""
    body: dict[str, Any] = {}
    for name in form.names.difference(_FILES):
        if name == "style_codes":
            body[name] = [text_of(part, ("text/plain",)) for part in form.all(name)]
        elif name == "color_palette":
            body[name] = form.json(name)
        elif name in _NUMBERS:
            body[name] = _number(name, form.text(name))
        else:
            body[name] = form.text(name)
    return body


def _number(name: str, text: str) -> int:
    if not re.fullmatch("[0-9]{1,10}", text):
        raise BadForm(f"{name}: not a whole number")
    return int(text)


async def _check_references(form: Form, wanted: RequestV3) -> None:
    styles = await form.pictures("style_reference_images")
    if styles and wanted.style_codes is not None:
        raise BadForm("style_codes cannot be used in conjunction with style_reference_images")
    characters = await form.pictures("character_reference_images")
    masks = await form.pictures("character_reference_images_mask")
    if len(characters) > 1:
        raise BadForm("character_reference_images: only one is supported")
    if masks and [mask.size for mask in masks] != [one.size for one in characters]:
        raise BadForm("character_reference_images_mask: one for each character, of its size")
