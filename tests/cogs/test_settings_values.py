"""What is picked or typed on the settings panel changes one setting, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from bot.backends.catalogue import CATALOGUE
from bot.periods import PeriodKind
from bot.servers import Remixable, ServerSettings
from cogs import settings_forms, settings_values
from cogs.desk import SorryError
from cogs.settings_ids import Setting, SettingsId, Verb
from tests.cogs.panels import sent
from tests.cogs.test_settings_panel import FULL, MANY, state

NOW = 1_800_000_000_000


def picked(
    setting: Setting,
    *values: str,
    before: ServerSettings | None = None,
    value: str | None = None,
    verb: Verb = Verb.PICK,
    **of_state: Any,
) -> ServerSettings:
    """Settings after something was picked or pressed."""
    named = SettingsId(verb=verb, setting=setting, value=value)
    alter = settings_values.read(named, {"values": list(values)}, state(**of_state), now=NOW)
    return alter(before or ServerSettings())


def typed(setting: Setting, line: str, before: ServerSettings | None = None) -> ServerSettings:
    """Settings after a form was sent."""
    settings = before or ServerSettings()
    data = sent(settings_forms.build(setting, settings), {settings_forms.VALUE: line})
    return settings_forms.read(setting, data, now=NOW)(settings)


@pytest.mark.parametrize(
    ("setting", "forged"),
    [
        (Setting.STRENGTH, ["0"]),
        (Setting.STRENGTH, ["many"]),
        (Setting.NOTICE_AFTER, ["0"]),
        (Setting.NOTICE_AFTER, []),
        (Setting.PRESSERS, ["nobody"]),
        (Setting.PERIOD, ["year"]),
        (Setting.CHANNELS, ["here"]),
        (Setting.LOG_CHANNEL, ["here"]),
        (Setting.BACKEND, []),
        (Setting.ZONE, ["UTC"]),
        (Setting.ENABLED, ["on"]),
    ],
)
def test_what_no_panel_of_ours_sends_is_refused(setting: Setting, forged: list[str]) -> None:
    with pytest.raises(SorryError, match="another version"):
        picked(setting, *forged)


def test_only_what_has_a_button_for_it_is_cleared() -> None:
    assert picked(Setting.CHANNELS, verb=Verb.CLEAR, before=FULL).channels == ()
    assert picked(Setting.LOG_CHANNEL, verb=Verb.CLEAR, before=FULL).log_channel is None
    with pytest.raises(SorryError):
        picked(Setting.PERIOD, verb=Verb.CLEAR, before=FULL)


def test_a_change_leaves_what_another_moderator_set_meanwhile() -> None:
    named = SettingsId(verb=Verb.PICK, setting=Setting.REMIXABLE)
    alter = settings_values.read(named, {"values": ["only_allowed"]}, state(), now=NOW)

    after = alter(ServerSettings(strength=7))

    assert after == ServerSettings(strength=7, remixable=Remixable.ONLY_ALLOWED)


def test_a_select_of_backends_changes_its_own_part_of_them() -> None:
    names = [entry.name for entry in MANY]

    after = picked(Setting.BACKENDS, names[25], value="1", entries=MANY)

    assert after.backends == (*names[:26], *names[50:])
    assert (
        picked(Setting.BACKENDS, *names[25:50], value="1", entries=MANY, before=after)
        == ServerSettings()
    )


def test_only_what_the_operator_has_is_offered() -> None:
    before = ServerSettings(backends=("gone", "fal-v3"), backend="fal-v3")

    after = picked(Setting.BACKENDS, "fal-v2a", "forged", value="0", before=before)

    assert (after.backends, after.backend) == (("fal-v2a",), None)
    for name in ("forged", "fal-v2a"):
        with pytest.raises(SorryError, match="not offered here"):
            picked(Setting.BACKEND, name, value="0", before=before)
    with pytest.raises(SorryError, match="At least one"):
        picked(Setting.BACKENDS, "forged", value="0", before=before)
    assert len(CATALOGUE) > 1


def test_a_period_goes_on_when_its_kind_or_zone_changes() -> None:
    week = picked(Setting.PERIOD, "week")
    zoned = typed(Setting.ZONE, "tokyo", week)

    assert (zoned.period.kind, zoned.period.zone) == (PeriodKind.WEEK, "Asia/Tokyo")
    assert zoned.period.since == NOW
    assert typed(Setting.ZONE, "Asia/Tokyo", zoned) == zoned


def test_a_line_left_blank_is_the_default() -> None:
    assert typed(Setting.STRENGTH, "", FULL).strength == 50
    assert typed(Setting.NOTICE_AFTER, " ", FULL).notice_after is None
    assert typed(Setting.ACCOUNT_DAYS, "", FULL).account_days == 0


@pytest.mark.parametrize("line", ["²", "1.5", "1e2", "101", "-1", "9" * 60])
def test_a_number_is_whole_and_in_its_range(line: str) -> None:
    with pytest.raises(SorryError, match="whole number from 1 to 100"):
        typed(Setting.STRENGTH, line)
