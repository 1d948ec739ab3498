"""The small forms of the settings panel: numbers and the time zone.

Each is answered from its id alone, never from memory, so that one opened before a restart
still works; therefore it is stopped at once, and discord.py forgets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from discord import ui

from bot import strength, zones
from bot.periods import changed
from bot.servers import ServerSettings
from bot.times import TimesError
from cogs.desk import SorryError
from cogs.settings_ids import Setting, SettingsId, Verb
from cogs.settings_values import LONGEST_DAYS, LONGEST_NOTICE, Alter, put
from cogs.settings_words import NAMES

VALUE: Final = "value"
_LONGEST_LINE: Final = 64


@dataclass(frozen=True, kw_only=True)
class _Number:
    """A whole number that can be typed."""

    least: int
    most: int
    hint: str
    blank: int | None = None
    """What a line that is left blank means."""


_NUMBERS: Final[Mapping[Setting, _Number]] = {
    Setting.STRENGTH: _Number(
        least=strength.LEAST,
        most=strength.MOST,
        hint="From 1, furthest from the picture, to 100, closest to it.",
        blank=strength.DEFAULT,
    ),
    Setting.NOTICE_AFTER: _Number(
        least=1, most=LONGEST_NOTICE, hint=f"Seconds, from 1 to {LONGEST_NOTICE}. Blank: never."
    ),
    Setting.ACCOUNT_DAYS: _Number(
        least=0, most=LONGEST_DAYS, hint=f"Days, up to {LONGEST_DAYS}. 0: off.", blank=0
    ),
    Setting.MEMBER_DAYS: _Number(
        least=0, most=LONGEST_DAYS, hint=f"Days, up to {LONGEST_DAYS}. 0: off.", blank=0
    ),
}
_ZONE_HINT: Final = "A city or a name such as Europe/Berlin, or UTC."
FORMS: Final = frozenset({*_NUMBERS, Setting.ZONE})
"""The settings that have a form."""


def build(setting: Setting, settings: ServerSettings) -> ui.Modal:
    """The form of a setting, filled with what is set."""
    custom_id = SettingsId(verb=Verb.SENT, setting=setting)
    modal = ui.Modal(title=NAMES[setting], timeout=None, custom_id=str(custom_id))
    line: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=VALUE,
        default=_typed(setting, settings),
        required=setting is Setting.ZONE,
        max_length=_LONGEST_LINE,
    )
    hint = _ZONE_HINT if setting is Setting.ZONE else _NUMBERS[setting].hint
    modal.add_item(ui.Label(text=NAMES[setting], description=hint, component=line))
    modal.stop()
    return modal


def read(setting: Setting, data: Mapping[str, Any], *, now: int) -> Alter:
    """Read a form that was sent.

    Args:
        setting: Whose form it is.
        data: Of the interaction.
        now: Milliseconds.

    Raises:
        SorryError: What was typed is not what it should be.
    """
    line = _line(data)
    if setting is not Setting.ZONE:
        return put(setting, _number(setting, line))
    try:
        zone = zones.zone(line).key
    except TimesError as error:
        raise SorryError(str(error)) from None
    return lambda old: replace(old, period=changed(old.period, zone=zone, now=now))


def _typed(setting: Setting, settings: ServerSettings) -> str | None:
    if setting is Setting.ZONE:
        return settings.period.zone
    number: int | None = getattr(settings, setting.value)
    return None if number is None else str(number)


def _number(setting: Setting, line: str) -> int | None:
    taken = _NUMBERS[setting]
    if not line:
        return taken.blank
    if line.isascii() and line.isdecimal() and taken.least <= int(line) <= taken.most:
        return int(line)
    raise SorryError(
        f"{NAMES[setting]} is a whole number from {taken.least} to {taken.most}. Type it anew."
    )


def _line(data: Mapping[str, Any]) -> str:
    inner = [item.get("component", item) for item in data.get("components", [])]
    found = (str(one.get("value") or "") for one in inner if one.get("custom_id") == VALUE)
    return " ".join(next(found, "").split())
