"""The settings panel shows what is set, and Discord takes every state of it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from bot.backends.catalogue import CATALOGUE
from bot.backends.entry import Entry
from bot.periods import PeriodKind, PeriodRule
from bot.servers import Flagged, Pressers, Remixable, Server, ServerSettings
from cogs.cards import Card
from cogs.settings_forms import FORMS
from cogs.settings_ids import Setting, SettingsId, Verb
from cogs.settings_layout import SETTINGS, Section, panel, section_of
from cogs.settings_state import MOST_PROBLEMS, State
from cogs.settings_values import CLEARABLE, PAGE
from cogs.settings_words import NAMES, change, days, say, seconds
from tests.cogs.panels import MOST_COMPONENTS, assert_fits, texts
from tests.cogs.panels import parts as parts_in_rows

MANY = tuple(
    replace(CATALOGUE[0], name=f"own-{number:03}-{'x' * 24}", title="t" * 80)
    for number in range(120)
)
FULL = ServerSettings(
    enabled=False,
    channels=tuple(range(10**18, 10**18 + 25)),
    log_channel=10**18,
    backends=tuple(entry.name for entry in MANY[:-1]),
    backend=MANY[3].name,
    strength=42,
    pressers=Pressers.REQUESTER,
    flagged=Flagged.SPOILER,
    fallback=False,
    notice_after=3599,
    remixable=Remixable.ONLY_ALLOWED,
    account_days=3650,
    member_days=3650,
    period=PeriodRule(kind=PeriodKind.MONTH, zone="America/Argentina/ComodRivadavia"),
)


def state(settings: ServerSettings | None = None, **changes: Any) -> State:
    """A panel's state, as if read from the database."""
    entries: tuple[Entry, ...] = changes.pop("entries", CATALOGUE)
    found = State(
        server=Server(id=1, settings=settings or ServerSettings(), set_up=False),
        entries=entries,
        fallback_allowed=True,
    )
    return replace(found, **changes)


def parts(card: Card) -> list[dict[str, Any]]:
    """All components of a card, those beside texts too."""
    found = parts_in_rows(card)
    return [*found, *(part["accessory"] for part in found if "accessory" in part)]


def ids(card: Card) -> list[SettingsId]:
    """What its selects and buttons name, each of which must be an id of ours."""
    found = [SettingsId.parse(part["custom_id"]) for part in parts(card) if "custom_id" in part]
    assert None not in found
    return [one for one in found if one is not None]


def select(card: Card, setting: Setting) -> dict[str, Any]:
    """The first select of a setting."""
    return next(
        part
        for part in parts(card)
        if (named := SettingsId.parse(part.get("custom_id", "")))
        and (named.verb, named.setting) == (Verb.PICK, setting)
    )


@pytest.mark.parametrize("section", Section)
def test_every_section_fits_with_all_that_can_be_set(section: Section) -> None:
    problem = f"In <#{10**18}> the bot lacks Send Messages in Threads, Attach Files, Read History."
    full = state(
        FULL,
        entries=MANY,
        problems=(problem,) * MOST_PROBLEMS,
        note="x" * 300,
        turn=10**19,
    )

    for one in (full, state(), state(entries=())):
        assert_fits(panel(one, section))
        assert len(parts(panel(one, section))) <= MOST_COMPONENTS


def test_every_setting_can_be_set_in_some_section() -> None:
    whole = state(FULL, entries=MANY)
    settable = {
        one.setting for section in Section for one in ids(panel(whole, section)) if one.setting
    }

    assert settable == set(Setting)
    assert {setting for found in SETTINGS.values() for setting in found} == set(Setting) - {
        Setting.ENABLED
    }
    assert all(setting in SETTINGS[section_of(setting)] for setting in set(Setting) - {"enabled"})


@pytest.mark.parametrize("setting", Setting)
def test_every_setting_has_a_name_and_both_its_states_in_words(setting: Setting) -> None:
    assert NAMES[setting]
    before, after = say(ServerSettings(), setting), say(FULL, setting)
    assert before != after
    assert "_" not in before
    then, now = change(setting)(ServerSettings(), FULL)
    assert then.startswith(f"{NAMES[setting]}: {before}")
    assert now.startswith(f"{NAMES[setting]}: {after}")


def test_settings_are_named_as_their_fields() -> None:
    named = {field.name for field in fields(ServerSettings)}
    assert set(Setting) - named == {Setting.ZONE}
    assert CLEARABLE | FORMS - {Setting.ZONE} <= named


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("setting", [None, Setting.BACKENDS])
def test_ids_are_read_as_they_are_written(verb: Verb, setting: Setting | None) -> None:
    of_setting = verb in {Verb.PICK, Verb.PUT, Verb.CLEAR, Verb.FORM, Verb.SENT}
    written = SettingsId(verb=verb, setting=setting, value=None if setting is None else "3")

    found = SettingsId.parse(str(replace(written, turn=123)))

    assert found == (written if of_setting == (setting is not None) else None)


@pytest.mark.parametrize(
    "text",
    ["", "remix-set:0123:start", "remix-server:", "remix-server:drop", "remix-server:pick:budget"],
)
def test_other_ids_are_left_alone(text: str) -> None:
    assert SettingsId.parse(text) is None


def test_selects_show_what_is_set() -> None:
    card = panel(state(replace(ServerSettings(), strength=42)), Section.BACKENDS)

    chosen = [one["value"] for one in select(card, Setting.STRENGTH)["options"] if one["default"]]
    assert chosen == ["42"]
    backends = select(card, Setting.BACKENDS)["options"]
    assert all(one["default"] for one in backends)
    assert "4 credits a picture" in backends[0]["description"]


def test_more_backends_than_one_select_holds_are_divided() -> None:
    card = panel(state(FULL, entries=MANY), Section.BACKENDS)

    pages = [one for one in ids(card) if one.setting is Setting.BACKENDS and one.verb is Verb.PICK]
    assert [one.value for one in pages] == ["0", "1", "2", "3"]
    assert len(select(card, Setting.BACKENDS)["options"]) == PAGE


def test_a_channel_that_is_gone_is_not_shown_as_chosen() -> None:
    settings = ServerSettings(channels=(1, 2))
    card = panel(state(settings, gone=frozenset({2})), Section.CHANNELS)

    chosen = select(card, Setting.CHANNELS)["default_values"]
    assert [one["id"] for one in chosen] == [1]


def test_what_the_operator_switched_off_cannot_be_switched_on() -> None:
    card = panel(state(fallback_allowed=False), Section.RESULTS)

    assert Setting.FALLBACK not in {one.setting for one in ids(card)}
    assert "off, by whoever runs the bot" in texts(card)


def test_every_showing_has_other_ids_for_its_selects() -> None:
    first, second = (
        {
            part["custom_id"]
            for section in Section
            for part in parts(panel(state(FULL, turn=turn), section))
            if part["type"] in {3, 8}
        }
        for turn in (1, 2)
    )
    assert first.isdisjoint(second)


def test_numbers_read_as_people_say_them() -> None:
    assert [days(count) for count in (0, 1, 7)] == ["off", "1 day", "7 days"]
    assert [seconds(count) for count in (1, 45, 60, 300)] == [
        *("1 second", "45 seconds", "1 minute", "5 minutes"),
    ]
