"""What is picked on the settings panel: read, checked, and made a change of one setting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot import strength
from bot.periods import PeriodKind, changed
from bot.servers import UNSET, Flagged, Pressers, Remixable, ServerSettings
from cogs.desk import SorryError
from cogs.settings_ids import Setting, SettingsId, Verb
from cogs.settings_state import State

Alter = Callable[[ServerSettings], ServerSettings]

ON: Final = "on"
OFF: Final = "off"
NEVER: Final = "never"
PAGE: Final = 25
"""Options of one select."""
NO_BACKEND: Final = "At least one backend must be left, or switch the bot off here instead."
NOT_OFFERED: Final = "That backend is not offered here any more. Choose another one."
OLD_PANEL: Final = "This panel is of another version of the bot. Use `/settings` again."

CLEARABLE: Final = frozenset({Setting.CHANNELS, Setting.LOG_CHANNEL, Setting.BACKENDS})
LONGEST_NOTICE: Final = 3600
"""Seconds; a job that was not sent within an hour is given back."""
LONGEST_DAYS: Final = 3650


@dataclass(frozen=True, kw_only=True)
class _Picked:
    """What was picked, or pressed."""

    setting: Setting
    values: Sequence[str]
    value: str | None
    """What the id of the select or button says."""
    state: State
    now: int

    @property
    def one(self) -> str:
        """The only value of a select that takes one."""
        return self.values[0]


def read(named: SettingsId, data: Mapping[str, Any], state: State, *, now: int) -> Alter:
    """Read what was picked, or what a button sets.

    Args:
        named: The select's or button's id.
        data: Of the interaction.
        state: What there is to choose from.
        now: Milliseconds.

    Raises:
        SorryError: It cannot be chosen. `Alter` may raise it as well.
    """
    if named.setting is None:
        raise SorryError(OLD_PANEL)
    if named.verb is Verb.CLEAR:
        return _cleared(named.setting)
    values = [str(one) for one in data.get("values", ())]
    picked = _Picked(setting=named.setting, values=values, value=named.value, state=state, now=now)
    try:
        return _READ[named.setting](picked)
    except (LookupError, ValueError):
        raise SorryError(OLD_PANEL) from None


def put(setting: Setting, value: object) -> Alter:
    """Set one setting that stands in a field of its name."""
    field = setting.value
    return lambda settings: replace(settings, **{field: value})


def page(names: Sequence[str], number: int) -> Sequence[str]:
    """The names that stand in one of several selects."""
    return names[number * PAGE : (number + 1) * PAGE]


def _cleared(setting: Setting) -> Alter:
    """What a setting of a field of its own is by default."""
    if setting not in CLEARABLE:
        raise SorryError(OLD_PANEL)
    return put(setting, getattr(UNSET, setting))


def _switch(picked: _Picked) -> Alter:
    return put(picked.setting, {ON: True, OFF: False}[picked.value or ""])


def _channels(picked: _Picked) -> Alter:
    return put(picked.setting, tuple(int(one) for one in picked.values))


def _log_channel(picked: _Picked) -> Alter:
    return put(picked.setting, int(picked.one) if picked.values else None)


def _number(least: int, most: int) -> Callable[[_Picked], Alter]:
    """Make what reads a number of a select."""

    def read_it(picked: _Picked) -> Alter:
        number = int(picked.one)
        if not least <= number <= most:
            raise SorryError(OLD_PANEL)
        return put(picked.setting, number)

    return read_it


def _notice(picked: _Picked) -> Alter:
    if picked.one == NEVER:
        return put(picked.setting, None)
    return _number(1, LONGEST_NOTICE)(picked)


def _kind(kinds: Callable[[str], object]) -> Callable[[_Picked], Alter]:
    """Make what reads one of a few kinds."""
    return lambda picked: put(picked.setting, kinds(picked.one))


def _period(picked: _Picked) -> Alter:
    kind, now = PeriodKind(picked.one), picked.now
    return lambda old: replace(old, period=changed(old.period, kind=kind, now=now))


def _backends(picked: _Picked) -> Alter:
    """Offer those that were picked of one select, and of the other selects what was before."""
    names = picked.state.names
    shown, chosen = set(page(names, int(picked.value or 0))), set(picked.values)

    def alter(settings: ServerSettings) -> ServerSettings:
        before = set(settings.backends or names)
        wanted = (before - shown) | chosen
        kept = tuple(name for name in names if name in wanted)
        if not kept:
            raise SorryError(NO_BACKEND)
        backend = settings.backend if settings.backend in kept else None
        # All of them are those to come as well.
        backends = () if len(kept) == len(names) else kept
        return replace(settings, backends=backends, backend=backend)

    return alter


def _backend(picked: _Picked) -> Alter:
    name, names = picked.one, picked.state.names

    def alter(settings: ServerSettings) -> ServerSettings:
        if name not in names or name not in (settings.backends or names):
            raise SorryError(NOT_OFFERED)
        return replace(settings, backend=name)

    return alter


_READ: Final[Mapping[Setting, Callable[[_Picked], Alter]]] = {
    Setting.ENABLED: _switch,
    Setting.FALLBACK: _switch,
    Setting.CHANNELS: _channels,
    Setting.LOG_CHANNEL: _log_channel,
    Setting.BACKENDS: _backends,
    Setting.BACKEND: _backend,
    Setting.STRENGTH: _number(strength.LEAST, strength.MOST),
    Setting.NOTICE_AFTER: _notice,
    Setting.PRESSERS: _kind(Pressers),
    Setting.REMIXABLE: _kind(Remixable),
    Setting.FLAGGED: _kind(Flagged),
    Setting.PERIOD: _period,
}
"""What can be picked; the other settings have a form only."""
