"""Palettes as people write them: a preset's name, or colours with weights, read and said."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from bot.backends.base import Palette, Swatch

MOST_COLOURS = 8
LEAST_PERCENT, MOST_PERCENT = 5, 100
"""Bounds of a weight at all providers (0.05 to 1), in steps of a hundredth.

Source: Ideogram's API reference of `color_palette`; Runware's page of ideogram:3@2 (2026-11).
"""
EXAMPLE = "#FF8800 40, #003366"

_COLOUR = re.compile(r"#?([0-9a-f]{6})")
_WEIGHT = re.compile(r"([0-9]{0,3}\.?[0-9]{1,6})(%?)")
_BETWEEN = re.compile(r"[\s,;]+")


class PaletteError(ValueError):
    """A text that is no palette; its own text is a sentence with an example."""


def parse(text: str, presets: Collection[str]) -> Palette:
    """Read a preset's name, or up to 8 colours, each with an optional weight behind it.

    A weight is a share from 0.05 to 1 or a percentage from 5 to 100; a number above 1 is a
    percentage, with or without its sign.

    Raises:
        PaletteError: It is neither; says what is wrong with it.
    """
    named = text.strip().lower()
    if named in presets:
        return Palette(preset=named)
    words = [word for word in _BETWEEN.split(named) if word]
    if not words or not _COLOUR.fullmatch(words[0]):
        known = f"one of {', '.join(presets)}, or " if presets else ""
        raise PaletteError(f"A palette is {known}colours such as {EXAMPLE}.")
    swatches = _swatches(words)
    if len(swatches) > MOST_COLOURS:
        raise PaletteError(f"A palette has at most {MOST_COLOURS} colours; leave some out.")
    if len({one.rgb for one in swatches}) < len(swatches):
        raise PaletteError(f"A colour stands twice; give each once, as in {EXAMPLE}.")
    return Palette(swatches=tuple(swatches))


def say(palette: Palette) -> str:
    """Write a palette as `parse` reads it."""
    if palette.preset is not None:
        return palette.preset
    return ", ".join(
        f"#{one.rgb}" if one.percent is None else f"#{one.rgb} {one.percent}"
        for one in palette.swatches
    )


def _swatches(words: list[str]) -> list[Swatch]:
    found: list[Swatch] = []
    for word in words:
        colour = _COLOUR.fullmatch(word)
        if colour is not None:
            found.append(Swatch(rgb=colour[1].upper()))
        elif word.startswith("#"):
            raise PaletteError(f"A colour is # and six of 0-9 and A-F, as in {EXAMPLE}.")
        elif found[-1].percent is None:
            found[-1] = replace(found[-1], percent=_percent(word))
        else:
            raise PaletteError(f"A colour has one weight, behind it, as in {EXAMPLE}.")
    return found


def _percent(word: str) -> int:
    written = _WEIGHT.fullmatch(word)
    number = Decimal(written[1] if written else 0)
    is_share = written is not None and not written[2] and number <= 1
    percent = number * 100 if is_share else number
    if not LEAST_PERCENT <= percent <= MOST_PERCENT or percent % 1:
        raise PaletteError(
            f"A weight is {LEAST_PERCENT} to {MOST_PERCENT} in whole percent, or 0.05 to 1, "
            f"as in {EXAMPLE}."
        )
    return int(percent)
