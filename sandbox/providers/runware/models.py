"""Ideogram's models at Runware, as data, and what each does not take.

Sizes, prices and fields: Runware's model pages (November 2026), where they are silent Ideogram's
price list. That QUALITY is for 3.0 only is from the provider page (October 2025), which the page
of 2.0 Remix contradicts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from sandbox.providers.runware.errors import TaskError
from sandbox.providers.runware.parameters import Inference, Speed, Style
from sandbox.providers.sizes import RUNWARE_V2, V3, Size

_IDEOGRAM = "providerSettings.ideogram"
_STYLES: frozenset[str] = frozenset(get_args(Style))


@dataclass(frozen=True, kw_only=True)
class Model:
    """One of Runware's models."""

    sizes: frozenset[Size]
    prices: Mapping[Speed, Decimal]
    """US dollars a picture."""
    remixes: bool = True
    """Whether it takes a source; it must be given one then."""
    takes_negative: bool = True
    takes_quality: bool = False
    """Whether QUALITY is beyond dispute; see `Runware.takes_quality`."""
    styles: frozenset[str] = _STYLES


def _prices(turbo: str, default: str, quality: str) -> Mapping[Speed, Decimal]:
    return {"TURBO": Decimal(turbo), "DEFAULT": Decimal(default), "QUALITY": Decimal(quality)}


MODELS: Mapping[str, Model] = {
    "ideogram:2@2": Model(
        sizes=RUNWARE_V2, prices=_prices("0.025", "0.04", "0.04"), takes_negative=False
    ),
    "ideogram:3@1": Model(sizes=RUNWARE_V2, prices=_prices("0.05", "0.08", "0.08"), remixes=False),
    "ideogram:3@2": Model(sizes=RUNWARE_V2, prices=_prices("0.05", "0.08", "0.08")),
    # Without its style codes and presets, which nobody here asks for.
    "ideogram:4@2": Model(
        sizes=V3,
        prices=_prices("0.03", "0.06", "0.09"),
        takes_quality=True,
        styles=_STYLES - {"ANIME", "RENDER_3D"},
    ),
}


def price_of(task: Inference) -> Decimal:
    """Return the list price of one picture, in US dollars."""
    return MODELS[task.model].prices[task.settings.rendering_speed]


def check(task: Inference, *, takes_quality: bool) -> None:
    """Check what depends on the model, and which parameters exclude each other.

    Args:
        task: Its parameters are right one by one.
        takes_quality: Take QUALITY of the models, too, of which it is disputed.

    Raises:
        TaskError: The first fault that is found.
    """
    model = MODELS.get(task.model)
    if model is None:
        raise TaskError("invalidModel", "The model was not found.", parameter="model")
    for fault in (*_unsupported(task, model, takes_quality=takes_quality), *_exclusive(task)):
        raise fault


def _unsupported(task: Inference, model: Model, *, takes_quality: bool) -> Iterator[TaskError]:
    # The codes are INFERRED: Runware does not publish those of these cases.
    settings = task.settings
    if task.size not in model.sizes:
        yield TaskError("invalidDimensions", "Unsupported width and height.", parameter="width")
    if model.remixes and task.inputs is None:
        yield TaskError("missingInputs", "A source is required.", parameter="inputs")
    if not model.remixes and task.inputs is not None:
        yield _not_for_model("inputs")
    if not model.remixes and "remix_strength" in settings.model_fields_set:
        yield _not_for_model(f"{_IDEOGRAM}.remixStrength")
    if task.negative_prompt is not None and not model.takes_negative:
        yield _not_for_model("negativePrompt")
    if settings.style_type not in model.styles:
        yield _not_for_model(f"{_IDEOGRAM}.styleType")
    if settings.rendering_speed == "QUALITY" and not (model.takes_quality or takes_quality):
        yield _not_for_model(f"{_IDEOGRAM}.renderingSpeed")


def _exclusive(task: Inference) -> Iterator[TaskError]:
    if task.ttl is not None and task.output_type != "URL":
        yield TaskError("unsupportedParameter", "ttl is for URL output only.", parameter="ttl")
    if task.safety.check_content and task.safety.mode == "none":
        text = "The content cannot be checked in the mode none."
        yield TaskError("incompatibleParameters", text, parameter="safety.mode")


def _not_for_model(parameter: str) -> TaskError:
    return TaskError("unsupportedParameter", "The model does not take it.", parameter=parameter)
