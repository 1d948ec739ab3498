"""What is set of a server, in words: for the panel, the trail of changes and the log channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.periods import PeriodKind
from bot.servers import Flagged, Pressers, Remixable, ServerSettings
from cogs import text
from cogs.settings_ids import Setting

NAMES: Final[Mapping[Setting, str]] = {
    Setting.ENABLED: "Bot",
    Setting.CHANNELS: "Channels",
    Setting.LOG_CHANNEL: "Log channel",
    Setting.BACKENDS: "Backends",
    Setting.BACKEND: "Default backend",
    Setting.STRENGTH: "Default strength",
    Setting.PRESSERS: "Buttons of a card",
    Setting.REMIXABLE: "Members' pictures",
    Setting.ACCOUNT_DAYS: "Minimum account age",
    Setting.MEMBER_DAYS: "Minimum membership",
    Setting.FLAGGED: "Flagged pictures",
    Setting.FALLBACK: "Fallback",
    Setting.NOTICE_AFTER: "Finished notice",
    Setting.PERIOD: "Period of quotas",
    Setting.ZONE: "Time zone",
}
PRESSERS: Final[Mapping[Pressers, str]] = {
    Pressers.EVERYONE: "everyone, on their own credits",
    Pressers.REQUESTER: "only who asked for the picture",
}
REMIXABLE: Final[Mapping[Remixable, str]] = {
    Remixable.ALL: "may be remixed unless they forbid it",
    Remixable.ONLY_ALLOWED: "may be remixed only if they allow it",
}
FLAGGED: Final[Mapping[Flagged, str]] = {
    Flagged.REFUSE: "refused",
    Flagged.SPOILER: "spoilers in age-restricted channels, else refused",
}
PERIODS: Final[Mapping[PeriodKind, str]] = {
    PeriodKind.DAY: "each day",
    PeriodKind.WEEK: "each week, from Monday",
    PeriodKind.MONTH: "each month, from the 1st",
}
MOST_LISTED: Final = 12
"""Of channels or backends; then it says how many more there are."""


def say(settings: ServerSettings, setting: Setting) -> str:
    """One setting in words, without its name."""
    return _SAY[setting](settings)


def change(setting: Setting) -> Callable[[ServerSettings, ServerSettings], tuple[str, str]]:
    """Give what says the change of a setting in words, for the trail of changes."""

    def both(before: ServerSettings, after: ServerSettings) -> tuple[str, str]:
        told = [setting]
        if setting is Setting.BACKENDS and before.backend != after.backend:
            told.append(Setting.BACKEND)
        then, now = (
            "; ".join(f"{NAMES[one]}: {say(settings, one)}" for one in told)
            for settings in (before, after)
        )
        return then, now

    return both


def days(count: int) -> str:
    """A number of days, of which none is off."""
    return "off" if not count else "1 day" if count == 1 else f"{count} days"


def seconds(count: int) -> str:
    """A number of seconds, in minutes where it comes to whole ones."""
    if count % 60 == 0:
        return "1 minute" if count == 60 else f"{count // 60} minutes"
    return "1 second" if count == 1 else f"{count} seconds"


def _listed(found: Sequence[str], none: str) -> str:
    more = len(found) - MOST_LISTED
    shown = ", ".join(found[:MOST_LISTED]) or none
    return f"{shown} and {more} more" if more > 0 else shown


def _channels(settings: ServerSettings) -> str:
    return _listed([f"<#{one}>" for one in settings.channels], "everywhere")


def _log_channel(settings: ServerSettings) -> str:
    return "none" if settings.log_channel is None else f"<#{settings.log_channel}>"


def _backends(settings: ServerSettings) -> str:
    return _listed([text.inline(one) for one in settings.backends], "all")


def _backend(settings: ServerSettings) -> str:
    return "the first offered" if settings.backend is None else text.inline(settings.backend)


def _notice(settings: ServerSettings) -> str:
    after = settings.notice_after
    return "never" if after is None else f"for what took {seconds(after)} or more"


_SAY: Final[Mapping[Setting, Callable[[ServerSettings], str]]] = {
    Setting.ENABLED: lambda settings: "on" if settings.enabled else "off",
    Setting.CHANNELS: _channels,
    Setting.LOG_CHANNEL: _log_channel,
    Setting.BACKENDS: _backends,
    Setting.BACKEND: _backend,
    Setting.STRENGTH: lambda settings: text.strength(settings.strength),
    Setting.PRESSERS: lambda settings: PRESSERS[settings.pressers],
    Setting.REMIXABLE: lambda settings: REMIXABLE[settings.remixable],
    Setting.ACCOUNT_DAYS: lambda settings: days(settings.account_days),
    Setting.MEMBER_DAYS: lambda settings: days(settings.member_days),
    Setting.FLAGGED: lambda settings: FLAGGED[settings.flagged],
    Setting.FALLBACK: lambda settings: "on" if settings.fallback else "off",
    Setting.NOTICE_AFTER: _notice,
    Setting.PERIOD: lambda settings: PERIODS[settings.period.kind],
    Setting.ZONE: lambda settings: text.inline(settings.period.zone),
}
