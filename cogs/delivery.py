"""What an error of Discord's means for a card that is to be shown."""

from __future__ import annotations

from typing import cast

import discord

from bot.jobs.presenter import Delivery

UNKNOWN_CHANNEL = 10003
UNKNOWN_SERVER = 10004
UNKNOWN_MESSAGE = 10008
UNKNOWN_WEBHOOK = 10015
UNKNOWN_INTERACTION = 10062
ACKNOWLEDGED = 40060
MISSING_ACCESS = 50001
INVALID_TOKEN = 50027
MISSING_PERMISSIONS = 50013
ARCHIVED_THREAD = 50083
BLOCKED_BY_AUTOMOD = 200000

CLOSED = frozenset(
    {
        UNKNOWN_CHANNEL,
        UNKNOWN_SERVER,
        MISSING_ACCESS,
        MISSING_PERMISSIONS,
        ARCHIVED_THREAD,
        BLOCKED_BY_AUTOMOD,
    }
)
"""Codes after which nothing can be posted in that channel."""

TOKEN_DEAD = frozenset({UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, INVALID_TOKEN})
"""Codes after which the interaction's token is of no more use."""


class CardGoneError(discord.DiscordException):
    """There is no card, and never was one that Discord confirmed."""


def token_is_dead(error: BaseException) -> bool:
    """Whether an error says that the interaction's token has died."""
    if not isinstance(error, discord.HTTPException):
        return False
    return error.code in TOKEN_DEAD or error.status == 401


def is_refused(error: BaseException) -> bool:
    """Whether Discord refused the content of a request, so that the same would be refused again."""
    if not isinstance(error, discord.HTTPException):
        return False
    # An archived thread answers 400 as well, and so does AutoMod.
    return error.status == 400 and error.code not in CLOSED


def is_final(error: BaseException) -> bool:
    """Whether an error says that the same request will never do."""
    return isinstance(error, discord.HTTPException) and error.status < 500 and error.status != 429


def delivery(error: BaseException) -> Delivery:
    """What an error means for the delivery."""
    if isinstance(error, discord.HTTPException):
        if error.code == UNKNOWN_MESSAGE:
            return Delivery.CARD_DELETED
        if error.code in CLOSED or error.status == 403:
            return Delivery.NO_WAY
    return Delivery.CARD_DELETED if isinstance(error, CardGoneError) else Delivery.LATER


def brief(error: BaseException) -> str:
    """An error for the log: status, code and the fields it names, without what was sent."""
    if not isinstance(error, discord.HTTPException):
        return type(error).__name__
    fields = ",".join(_fields(getattr(error, "_errors", None) or {}))
    return " ".join(str(part) for part in (error.status, error.code, fields) if part != "")


def _fields(tree: object, path: str = "") -> list[str]:
    if not isinstance(tree, dict):
        return []
    branches = cast("dict[str, object]", tree)
    if "_errors" in branches:
        return [path]
    return [
        field
        for name, branch in branches.items()
        for field in _fields(branch, f"{path}.{name}" if path else name)
    ]
