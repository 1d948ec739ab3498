"""A palette is read as people write it, or they are told what is wrong with it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import palettes
from bot.backends import vocabulary
from bot.backends.base import Palette, Swatch
from bot.palettes import PaletteError, parse, say

PRESETS = tuple(vocabulary.PALETTES)

swatches = st.builds(
    Swatch,
    rgb=st.from_regex(r"[0-9A-F]{6}", fullmatch=True),
    percent=st.none() | st.integers(palettes.LEAST_PERCENT, palettes.MOST_PERCENT),
)
own = st.lists(swatches, min_size=1, max_size=8, unique_by=lambda one: one.rgb).map(
    lambda found: Palette(swatches=tuple(found))
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("#FF8800", [("FF8800", None)]),
        ("ff8800", [("FF8800", None)]),
        ("#FF8800 40, #003366", [("FF8800", 40), ("003366", None)]),
        ("#FF8800 0.4 #003366 40%", [("FF8800", 40), ("003366", 40)]),
        ("#FF8800,0.05;#003366,1", [("FF8800", 5), ("003366", 100)]),
        (" #ff8800   100 ,, #003366 .2 ", [("FF8800", 100), ("003366", 20)]),
        ("#123456 12.0%", [("123456", 12)]),
    ],
)
def test_colours_are_read_with_their_weights(
    typed: str, found: list[tuple[str, int | None]]
) -> None:
    expected = Palette(swatches=tuple(Swatch(rgb=rgb, percent=share) for rgb, share in found))

    assert parse(typed, PRESETS) == expected


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_read_by_its_name(preset: str) -> None:
    assert parse(f" {preset.upper()} ", PRESETS) == Palette(preset=preset)
    assert say(Palette(preset=preset)) == preset


@given(own)
def test_what_is_said_of_a_palette_is_read_as_the_same(palette: Palette) -> None:
    assert parse(say(palette), PRESETS) == palette
    # Without its commas it is what an autocompletion stands for, which has 100 characters.
    bare = say(palette).replace(",", "")
    assert len(bare) <= 100
    assert parse(bare, PRESETS) == palette


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("", "one of ember"),
        ("sunset", "one of ember"),
        ("40 #FF8800", "one of ember"),
        ("#FF88", "colours such as #FF8800"),
        ("#FF8800 #12345G", "six of 0-9 and A-F"),
        ("#FF8800 #123", "six of 0-9 and A-F"),
        ("#FF8800 4", "5 to 100"),
        ("#FF8800 101", "5 to 100"),
        ("#FF8800 0.04", "5 to 100"),
        ("#FF8800 1%", "5 to 100"),
        ("#FF8800 0.405", "in whole percent"),
        ("#FF8800 40.5%", "in whole percent"),
        ("#FF8800 nan", "5 to 100"),
        ("#FF8800 1e1", "5 to 100"),
        ("#FF8800 -40", "5 to 100"),
        ("#FF8800 \u0664\u0660", "5 to 100"),
        ("#FF8800 40 50", "one weight"),
        ("#FF8800 ff8800", "stands twice"),
        (" ".join(f"#00000{digit}" for digit in range(9)), "at most 8 colours"),
    ],
)
def test_what_is_no_palette_is_explained(typed: str, wrong: str) -> None:
    with pytest.raises(PaletteError) as caught:
        parse(typed, PRESETS)

    assert wrong in str(caught.value)
    assert str(caught.value).endswith(".")


@given(st.text(max_size=120))
def test_any_text_is_a_palette_or_is_refused(typed: str) -> None:
    with suppress(PaletteError):
        palette = parse(typed, PRESETS)
        assert palette.preset in PRESETS or 1 <= len(palette.swatches) <= 8
