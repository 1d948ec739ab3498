"""The More panel shows what its backend takes, and Discord takes every state of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.backends.base import Palette, Speed
from bot.backends.catalogue import CATALOGUE
from bot.backends.entry import Entry, Feature
from bot.backends.shapes import sized
from cogs.panel_ids import PanelId, Verb
from cogs.panel_layout import FEATURES, Section, panel, section_of, started
from cogs.panel_state import State
from cogs.panel_values import NAMES
from tests.cogs.panels import (
    DRAFT_ID,
    asked,
    assert_fits,
    full,
    named,
    options,
    parts,
    pictures,
    settable,
    state,
    texts,
    the,
)

ENTRIES = pytest.mark.parametrize(
    "entry", CATALOGUE, ids=lambda entry: f"{entry.name}-{entry.operation}"
)


def largest(entry: Entry) -> Iterator[tuple[Section, State]]:
    for section in Section:
        yield (
            section,
            state(
                entry,
                full(entry),
                pictures(4, mask=True),
                price="This costs 100000 of your 100000 credits.",
                problem="x" * 300,
            ),
        )


@ENTRIES
def test_every_section_of_every_backend_fits_with_all_that_can_be_chosen(entry: Entry) -> None:
    for section, large in largest(entry):
        assert_fits(panel(large, section))


@ENTRIES
def test_a_panel_sets_what_its_backend_takes_and_nothing_else(entry: Entry) -> None:
    taken = set(entry.inputs) | ({Feature.ASPECT} if entry.aspects else set())
    # The negative prompt is in the form of the prompt; the source stays as it is.
    assert settable(state(entry)) == taken - {Feature.SOURCE, Feature.NEGATIVE}


@ENTRIES
def test_every_name_that_a_backend_has_can_be_chosen(entry: Entry) -> None:
    shown = state(entry)
    for feature in set(entry.inputs) - {Feature.ASPECT}:
        assert set(options(shown, feature)) >= set(entry.choices(feature)), feature
    assert list(options(shown, Feature.ASPECT)) == list(entry.aspects)
    sizes = options(shown, Feature.SIZE)
    assert set(sizes) == set(entry.presets) | set(map(str, entry.sizes)) or not entry.takes(
        Feature.SIZE
    )
    assert all(sized(entry, size) for size in sizes)
    assert len(options(shown, Feature.COUNT)) == (
        entry.max_count if entry.takes(Feature.COUNT) else 0
    )


def test_every_feature_but_source_and_operation_stands_in_one_section() -> None:
    placed = [feature for features in FEATURES.values() for feature in features]
    assert sorted(placed) == sorted(set(Feature) - {Feature.SOURCE, Feature.OPERATION})
    assert set(NAMES) == set(placed)
    assert all(feature in FEATURES[section_of(feature)] for feature in placed)


def test_speeds_say_their_price() -> None:
    speeds = options(state(the("fal-v3")), Feature.SPEED)
    assert {name: option["description"] for name, option in speeds.items()} == {
        "turbo": "3 credits a picture",
        "balanced": "6 credits a picture",
        "quality": "9 credits a picture",
    }


def test_what_is_chosen_is_marked_said_and_can_be_cleared() -> None:
    entry = the("fal-v3")
    request = asked(entry, style="design", speed=Speed.TURBO, palette=Palette(preset="ember"))
    shown = state(entry, request, pictures(2))
    for feature, value in ((Feature.STYLE, "design"), (Feature.SPEED, "turbo")):
        marked = [v for v, option in options(shown, feature).items() if option.get("default")]
        assert marked == [value]
    clears = {
        one.feature
        for section in Section
        for one in named(panel(shown, section))
        if one.verb is Verb.CLEAR
    }
    assert clears == {Feature.STYLE, Feature.SPEED, Feature.PALETTE, Feature.REFERENCES}
    said = texts(panel(shown))
    for words in ("style design", "speed turbo", "palette ember", "style references 2"):
        assert words in said
    assert "strength 50" in said


def test_only_the_open_section_shows_its_selects_and_is_marked() -> None:
    shown = state(the("runware-v2"))
    for section in Section:
        opened = panel(shown, section)
        assert {one.feature for one in named(opened) if one.feature} <= set(FEATURES[section])
        select = next(part for part in parts(opened) if ":section" in part.get("custom_id", ""))
        marked = [option["value"] for option in select["options"] if option.get("default")]
        assert marked == [section.name.lower()]


def test_a_section_that_a_backend_lacks_falls_back_to_the_first() -> None:
    entry = the("fal-v2a")
    assert entry.inputs.keys().isdisjoint(FEATURES[Section.COLOURS])
    open_now = panel(state(entry), Section.COLOURS).to_components()
    assert open_now == panel(state(entry), Section.BACKEND).to_components()


def test_price_and_problem_are_said() -> None:
    shown = state(the("fal-v3"), price="This costs 9 credits.", problem="Clear one of them.")
    said = texts(panel(shown))
    assert "This costs 9 credits." in said
    assert "Clear one of them." in said


def test_a_prompt_cannot_format_and_a_long_one_is_cut() -> None:
    said = texts(panel(state(the("fal-v3"), asked(the("fal-v3"), prompt="``` **x** " * 190))))
    assert said.count("```") == 2
    assert "…" in said


def test_what_was_started_has_no_buttons() -> None:
    assert_fits(started())
    assert named(started()) == []


@pytest.mark.parametrize(
    "one",
    [
        PanelId(draft_id=DRAFT_ID, verb=Verb.START),
        PanelId(draft_id=DRAFT_ID, verb=Verb.BACKEND, page=3),
        PanelId(draft_id=DRAFT_ID, verb=Verb.PICK, feature=Feature.STYLE_PRESET, page=2),
        PanelId(draft_id=DRAFT_ID, verb=Verb.SENT, feature=Feature.SEED),
    ],
    ids=str,
)
def test_an_id_is_read_as_it_was_written(one: PanelId) -> None:
    assert PanelId.parse(str(one)) == one


@pytest.mark.parametrize(
    "text",
    [
        "",
        "remix:start:ffffffffffffffff",
        "remix-set:ffffffffffffffff",
        "remix-set:fffffffffffffff:start",
        "remix-set:ffffffffffffffff:steal",
        "remix-set:ffffffffffffffff:pick",
        "remix-set:ffffffffffffffff:start:seed",
        "remix-set:ffffffffffffffff:pick:colour",
        "remix-set:ffffffffffffffff:pick:style:1:2",
    ],
)
def test_what_is_no_id_of_a_panel_is_left_to_others(text: str) -> None:
    assert PanelId.parse(text) is None


def test_the_longest_id_is_within_what_discord_takes() -> None:
    longest = PanelId(draft_id=DRAFT_ID, verb=Verb.BACKEND, page=99)
    for verb in Verb:
        for feature in Feature:
            assert len(str(replace(longest, verb=verb, feature=feature))) <= 100
