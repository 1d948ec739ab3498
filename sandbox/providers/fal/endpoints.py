"""fal's Ideogram endpoints: what each takes and what a picture of it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.providers.fal.inputs import EditV2, GenerateV2, GenerateV2A, Input, RemixV2
from sandbox.providers.fal.inputs_v3 import (
    EditV3,
    GenerateV3,
    ReframeV3,
    RemixV3,
    ReplaceBackgroundV3,
)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One endpoint.

    Attributes:
        model: What it takes.
        price: US dollars a picture: fal's pages (November 2026), where silent Ideogram's list.
        by_speed: The same for the rendering speeds that cost more or less.
    """

    model: type[Input]
    price: Decimal
    by_speed: Mapping[str, Decimal] = field(default_factory=dict)

    def price_of(self, wanted: Input) -> Decimal:
        """Return the US dollars for one picture of this request."""
        return self.by_speed.get(wanted.speed, self.price)


def _at(model: type[Input], price: str) -> Endpoint:
    return Endpoint(model=model, price=Decimal(price))


def _third(model: type[Input]) -> Endpoint:
    speeds = {"TURBO": Decimal("0.03"), "QUALITY": Decimal("0.09")}
    return Endpoint(model=model, price=Decimal("0.06"), by_speed=speeds)


ENDPOINTS: Mapping[str, Endpoint] = {
    "fal-ai/ideogram/v2": _at(GenerateV2, "0.08"),
    "fal-ai/ideogram/v2/turbo": _at(GenerateV2, "0.05"),
    "fal-ai/ideogram/v2a": _at(GenerateV2A, "0.04"),
    "fal-ai/ideogram/v2a/turbo": _at(GenerateV2A, "0.025"),
    "fal-ai/ideogram/v2/remix": _at(RemixV2, "0.08"),
    "fal-ai/ideogram/v2/turbo/remix": _at(RemixV2, "0.05"),
    "fal-ai/ideogram/v2a/remix": _at(RemixV2, "0.04"),
    "fal-ai/ideogram/v2a/turbo/remix": _at(RemixV2, "0.025"),
    "fal-ai/ideogram/v2/edit": _at(EditV2, "0.08"),
    "fal-ai/ideogram/v2/turbo/edit": _at(EditV2, "0.05"),
    "fal-ai/ideogram/v3": _third(GenerateV3),
    "fal-ai/ideogram/v3/remix": _third(RemixV3),
    "fal-ai/ideogram/v3/edit": _third(EditV3),
    "fal-ai/ideogram/v3/reframe": _third(ReframeV3),
    "fal-ai/ideogram/v3/replace-background": _third(ReplaceBackgroundV3),
}
