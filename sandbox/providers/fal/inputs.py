"""What the inputs of all fal's Ideogram endpoints share, and those of 2.0 and 2a.

fal's page of each endpoint and fal-js `types/endpoints.ts` (2026-08-02) for the fields, their
bounds and defaults; fal's own answers are pydantic's, so the models below give the same.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sandbox.providers.pictures import Framing
from sandbox.providers.sizes import ASPECTS, LEGACY, Size, nearest
from sandbox.providers.strict import Strict

Aspect = Literal["10:16", "16:10", "9:16", "16:9", "4:3", "3:4", "1:1", "1:3", "3:1", "3:2", "2:3"]
Style = Literal["auto", "general", "realistic", "design", "render_3D", "anime"]
Strength = Annotated[float, Field(ge=0.01, le=1)]
# fal publishes no bounds; Ideogram, to which it is passed on, takes these.
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Input(Strict):
    """What all endpoints take."""

    seed: Seed | None = None
    sync_mode: bool = False

    @property
    def text(self) -> str:
        """The prompt, if the endpoint takes one."""
        return ""

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
    def framing(self) -> Framing:
        """How the source is brought to the size of the result."""
        return Framing.CROP

    @property
    def manner(self) -> str:
        """The style, as far as it is one that changes how the stand-in paints."""
        return ""

    @property
    def speed(self) -> str:
        """The rendering speed, on which the price may depend."""
        return ""

    def size(self, source: Size | None, /) -> Size:
        """Return the pixels of the result, which fal does not document."""
        raise NotImplementedError


class Prompted(Input):
    """What all take but the one that only changes the frame."""

    prompt: str
    expand_prompt: bool = True

    @property
    def text(self) -> str:
        return self.prompt


class _Styled(Prompted):
    style: Style = "auto"

    @property
    def manner(self) -> str:
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
        return EDIT_CLOSENESS

    def size(self, source: Size | None, /) -> Size:
        return kept(source)


EDIT_CLOSENESS = 0.01
"""What is painted into a mask need not resemble what was there."""


def kept(source: Size | None) -> Size:
    """Return the size of the source: an edit leaves every pixel outside of its mask alone."""
    if source is None:
        raise ValueError("an edit has a source")
    return source
