"""The custom ids of the settings panel's selects, buttons and forms: all that it knows.

An id names what was done, and to which setting; everything else is read from the database, so a
panel works on after a restart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

PREFIX = "remix-server"

_TEMPLATE = re.compile(
    rf"{PREFIX}:(?P<verb>[a-z]+)(?::(?P<setting>[a-z_]+))?(?::(?P<value>[a-z0-9]+))?(?:~[0-9]+)?"
)


class Setting(StrEnum):
    """What can be set; named as the fields of `bot.servers.ServerSettings`, where one is meant."""

    ENABLED = "enabled"
    CHANNELS = "channels"
    LOG_CHANNEL = "log_channel"
    BACKENDS = "backends"
    BACKEND = "backend"
    STRENGTH = "strength"
    PRESSERS = "pressers"
    REMIXABLE = "remixable"
    ACCOUNT_DAYS = "account_days"
    MEMBER_DAYS = "member_days"
    FLAGGED = "flagged"
    FALLBACK = "fallback"
    NOTICE_AFTER = "notice_after"
    PERIOD = "period"
    ZONE = "zone"


class Verb(StrEnum):
    """What a part of the panel does."""

    OPEN = "open"
    """Open a panel of one's own."""
    SECTION = "section"
    """Show other settings."""
    PICK = "pick"
    """Choose values of a setting."""
    PUT = "put"
    """Set a setting to the value that the id names."""
    CLEAR = "clear"
    """Set a setting to what it is by default."""
    FORM = "form"
    """Open the form of a setting."""
    SENT = "sent"
    """That form, sent."""
    FINISH = "finish"
    """Finish setting up."""
    CLOSE = "close"


_OF_A_SETTING = frozenset({Verb.PICK, Verb.PUT, Verb.CLEAR, Verb.FORM, Verb.SENT})


@dataclass(frozen=True, kw_only=True)
class SettingsId:
    """What a part of the panel names."""

    verb: Verb
    setting: Setting | None = None
    """Of the verbs that are about one."""
    value: str | None = None
    """What a button sets, or which of several selects it is."""
    turn: int | None = None
    """Another one each time that the panel is shown; says nothing.

    Where the id stays the same, Discord's client goes on showing what was chosen in a select of
    channels, set or not (discord/discord-api-docs, issue 7536).
    """

    def __str__(self) -> str:
        parts = [PREFIX, self.verb, self.setting, self.value]
        named = ":".join(part for part in parts if part is not None)
        return named if self.turn is None else f"{named}~{self.turn}"

    @classmethod
    def parse(cls, text: str) -> SettingsId | None:
        """Read an id, without its turn; None where it is not one of the panel's."""
        match = _TEMPLATE.fullmatch(text)
        if match is None or match["verb"] not in list(Verb):
            return None
        verb, setting = Verb(match["verb"]), match["setting"]
        if (setting is not None) != (verb in _OF_A_SETTING):
            return None
        if setting is not None and setting not in list(Setting):
            return None
        return cls(
            verb=verb,
            setting=None if setting is None else Setting(setting),
            value=match["value"],
        )
