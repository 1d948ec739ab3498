"""What is typed into an option is read in every way in which people write it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.backends.base import PictureFormat, Speed
from cogs import typed
from cogs.desk import SorryError


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (typed.size, "1312x736", "1312x736"),
        (typed.size, "1312 x 736", "1312x736"),
        (typed.size, " 1312\u00d7736 ", "1312x736"),
        (typed.size, "1312X0736", "1312x736"),
        (typed.size, "1312*736", "1312x736"),
        (typed.size, "Square_HD", "square_hd"),
        (typed.size, "", None),
        (typed.size, None, None),
        (typed.aspect, "16:9", "16:9"),
        (typed.aspect, " 16 x 9", "16:9"),
        (typed.aspect, "16/9", "16:9"),
        (typed.aspect, " ", None),
        (typed.style_codes, "7a0f33c1", ("7A0F33C1",)),
        (typed.style_codes, "7A0F33C1, 00ffee12 ", ("7A0F33C1", "00FFEE12")),
        (typed.style_codes, "7A0F33C1 7a0f33c1", ("7A0F33C1",)),
        (typed.style_codes, None, ()),
        (typed.speed, "Turbo", Speed.TURBO),
        (typed.speed, None, None),
        (typed.picture_format, "WEBP", PictureFormat.WEBP),
        (typed.picture_format, "jpeg", PictureFormat.JPG),
        (typed.picture_format, "", None),
        (typed.palette, "  ", None),
        (typed.word, " Fal-V3 ", "fal-v3"),
        (typed.word, " ", None),
    ],
)
def test_it_is_read(read: Callable[[str | None], object], text: str | None, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "example"),
    [
        (typed.size, "1312", "1312x736"),
        (typed.size, "1312x", "1312x736"),
        (typed.size, "1312x736x3", "1312x736"),
        (typed.size, "123456x7", "1312x736"),
        (typed.size, "\u0661x\u0662", "1312x736"),
        (typed.aspect, "wide", "16:9"),
        (typed.aspect, "1.78:1", "16:9"),
        (typed.style_codes, "7A0F33C", "7A0F33C1"),
        (typed.style_codes, "7A0F33C1-00FFEE12", "7A0F33C1"),
        (typed.style_codes, "7A0F33CG", "7A0F33C1"),
        (typed.speed, "fast", "turbo"),
        (typed.picture_format, "gif", "png"),
        (typed.palette, "sunset", "#FF8800 40"),
    ],
)
def test_what_cannot_be_read_is_explained_with_an_example(
    read: Callable[[str | None], object], text: str, example: str
) -> None:
    with pytest.raises(SorryError) as caught:
        read(text)

    said = str(caught.value)
    assert example in said
    assert said.endswith(".")
