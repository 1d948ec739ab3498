"""What is offered while an option is typed fits the backend, and Discord's limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import palettes
from bot.backends import vocabulary
from bot.backends.base import Operation
from bot.backends.catalogue import CATALOGUE, by_name
from bot.backends.entry import Entry, Feature
from bot.backends.shapes import sized
from cogs import choices, options
from cogs.choices import Find

FAL_V2A, FAL_V3, RUNWARE, LEGACY = (
    [by_name(name)] for name in ("fal-v2a", "fal-v3", "runware-v2", "ideogram-v2")
)
BACKGROUND = [by_name("fal-v3-background")]
FINDS = {
    "backend": choices.backends,
    "aspect": choices.aspects,
    "size": choices.sizes,
    "style": choices.by_name(Feature.STYLE),
    "style_preset": choices.by_name(Feature.STYLE_PRESET),
    "palette": choices.palette,
    "speed": choices.speeds,
    "magic_version": choices.by_name(Feature.MAGIC_VERSION),
    "format": choices.by_name(Feature.FORMAT),
}


def values(found: list[tuple[str, str]]) -> list[str]:
    return [value for _, value in found]


@pytest.mark.parametrize("option", FINDS)
@given(entry=st.sampled_from(CATALOGUE), text=st.text(max_size=150) | st.from_regex(r"[0-9x#F ]+"))
def test_whatever_is_typed_discord_takes_what_is_offered(
    option: str, entry: Entry, text: str
) -> None:
    found = list(FINDS[option]([entry], text))

    assert len(found) <= 25
    assert all(1 <= len(name) <= 100 and 1 <= len(value) <= 100 for name, value in found)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("find", FINDS.values(), ids=FINDS)
def test_what_a_backend_does_not_take_is_not_offered(find: Find) -> None:
    nothing = by_name("ideogram-v1-turbo")
    bare = Entry(
        name="bare",
        title="",
        provider=nothing.provider,
        model="",
        price=nothing.price,
        price_source="",
        price_date="",
        usual_seconds=1,
        deadline_seconds=1,
        inputs={},
    )

    assert [name for name, _ in find([bare], "") if "bare" not in name] == []


def test_backends_are_offered_with_the_range_of_their_price_and_their_seconds() -> None:
    offered = [by_name("fal-v2a"), by_name("fal-v3"), by_name("ideogram-v3-remix")]

    assert choices.backends(offered, "") == [
        ("fal-v2a - 4 credits - 8 s", "fal-v2a"),
        ("fal-v3 - 3 to 9 credits - 12 s", "fal-v3"),
        ("ideogram-v3-remix - 3 to 9 credits - 12 s", "ideogram-v3-remix"),
    ]
    assert values(choices.backends(offered, "V3")) == ["fal-v3", "ideogram-v3-remix"]


def test_speeds_are_offered_with_the_price_of_a_picture() -> None:
    assert choices.speeds(FAL_V3, "") == [
        ("turbo - 3 credits a picture", "turbo"),
        ("balanced - 6 credits a picture", "balanced"),
        ("quality - 9 credits a picture", "quality"),
    ]
    assert choices.speeds(FAL_V2A, "") == []


def test_sizes_begin_with_the_named_ones_and_those_of_ratios() -> None:
    found = choices.sizes(FAL_V3, "")

    assert found[0] == ("square_hd - 1024x1024", "square_hd")
    assert ("1312x736 - 16:9", "1312x736") in found
    assert values(choices.sizes(FAL_V3, "landscape_16")) == ["landscape_16_9"]
    assert values(choices.sizes(FAL_V3, "square")) == ["square"]
    assert all("1312" in value for value in values(choices.sizes(RUNWARE, "1312")))
    assert choices.sizes(FAL_V2A, "1024x1024") == []


def test_of_a_size_that_a_backend_does_not_make_the_nearest_are_offered() -> None:
    assert values(choices.sizes(RUNWARE, "1300 x 740"))[0] == "1312x736"
    # Where any size is taken, it comes first as it is.
    assert choices.sizes(FAL_V3, "1300x740")[0] == ("1300x740 - as typed", "1300x740")
    assert "99999x1" not in values(choices.sizes(FAL_V3, "99999x1"))
    assert choices.sizes(RUNWARE, "1312\u00d7736") == [("1312x736 - 16:9", "1312x736")]


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: f"{entry.operation}-{entry.name}")
@pytest.mark.parametrize("text", ["", "1000x1000", "800x1280"])
def test_every_size_that_is_offered_is_one_that_the_backend_takes(entry: Entry, text: str) -> None:
    assert all(sized(entry, value) for value in values(choices.sizes([entry], text)))


def test_while_colours_are_typed_it_says_what_is_understood() -> None:
    assert choices.palette(FAL_V3, "#ff8800 .4,003366") == [
        ("#FF8800 40, #003366", "#FF8800 40 #003366")
    ]
    assert values(choices.palette(FAL_V3, "em")) == ["ember"]
    assert values(choices.palette(FAL_V3, "")) == list(vocabulary.PALETTES)
    assert choices.palette(FAL_V2A, "ember") == []


def test_while_colours_are_typed_it_says_what_is_wrong() -> None:
    ((said, value),) = choices.palette(FAL_V3, "#ff8800 4")

    assert said == "A weight is 5 to 100 in whole percent, or 0.05 to 1, as in #FF8800 40, #003366."
    with pytest.raises(palettes.PaletteError):
        palettes.parse(value, tuple(vocabulary.PALETTES))


def test_style_presets_are_found_by_a_part_of_their_names() -> None:
    find = choices.by_name(Feature.STYLE_PRESET)

    assert values(list(find(BACKGROUND, "Graffiti"))) == ["graffiti-i", "graffiti-ii"]
    assert len(list(find(BACKGROUND, ""))) == 25


def test_strengths_are_the_named_steps_and_the_number_that_was_typed() -> None:
    assert choices.strength(FAL_V3, "") == [
        *(("Subtle - 90", 90), ("Light - 75", 75), ("Balanced - 50", 50)),
        *(("Bold - 25", 25), ("Wild - 10", 10)),
    ]
    assert choices.strength(FAL_V3, "33") == [("33", 33)]
    assert choices.strength(FAL_V3, "9") == [("9", 9), ("Subtle - 90", 90)]
    assert choices.strength(FAL_V3, "0") == []
    assert choices.strength(FAL_V3, "bo") == [("Bold - 25", 25)]
    assert choices.strength(BACKGROUND, "") == []


def test_every_option_has_words_that_discord_takes() -> None:
    assert all(1 <= len(said) <= 100 for said in options.DESCRIPTIONS.values())
    assert choices.COMPLETIONS.keys() <= options.DESCRIPTIONS.keys()
    # The commands are called as the operations are, and find their backends by that.
    assert {entry.operation for entry in CATALOGUE} == set(Operation)
