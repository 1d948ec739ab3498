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

from bot.backends.base import MagicPrompt, Operation, Request
from bot.backends.catalogue import (
    CATALOGUE,
    LARGEST_SEED,
    Direction,
    Entry,
    Feature,
    Lack,
    by_name,
    is_too_wide,
    missing,
    nearest,
    provider_strength,
    ratio,
    shape,
)
from bot.backends.sizes import ASPECTS, V2_SIZES, V3_SIZES, Size, size

SPECS = Path(__file__).parents[3] / "shared" / "specs"
entries = pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
sides = st.integers(1, 16_000)


def asked(**what: Any) -> Request:
    usual: dict[str, Any] = {"backend": "any", "prompt": "p", "strength": 50}
    return Request(**usual | what)


def test_there_are_the_five_backends() -> None:
    names = [entry.name for entry in CATALOGUE]

    assert names == ["fal-v2a", "fal-v3", "runware-v2", "fal-v2-turbo", "ideogram-v2"]
    assert [by_name(name).name for name in names] == names
    with pytest.raises(KeyError):
        by_name("dall-e")


@pytest.mark.shared
@pytest.mark.skipif(not SPECS.exists(), reason="../shared is absent")
def test_sizes_and_prices_are_those_of_the_reference() -> None:
    dimensions = json.loads((SPECS / "runware-ideogram-dimensions.json").read_text())
    openapi = json.loads((SPECS / "ideogram-openapi.json").read_text())
    prices = json.loads((SPECS / "prices.json").read_text())

    assert {str(one) for one in V2_SIZES} == set(dimensions["ideogram:3@2"])
    assert {str(one) for one in V3_SIZES} == set(
        openapi["components"]["schemas"]["ResolutionV3"]["enum"]
    )
    assert {entry.name: float(entry.price) for entry in CATALOGUE} == {
        "fal-v2a": prices["fal"]["fal-ai/ideogram/v2a/remix"]["price"],
        "fal-v3": prices["fal"]["fal-ai/ideogram/v3/remix"]["BALANCED"],
        "runware-v2": prices["runware"]["ideogram:3@2"]["price"],
        "fal-v2-turbo": prices["fal"]["fal-ai/ideogram/v2/turbo/remix"]["price"],
        "ideogram-v2": prices["ideogram"]["V_2"],
    }


def test_the_lists_of_sizes_are_whole() -> None:
    assert len(V2_SIZES) == len(set(V2_SIZES)) == 73
    assert len(V3_SIZES) == len(set(V3_SIZES)) == 69


@entries
def test_every_aspect_has_its_size_in_the_list(entry: Entry) -> None:
    assert tuple(entry.aspects) == ASPECTS
    for aspect, wanted in entry.aspects.items():
        assert (wanted is None) == (not entry.sizes)
        if wanted is not None:
            assert wanted in entry.sizes
            assert wanted.ratio == pytest.approx(ratio(aspect), rel=0.006)


@entries
@given(width=sides, height=sides)
@example(width=1, height=16_000)
@example(width=1920, height=1080)
def test_the_nearest_shape_is_the_nearest(entry: Entry, width: int, height: int) -> None:
    found = nearest(entry, width, height)

    offered = [one.ratio for one in entry.sizes] or [ratio(name) for name in entry.aspects]
    theirs = math.log(width / height)
    best = min(abs(math.log(one) - theirs) for one in offered)
    assert abs(math.log(found.ratio) - theirs) <= best + 0.005
    assert found.size in entry.sizes if entry.sizes else found.aspect in entry.aspects


@entries
@given(width=sides, height=sides)
def test_a_source_turned_round_is_cropped_alike(entry: Entry, width: int, height: int) -> None:
    one, other = nearest(entry, width, height), nearest(entry, height, width)

    assert one.crop(width, height) == pytest.approx(other.crop(height, width), abs=0.006)


@entries
def test_a_source_of_an_exact_ratio_keeps_it(entry: Entry) -> None:
    for aspect in ASPECTS:
        width, height = map(int, aspect.split(":"))
        found = nearest(entry, width * 100, height * 100)
        assert found.ratio == pytest.approx(ratio(aspect), rel=0.006)
        assert found.crop(width, height) < 0.006


def test_of_sizes_alike_the_largest_is_taken() -> None:
    found = nearest(by_name("runware-v2"), 1600, 1000)

    assert found.size == size("1232x768")
    assert size("1024x640") in V2_SIZES


def test_a_chosen_aspect_goes_before_the_source() -> None:
    entry = by_name("runware-v2")

    found = shape(entry, asked(aspect="9:16"), 3000, 1000)

    assert found.size == Size(width=736, height=1312)
    assert found.crop(3000, 1000) == pytest.approx(1 - (736 / 1312) / 3)
    with pytest.raises(KeyError):
        shape(entry, asked(aspect="7:5"), 100, 100)


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
    assert provider_strength(by_name(name), strength) == expected


@entries
@pytest.mark.parametrize("direction", Direction)
def test_every_value_of_strength_is_reached_in_order(entry: Entry, direction: Direction) -> None:
    turned = replace(entry, strength=direction)
    unit = 0.01 if entry.strength_in_hundredths else 1

    found = [provider_strength(turned, strength) for strength in range(1, 101)]

    assert found == sorted(found, reverse=direction is Direction.FURTHER)
    assert {round(value / unit) for value in found} == set(range(1, 101))
    assert all(isinstance(value, float) is entry.strength_in_hundredths for value in found)


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
    assert missing(by_name(name), request_) == expected


def test_only_the_offered_backends_are_named() -> None:
    offered = (by_name("fal-v2a"), by_name("ideogram-v2"))

    assert missing(offered[0], asked(count=2), offered) == Lack(
        what=Feature.COUNT, has=("ideogram-v2",)
    )


def test_a_backend_without_an_operation_or_magic_lacks_it() -> None:
    entry = replace(by_name("fal-v3"), operations=frozenset[Operation]())
    plain = replace(by_name("fal-v3"), magic_prompts=frozenset({MagicPrompt.OFF}))

    assert missing(entry, asked(), ()) == Lack(what=Feature.OPERATION, has=())
    assert missing(plain, asked(), ()) == Lack(what=Feature.MAGIC_PROMPT, has=())
    assert missing(plain, asked(magic_prompt=MagicPrompt.OFF)) is None
