"""The catalogue is data that agrees with the providers' lists, and its functions are pure."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.backends.base import MagicPrompt, Operation, Palette, ProviderName, Request, Speed, Swatch
from bot.backends.capabilities import LARGEST_SEED, Brought, Lack, missing, strength_of
from bot.backends.catalogue import CATALOGUE, by_name
from bot.backends.entry import Direction, Entry, Feature, Form
from bot.backends.shapes import Shape, is_too_wide, nearest, ratio, shape, sized
from bot.backends.sizes import ASPECTS, LEGACY_SIZES, V2_SIZES, V3_SIZES, Size, size

SPECS = Path(__file__).parents[3] / "shared" / "specs"
sides = st.integers(1, 16_000)
SOURCE = Brought(source=True)


def ids(entry: Entry) -> str:
    return f"{entry.name} {entry.operation}"


shaped = pytest.mark.parametrize(
    "entry", [entry for entry in CATALOGUE if entry.takes(Feature.ASPECT)], ids=ids
)
strong = pytest.mark.parametrize(
    "entry", [entry for entry in CATALOGUE if entry.takes(Feature.STRENGTH)], ids=ids
)


def asked(**what: Any) -> Request:
    usual: dict[str, Any] = {"backend": "any", "prompt": "p", "strength": 50}
    return Request(**usual | what)


def found_nearest(entry: Entry, width: int, height: int) -> Shape:
    found = nearest(entry, width, height)
    assert found is not None
    return found


def test_each_operation_of_a_backend_is_there_once() -> None:
    keys = [(entry.name, entry.operation) for entry in CATALOGUE]

    assert len(set(keys)) == len(keys)
    assert [by_name(*key) for key in keys] == list(CATALOGUE)
    assert len({(entry.provider, entry.model) for entry in CATALOGUE}) == len(CATALOGUE)
    with pytest.raises(KeyError):
        by_name("dall-e")
    with pytest.raises(KeyError):
        by_name("fal-v2a", Operation.EDIT)


@pytest.mark.parametrize("entry", CATALOGUE, ids=ids)
def test_an_operation_takes_what_belongs_to_it(entry: Entry) -> None:
    takes = entry.takes
    edits, makes = entry.operation is Operation.EDIT, entry.operation is Operation.GENERATE

    assert takes(Feature.SOURCE) is not makes
    assert takes(Feature.MASK) is edits
    assert takes(Feature.PROMPT) is (entry.operation is not Operation.REFRAME)
    assert not takes(Feature.STRENGTH) or entry.operation is Operation.REMIX


@pytest.mark.shared
@pytest.mark.skipif(not SPECS.exists(), reason="../shared is absent")
def test_sizes_are_those_of_the_reference() -> None:
    dimensions = json.loads((SPECS / "runware-ideogram-dimensions.json").read_text())
    schemas = json.loads((SPECS / "ideogram-openapi.json").read_text())["components"]["schemas"]
    legacy = {
        name.removeprefix("RESOLUTION_").replace("_", "x") for name in schemas["Resolution"]["enum"]
    }

    assert {str(one) for one in V2_SIZES} == set(dimensions["ideogram:3@2"])
    assert {str(one) for one in V3_SIZES} == set(schemas["ResolutionV3"]["enum"])
    assert {str(one) for one in LEGACY_SIZES} == legacy


@pytest.mark.shared
@pytest.mark.skipif(not SPECS.exists(), reason="../shared is absent")
@pytest.mark.parametrize("entry", CATALOGUE, ids=ids)
def test_prices_are_those_of_the_reference(entry: Entry) -> None:
    listed = json.loads((SPECS / "prices.json").read_text())[entry.provider]
    third = {"/v1/ideogram-v3/remix": "V_3", "AUTO": "V_3"}
    found = listed[third.get(entry.model, entry.model)]
    # Ideogram's turbo models are backends of their own; Runware's is a speed.
    turbo = listed.get(f"{entry.model}_TURBO") if entry.takes(Feature.SPEED) else None

    if turbo is not None:
        assert float(entry.price_at(Speed.TURBO)) == _price_of(turbo)
        assert float(entry.price_at(Speed.QUALITY)) == float(entry.price) == found["price"]
    elif entry.speed_prices:
        for speed, price in entry.speed_prices.items():
            assert float(price) == found[speed.upper()]
        assert entry.price == entry.price_at(Speed.BALANCED) == entry.price_at(None)
    elif entry.model == "AUTO":
        assert float(entry.price) == found["QUALITY"]
    else:
        assert float(entry.price) == _price_of(found)


def _price_of(listed: Any) -> float:
    return float(listed.get("price") or listed["DEFAULT"] if isinstance(listed, dict) else listed)


def test_the_lists_of_sizes_are_whole() -> None:
    assert len(V2_SIZES) == len(set(V2_SIZES)) == 73
    assert len(V3_SIZES) == len(set(V3_SIZES)) == 69


@shaped
def test_every_aspect_has_its_size_in_the_list(entry: Entry) -> None:
    by_size = entry.inputs.get(Feature.ASPECT) is None

    assert set(ASPECTS) <= set(entry.aspects)
    for aspect, wanted in entry.aspects.items():
        assert (wanted is None) is not by_size
        if wanted is not None:
            assert wanted in entry.sizes
            assert wanted.ratio == pytest.approx(ratio(aspect), rel=0.006)


@shaped
@given(width=sides, height=sides)
@example(width=1, height=16_000)
@example(width=1920, height=1080)
def test_the_nearest_shape_is_the_nearest(entry: Entry, width: int, height: int) -> None:
    found = found_nearest(entry, width, height)

    by_size = entry.inputs.get(Feature.ASPECT) is None
    ratios = [ratio(name) for name in entry.aspects]
    offered = [one.ratio for one in entry.sizes] if by_size else ratios
    theirs = math.log(width / height)
    best = min(abs(math.log(one) - theirs) for one in offered)
    assert abs(math.log(found.ratio) - theirs) <= best + 0.005
    assert found.size in entry.sizes if by_size else found.aspect in entry.aspects


@shaped
@given(width=sides, height=sides)
def test_a_source_turned_round_is_cropped_alike(entry: Entry, width: int, height: int) -> None:
    one, other = found_nearest(entry, width, height), found_nearest(entry, height, width)

    assert one.crop(width, height) == pytest.approx(other.crop(height, width), abs=0.006)


@shaped
def test_a_source_of_an_exact_ratio_keeps_it(entry: Entry) -> None:
    for aspect in ASPECTS:
        width, height = map(int, aspect.split(":"))
        found = found_nearest(entry, width * 100, height * 100)
        assert found.ratio == pytest.approx(ratio(aspect), rel=0.006)
        assert found.crop(width, height) < 0.006


def test_of_sizes_alike_the_largest_is_taken() -> None:
    found = found_nearest(by_name("runware-v2"), 1600, 1000)

    assert found.size == size("1232x768")
    assert size("1024x640") in V2_SIZES


def test_a_chosen_aspect_goes_before_the_source() -> None:
    entry = by_name("runware-v2")

    found = shape(entry, asked(aspect="9:16"), (3000, 1000))

    assert found is not None
    assert found.size == Size(width=736, height=1312)
    assert found.crop(3000, 1000) == pytest.approx(1 - (736 / 1312) / 3)
    with pytest.raises(ValueError, match="7:5"):
        shape(entry, asked(aspect="7:5"), (100, 100))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("square_hd", Shape(size=size("1024x1024"), preset="square_hd")),
        ("1312x736", Shape(size=size("1312x736"))),
        ("1x14142", Shape(size=size("1x14142"))),
        ("0x100", None),
        ("100x14143", None),
        ("large", None),
    ],
)
def test_a_chosen_size_is_a_preset_or_within_bounds(text: str, expected: Shape | None) -> None:
    assert sized(by_name("fal-v3"), text) == expected


def test_where_sizes_are_listed_only_these_can_be_chosen() -> None:
    entry = by_name("runware-v2")

    assert sized(entry, "1232x768") == Shape(size=size("1232x768"))
    assert sized(entry, "1024x1000") is None
    with pytest.raises(ValueError, match="1024x1000"):
        shape(entry, asked(size="1024x1000"), (100, 100))


def test_an_edit_has_no_shape_to_choose() -> None:
    assert shape(by_name("fal-v3", Operation.EDIT), asked(), (400, 300)) is None


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (3000, 1000, False),
        (3001, 1000, True),
        (1000, 3000, False),
        (999, 3000, True),
        (1, 1, False),
    ],
)
def test_sources_beyond_three_to_one_are_too_wide(width: int, height: int, expected: bool) -> None:
    assert is_too_wide(width, height) is expected


@pytest.mark.parametrize(
    ("name", "strength", "expected"),
    [
        ("fal-v2a", 1, 0.01),
        ("fal-v2a", 57, 0.57),
        ("fal-v2-turbo", 80, 0.8),
        ("fal-v3", 100, 1),
        ("ideogram-v2", 1, 1),
        ("ideogram-v2", 100, 100),
        ("runware-v2", 1, 100),
        ("runware-v2", 50, 51),
        ("runware-v2", 100, 1),
    ],
)
def test_strength_is_counted_as_the_provider_counts(
    name: str, strength: int, expected: float
) -> None:
    assert strength_of(by_name(name), strength) == expected


@strong
@pytest.mark.parametrize("direction", Direction)
def test_every_value_of_strength_is_reached_in_order(entry: Entry, direction: Direction) -> None:
    turned = replace(entry, strength=direction)
    hundredths = entry.inputs[Feature.STRENGTH].form is Form.HUNDREDTHS
    unit = 0.01 if hundredths else 1

    found = [strength_of(turned, strength) for strength in range(1, 101)]

    assert found == sorted(found, reverse=direction is Direction.FURTHER)
    assert {round(value / unit) for value in found} == set(range(1, 101))
    assert all(isinstance(value, float) is hundredths for value in found)


FIVE = tuple(
    by_name(name) for name in ("fal-v2a", "fal-v3", "runware-v2", "fal-v2-turbo", "ideogram-v2")
)


@pytest.mark.parametrize(
    ("name", "request_", "expected"),
    [
        ("fal-v2a", asked(), None),
        ("fal-v2a", asked(count=2), Lack(
            what=Feature.COUNT, has=("fal-v3", "runware-v2", "ideogram-v2"))),
        ("fal-v3", asked(count=9), Lack(what=Feature.COUNT, has=("runware-v2",))),
        ("runware-v2", asked(count=20), None),
        ("runware-v2", asked(count=21), Lack(what=Feature.COUNT, has=())),
        ("runware-v2", asked(count=0), Lack(what=Feature.COUNT, has=())),
        (
            "runware-v2",
            asked(seed=1),
            Lack(what=Feature.SEED, has=("fal-v2a", "fal-v3", "fal-v2-turbo", "ideogram-v2")),
        ),
        ("fal-v3", asked(style="anime"), Lack(
            what=Feature.STYLE, has=("fal-v2a", "runware-v2", "fal-v2-turbo", "ideogram-v2"))),
        ("fal-v2a", asked(style="fiction"), Lack(
            what=Feature.STYLE, has=("runware-v2", "ideogram-v2"))),
        ("fal-v2a", asked(style="cubist"), Lack(what=Feature.STYLE, has=())),
        ("fal-v2-turbo", asked(negative="rain"), Lack(
            what=Feature.NEGATIVE, has=("fal-v3", "runware-v2", "ideogram-v2"))),
        ("fal-v2-turbo", asked(negative=""), None),
        ("ideogram-v2", asked(aspect="16:9", seed=LARGEST_SEED, style="3d", negative="x"), None),
        ("ideogram-v2", asked(aspect="7:5"), Lack(what=Feature.ASPECT, has=())),
    ],
)  # fmt: skip
def test_what_a_backend_lacks_is_named_with_those_that_have_it(
    name: str, request_: Request, expected: Lack | None
) -> None:
    assert missing(by_name(name), request_, SOURCE, FIVE) == expected


def test_only_the_offered_backends_are_named() -> None:
    offered = (by_name("fal-v2a"), by_name("ideogram-v2"))

    assert missing(offered[0], asked(count=2), SOURCE, offered) == Lack(
        what=Feature.COUNT, has=("ideogram-v2",)
    )


def test_a_backend_without_an_operation_or_magic_lacks_it() -> None:
    entry = by_name("fal-v3")
    off = replace(entry.inputs[Feature.MAGIC_PROMPT], values={"off": False})
    plain = replace(entry, inputs={**entry.inputs, Feature.MAGIC_PROMPT: off})
    edit = asked(operation=Operation.EDIT)

    assert missing(entry, edit, SOURCE) == Lack(what=Feature.OPERATION, has=())
    assert missing(plain, asked(magic_prompt=MagicPrompt.ON), SOURCE) == Lack(
        what=Feature.MAGIC_PROMPT, has=()
    )
    assert missing(plain, asked(magic_prompt=MagicPrompt.OFF), SOURCE) is None


@pytest.mark.parametrize(
    ("palette", "fits"),
    [
        (Palette(preset="ember"), True),
        (Palette(preset="rust"), False),
        (Palette(swatches=(Swatch(rgb="FF8800"),) * 8), True),
        (Palette(swatches=(Swatch(rgb="FF8800"),) * 9), False),
        (Palette(), False),
    ],
)
def test_a_palette_is_a_preset_or_up_to_eight_colours(palette: Palette, fits: bool) -> None:
    lack = missing(by_name("fal-v3"), asked(palette=palette), SOURCE)

    assert (lack is None) is fits


@pytest.mark.parametrize(
    ("name", "operation", "request_", "brought", "what"),
    [
        ("fal-v3", Operation.REMIX, asked(prompt=""), SOURCE, Feature.PROMPT),
        ("fal-v3", Operation.REMIX, asked(), Brought(), Feature.SOURCE),
        (
            "fal-v3",
            Operation.REFRAME,
            asked(operation=Operation.REFRAME, prompt="", strength=None),
            SOURCE,
            Feature.SIZE,
        ),
    ],
)
def test_what_a_backend_needs_is_named(
    name: str, operation: Operation, request_: Request, brought: Brought, what: Feature
) -> None:
    entry = by_name(name, operation)

    assert missing(entry, request_, brought) == Lack(what=what, has=(), needed=True)


def test_pictures_that_a_backend_does_not_take_are_named() -> None:
    at_fal = [entry for entry in CATALOGUE if entry.provider is ProviderName.FAL]
    several = Brought(source=True, references=2)
    edit = asked(operation=Operation.EDIT, strength=None)

    lack = missing(by_name("fal-v2a"), asked(), several, at_fal)
    assert lack == Lack(what=Feature.REFERENCES, has=("fal-v3", "fal-v3-background"))
    assert missing(by_name("fal-v3"), asked(), Brought(source=True, references=5)) == Lack(
        what=Feature.REFERENCES, has=()
    )
    with_mask = Brought(source=True, mask=True)
    assert missing(by_name("fal-v3", Operation.EDIT), edit, with_mask) is None
    assert missing(by_name("fal-v3"), asked(), with_mask) == Lack(what=Feature.MASK, has=())
