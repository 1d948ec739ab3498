"""Who may use fal, and what a request asks of the platform itself.

fal, "Common parameters" and "Request errors" (November 2026); the two texts about keys and the
one about a locked account are those that users report.
"""

from __future__ import annotations

import json
import re

from aiohttp import web

from sandbox.providers.fal.errors import WorkError
from sandbox.providers.fal.work import Wishes
from sandbox.providers.sources import is_loopback
from sandbox.providers.triggers import Trigger, Triggers

_LOCKED = (
    "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."
)
_MALFORMED = "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'."


def check_key(request: web.Request, key: str) -> None:
    """Let only the right key in the right scheme pass.

    Raises:
        WorkError: It is neither.
    """
    given = request.headers.get("Authorization", "")
    if given == f"Key {key}":
        return
    well_formed = re.fullmatch(r"Key [^:\s]+:[^:\s]+", given)
    raise WorkError.of_account(
        401, "No user found for Key ID and Secret" if well_formed else _MALFORMED
    )


def check_account(triggers: Triggers) -> None:
    """Turn away what the account cannot pay.

    Raises:
        WorkError: The prompt asks for that.
    """
    if Trigger.LOCKED in triggers or Trigger.BROKE in triggers:
        raise WorkError.of_account(403, _LOCKED)


def read_wishes(request: web.Request) -> Wishes:
    """Read the platform's headers and query.

    Raises:
        WorkError: One is not understood.
    """
    try:
        return Wishes(
            start_within=_start_within(request.headers.get("X-Fal-Request-Timeout")),
            keep_for=_keep_for(request.headers.get("X-Fal-Object-Lifecycle-Preference")),
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


def _keep_for(text: str | None) -> float | None:
    match json.loads(text) if text is not None else {}:
        case {"expiration_duration_seconds": int() | float() as seconds}:
            return seconds
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
