"""What is wrong with a backend that an operator described, beyond the form of its file.

A fault found here would otherwise show when a member asks for something, as an error of the bot
or a refusal of the provider's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from bot.backends.base import MagicPrompt, Operation, PictureFormat, Speed
from bot.backends.entry import Entry, Feature, Form, Input
from bot.backends.vocabulary import PALETTES

MOST_REFERENCES = 4
"""Options of a command for them, and their places in the spool."""
MOST_PICTURES = 20

_WORD = re.compile(r"[a-z0-9][a-z0-9._-]{0,49}")
_RATIO = re.compile(r"[1-9][0-9]?:[1-9][0-9]?")

_CHOSEN = (
    Feature.STYLE,
    Feature.STYLE_PRESET,
    Feature.SPEED,
    Feature.MAGIC_PROMPT,
    Feature.MAGIC_VERSION,
    Feature.FORMAT,
)
"""What is chosen by the names of `values`."""
_KNOWN: Mapping[Feature, Iterable[str]] = {
    Feature.SPEED: tuple(Speed),
    Feature.MAGIC_PROMPT: tuple(MagicPrompt),
    Feature.FORMAT: tuple(PictureFormat),
    Feature.PALETTE: tuple(PALETTES),
}
"""Where the bot itself must know the names."""
_FORMS: Mapping[Feature, tuple[Form, ...]] = {
    Feature.SOURCE: (Form.PICTURE, Form.PICTURES, Form.FILE),
    Feature.MASK: (Form.PICTURE, Form.FILE),
    Feature.REFERENCES: (Form.PICTURES, Form.FILES),
    Feature.STRENGTH: (Form.PLAIN, Form.HUNDREDTHS),
    Feature.ASPECT: (Form.RATIO,),
    Feature.SIZE: (Form.SIZE_OBJECT, Form.SIZE_FIELDS, Form.SIZE_TEXT),
    Feature.PALETTE: (Form.PALETTE_RGB, Form.PALETTE_HEX, Form.PALETTE_HEX_CAMEL),
    Feature.STYLE_CODES: (Form.LIST,),
    **dict.fromkeys(_CHOSEN, (Form.CHOICE,)),
}
_LARGEST: Mapping[Feature, int] = {
    Feature.STRENGTH: 100,
    Feature.COUNT: MOST_PICTURES,
    Feature.REFERENCES: MOST_REFERENCES,
}
_NEEDS: Mapping[Operation, tuple[Feature, ...]] = {
    Operation.REMIX: (Feature.PROMPT, Feature.SOURCE),
    Operation.GENERATE: (Feature.PROMPT,),
    Operation.EDIT: (Feature.PROMPT, Feature.SOURCE, Feature.MASK),
    Operation.REFRAME: (Feature.SOURCE, Feature.SIZE),
}
_LACKS: Mapping[Operation, tuple[Feature, ...]] = {
    Operation.REMIX: (Feature.MASK,),
    Operation.GENERATE: (Feature.SOURCE, Feature.MASK, Feature.STRENGTH),
    Operation.EDIT: (),
    Operation.REFRAME: (Feature.PROMPT, Feature.MASK),
}
"""What the command of an operation has no option for."""


def faults(entry: Entry, base: Entry) -> Iterator[str]:
    """Say what is wrong with an entry that was made from another: the place, and the fault."""
    for feature in _NEEDS[entry.operation]:
        if feature not in entry.inputs:
            yield f"inputs.{feature}: is missing, and {entry.operation} needs it"
    for feature in _LACKS[entry.operation]:
        if feature in entry.inputs:
            yield f"without: must name {feature}, because {entry.operation} has none"
    for feature, taken in entry.inputs.items():
        for fault in _of_input(feature, taken):
            yield f"inputs.{feature}.{fault}"
    ratio = entry.inputs.get(Feature.ASPECT)
    unspelt = [] if ratio is None else [one for one in entry.aspects if one not in ratio.values]
    if unspelt:
        yield f"inputs.aspect.values: have no {', '.join(unspelt)}"
    yield from _of_prices(entry, base)


def _of_input(feature: Feature, taken: Input) -> Iterator[str]:
    forms = _FORMS.get(feature, (Form.PLAIN,))
    if taken.form not in forms:
        yield f"form: is one of {', '.join(forms)}"
        return
    yield from _of_values(feature, taken)
    if taken.least is not None and taken.most is not None and taken.least > taken.most:
        yield "least: is more than most"
    largest = _LARGEST.get(feature)
    if largest is not None and (taken.most is None or taken.most > largest):
        yield f"most: is at most {largest}"
    if taken.form is Form.SIZE_FIELDS and len(taken.name.split()) != 2:
        yield 'name: is the names of two fields, such as "width height"'
    if taken.form is Form.SIZE_TEXT and not {"{width}", "{height}"} <= set(
        re.findall(r"\{[^{}]*\}", taken.pattern)
    ):
        yield 'pattern: has {width} and {height}, such as "{width}x{height}"'


def _of_values(feature: Feature, taken: Input) -> Iterator[str]:
    if taken.form is Form.CHOICE and not taken.values:
        yield "values: name no choice"
    if feature is Feature.MAGIC_PROMPT and MagicPrompt.AUTO not in taken.values:
        yield "values: have no auto, which is sent where nothing was chosen"
    spelling = _RATIO if feature is Feature.ASPECT else _WORD
    known = _KNOWN.get(feature)
    for name in taken.values:
        if known is not None and name not in known:
            yield f"values: {name} is not one of {', '.join(known)}"
        elif not spelling.fullmatch(name):
            shape = "a ratio" if feature is Feature.ASPECT else "small letters, digits and hyphens"
            yield f"values: {name} is not {shape}, as members type it"


def _of_prices(entry: Entry, base: Entry) -> Iterator[str]:
    speeds = entry.choices(Feature.SPEED)
    for speed in entry.speed_prices:
        if speed not in speeds:
            yield f"speed_prices: there is no speed {speed}"
    # Otherwise a dear speed would be charged as a usual one.
    dear = [one for one, price in base.speed_prices.items() if price != base.price]
    unpriced = [one for one in dear if one in speeds and one not in entry.speed_prices]
    if unpriced:
        yield f"speed_prices: give a price for {', '.join(unpriced)}, or leave out the speed"
