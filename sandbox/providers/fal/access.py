"""Who may use fal, and what a request asks of the platform itself.

fal, "Common parameters" and "Request errors" (November 2026); the two texts about keys and the
one about a locked account are those that users report.
"""

from __future__ import annotations

import json
import re

from aiohttp import web

from sandbox.providers.account import Account
from sandbox.providers.fal.errors import WorkError
from sandbox.providers.fal.work import Wishes
from sandbox.providers.sources import is_loopback
from sandbox.providers.triggers import Trigger, Triggers

_LOCKED = (
    "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."
)
_MALFORMED = "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'."


def check_key(request: web.Request, key: str, account: Account) -> None:
    """Let only the right key in the right scheme pass, of an account that is well.

    Raises:
        WorkError: It is not.
    """
    given = request.headers.get("Authorization", "")
    if given != f"Key {key}" or account is Account.REVOKED:
        well_formed = re.fullmatch(r"Key [^:\s]+:[^:\s]+", given)
        text = "No user found for Key ID and Secret" if well_formed else _MALFORMED
        raise WorkError.of_account(401, text)
    check_account(account)


def check_account(account: Account) -> None:
    """Turn away an account that is closed or cannot pay: fal says the same of both.

    Raises:
        WorkError: It is one of these.
    """
    if account in (Account.LOCKED, Account.BROKE):
        raise WorkError.of_account(403, _LOCKED)


def check_triggers(triggers: Triggers) -> None:
    """Turn away a work whose prompt asks for that.

    Raises:
        WorkError: It does.
    """
    if Trigger.LOCKED in triggers or Trigger.BROKE in triggers:
        check_account(Account.LOCKED)


def read_wishes(request: web.Request) -> Wishes:
    """Read the platform's headers and query.

    Raises:
        WorkError: One is not understood.
    """
    try:
        _check_priority(request.headers.get("X-Fal-Queue-Priority", "normal"))
        return Wishes(
            start_within=_start_within(request.headers.get("X-Fal-Request-Timeout")),
            keep_for=read_life(request),
            keeps_payloads=_stores(request.headers.get("X-Fal-Store-IO")),
            webhook=_webhook(request.query.get("fal_webhook")),
        )
    except ValueError as error:
        raise WorkError.of_request(400, "bad_request", str(error)) from error


def _start_within(text: str | None) -> float | None:
    if text is None:
        return None
    if (seconds := float(text)) <= 0.1:
        raise ValueError("X-Fal-Request-Timeout must be over 0.1")
    return seconds


def _check_priority(text: str) -> None:
    if text not in ("normal", "low"):
        raise ValueError("X-Fal-Queue-Priority must be normal or low")


def _stores(text: str | None) -> bool:
    if text not in (None, "0", "1"):
        raise ValueError("X-Fal-Store-IO must be 0 or 1")
    return text != "0"


def read_life(request: web.Request) -> float | None:
    """Return the seconds for which a file is to be kept; None is the account's default.

    Uploads may say it under the shorter name, as fal-js does; 0 stands for no end (fal_client).

    Raises:
        ValueError: It is not understood.
    """
    names = ("X-Fal-Object-Lifecycle-Preference", "X-Fal-Object-Lifecycle")
    text = next((request.headers[name] for name in names if name in request.headers), None)
    match json.loads(text) if text is not None else {}:
        case {"expiration_duration_seconds": int() | float() as seconds}:
            return seconds or None
        case {"expiration_duration_seconds": None}:
            return None
        case dict(others) if "expiration_duration_seconds" not in others:
            return None
        case _:
            raise ValueError("X-Fal-Object-Lifecycle-Preference is not understood")


def _webhook(url: str | None) -> str | None:
    if url is not None and not is_loopback(url):
        raise ValueError("the stand-in calls webhooks on loopback only")
    return url
