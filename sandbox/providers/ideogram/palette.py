"""The colour palette, which both endpoints take alike (Ideogram's OpenAPI, 2026-06-17)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from sandbox.providers.strict import NoNulls
from sandbox.providers.styles import PaletteName


class PaletteMember(NoNulls):
    color_hex: Annotated[str, Field(pattern="^#(?:[0-9a-fA-F]{3}){1,2}$")]
    color_weight: Annotated[float, Field(ge=0.05, le=1)] | None = None


class Palette(NoNulls):
    name: PaletteName | None = None
    members: Annotated[list[PaletteMember], Field(min_length=1, max_length=8)] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Palette:
        if (self.name is None) == (self.members is None):
            raise ValueError("either a name or members")
        return self
