"""The chart is a picture whose bars are as long as what was spent, with nothing cut off."""

from __future__ import annotations

import io
import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from bot.spending import chart
from bot.spending.bars import Bars, bars
from bot.spending.glyphs import fitted, shown, width
from bot.spending.names import harmless
from bot.spending.rows import Spent
from tests.spending.rows import HOSTILE, spent

Colour = tuple[int, int, int]


def rgb(colour: str) -> Colour:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


COLOURS = [rgb(colour) for colour in chart.COLOURS]
PAPER = rgb(chart.PAPER)

SIGHTS = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
"""How red, green and blue are seen (Machado, Oliveira and Fernandes, 2009, severity 1)."""


def drawn(shows: Bars) -> Image.Image:
    with Image.open(io.BytesIO(chart.draw(shows))) as image:
        assert image.format == "PNG"
        return image.convert("RGB")


def lengths(image: Image.Image) -> list[Counter[Colour]]:
    """Of each bar from the top, how many pixels it has of each colour; the legend comes last."""
    known = set(COLOURS)
    across = [Counter(pixel for pixel in line if pixel in known) for line in rows_of(image)]
    found: list[list[Counter[Colour]]] = []
    for before, line in pairwise([Counter[Colour](), *across]):
        if line and not before:
            found.append([])
        if line:
            found[-1].append(line)
    return [lines[len(lines) // 2] for lines in found]


def rows_of(image: Image.Image) -> list[list[Colour]]:
    data = image.tobytes()
    pixels = [(data[at], data[at + 1], data[at + 2]) for at in range(0, len(data), 3)]
    return [pixels[at : at + image.width] for at in range(0, len(pixels), image.width)]


def touches_an_edge(image: Image.Image, pixels: int = 4) -> bool:
    inner = image.crop((pixels, pixels, image.width - pixels, image.height - pixels))
    framed = Image.new("RGB", image.size, PAPER)
    framed.paste(inner, (pixels, pixels))
    return framed.tobytes() != image.tobytes()


def members(number: int, backends: int = 1) -> list[Spent]:
    return [
        spent(member, f"backend-{backend}", 50 + 7 * ((member * 5 + backend) % 11))
        for member in range(number)
        for backend in range(backends)
    ]


def test_a_bar_is_as_long_as_what_was_spent() -> None:
    rows = [spent(1, "a", 400), spent(2, "a", 200), spent(2, "b", 100), spent(3, "b", 50)]

    image = drawn(bars("Credits", rows, {}))

    first, second, third, legend = lengths(image)
    a, b = COLOURS[:2]
    assert image.size == (1200, 700)
    assert first[a] > 500
    assert second[a] == pytest.approx(first[a] / 2, abs=2)
    assert second[b] == pytest.approx(first[a] / 4, abs=2)
    assert third[b] == pytest.approx(first[a] / 8, abs=2)
    assert (first[b], third[a]) == (0, 0)
    assert legend[a] == legend[b] > 10


@pytest.mark.parametrize("backends", [1, 8, 10, 14])
def test_each_backend_has_its_colour_and_each_member_a_bar(backends: int) -> None:
    image = drawn(bars("Credits", members(40, backends), {}))

    found = lengths(image)

    # The legend has a line or several below the bars of twelve members and the others.
    assert len(found) > 13
    assert all(len(bar) == min(backends, 10) for bar in found[:13])
    assert not touches_an_edge(image)


def test_the_others_are_drawn_to_the_same_scale() -> None:
    rows = [spent(member, cost=40) for member in range(13)] + [spent(13, cost=20)]

    found = lengths(drawn(bars("Credits", rows, {})))

    lone, others = found[0][COLOURS[0]], found[12][COLOURS[0]]
    assert others == pytest.approx(lone * 1.5, abs=2)


def test_a_single_bar_is_no_wall() -> None:
    image = drawn(bars("Credits", members(1), {}))

    tall = sum(1 for line in rows_of(image) if line.count(COLOURS[0]) > 500)

    assert 40 < tall < 120
    assert not touches_an_edge(image)


@pytest.mark.parametrize("amount", [0, 1, 10**9, 10**15])
def test_any_amount_is_drawn_with_its_number(amount: int) -> None:
    image = drawn(bars("Credits", [spent(1, "a", amount), spent(2, "b", 1)], {}))

    assert not touches_an_edge(image)


def test_nothing_spent_is_said() -> None:
    image = drawn(bars("Credits", [], {}))

    assert not touches_an_edge(image)
    middle = image.crop((400, 300, 800, 400))
    assert len(set(rows_of(middle)[0])) == 1
    assert len({pixel for line in rows_of(middle) for pixel in line}) > 10


@pytest.mark.parametrize("names", [HOSTILE[:12], HOSTILE[-12:]])
@pytest.mark.parametrize("title", ["T" * 300, "$\\frac{ \u7530 ``` \u202e\n"])
def test_hostile_names_are_drawn_without_a_warning_and_within_the_picture(
    names: list[str], title: str
) -> None:
    rows = [spent(member, backend=name) for member, name in enumerate(names)]

    image = drawn(bars(title, rows, dict(enumerate(names))))

    assert len(lengths(image)) > 12
    assert not touches_an_edge(image)


def test_a_dollar_sign_is_no_formula() -> None:
    """Taken for one, its signs would not be drawn, and would leave their room to the bar."""
    plain, signs = (
        lengths(drawn(bars("", [spent(1)], {1: name})))[0][COLOURS[0]] for name in ("x", "$x$")
    )

    assert signs < plain - 15


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Ana", "Ana"),
        ("\U0001f3a8Anna \U0001f3a8", "Anna"),
        ("tanaka\u7530\u4e2d", "tanaka\u25a1\u25a1"),
        ("\u7530\u4e2d", "member"),
        ("\U0001f525", "member"),
        ("\U0001d4d0\uff4e\U0001d4f7\U0001d4ea", "Anna"),
        ("\u0645\u062d\u0645\u062f", "\u0645\u062d\u0645\u062f"),
    ],
)
def test_what_the_font_lacks_is_written_otherwise(text: str, written: str) -> None:
    assert shown(text, "member") == written


def test_a_title_of_boxes_is_left_as_it_is() -> None:
    assert shown("\u7530\u4e2d") == "\u25a1\u25a1"


@given(st.text(max_size=40) | st.sampled_from(HOSTILE), st.integers(20, 300))
@example("\ufdfd" * 20, 300)
@example("W", 20)
def test_any_text_can_be_written_and_fits(text: str, pixels: int) -> None:
    found = fitted(shown(harmless(text)), points=14, pixels=pixels)

    assert width(found, points=14) <= pixels


@pytest.mark.parametrize("sight", SIGHTS)
def test_the_colours_are_told_apart_with_any_colour_vision(sight: str) -> None:
    seen = [seen_by(sight, colour) for colour in COLOURS]

    apart = [math.dist(one, other) for at, one in enumerate(seen) for other in seen[:at]]

    assert min(apart) > 15  # in CIE Lab, where 2 can just be seen


def seen_by(sight: str, colour: Colour) -> tuple[float, float, float]:
    """CIE Lab of a colour as someone with such eyes sees it."""
    light = [linear(part / 255) for part in colour]
    red, green, blue = (
        min(1.0, max(0.0, sum(weight * part for weight, part in zip(row, light, strict=True))))
        for row in SIGHTS[sight]
    )
    x = lightness((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
    y = lightness(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = lightness((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def lightness(part: float) -> float:
    return part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116
