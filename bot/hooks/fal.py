"""A report of fal: whether fal signed it for us, just now.

Source: docs.fal.ai, "Webhooks" (2026-11). The request id among the headers is not compared
with the one in the body: whether they must be equal is not documented, and the signature
covers both.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from bot.backends.answers import Parsed, parse
from bot.clock import Clock
from bot.hooks.keys import KeySet
from bot.hooks.reports import RefusedError, strict_id

WINDOW_SECONDS = 300
_TIME = re.compile(r"\d{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-fA-F]{128}")


class _Report(Parsed):
    request_id: str


class FalReports:
    """Reads the reports that fal sends for one of its users."""

    def __init__(self, keys: KeySet, clock: Clock, *, user: str | None) -> None:
        """Bind it to the keys.

        Args:
            keys: fal's.
            clock: Says what is just now.
            user: The operator's user id at fal; None: not compared.
        """
        self._keys = keys
        self._clock = clock
        self._user = user

    async def read(self, headers: Mapping[str, str], body: bytes) -> str:
        """See `bot.hooks.reports.Reader`."""
        request, user, time, signature = (
            headers.get(f"X-Fal-Webhook-{name}", "")
            for name in ("Request-Id", "User-Id", "Timestamp", "Signature")
        )
        self._check_time(time)
        if self._user is not None and user != self._user:
            raise RefusedError("it is for another user")
        if not _SIGNATURE.fullmatch(signature) or not (request + user).isascii():
            raise RefusedError("it is not signed")
        lines = (request, user, time, hashlib.sha256(body).hexdigest())
        if not await self._keys.signed("\n".join(lines).encode(), bytes.fromhex(signature)):
            raise RefusedError("no key fits its signature")
        report = parse(_Report, body)
        if report is None:
            raise RefusedError("it names no request")
        return strict_id(report.request_id)

    def _check_time(self, time: str) -> None:
        seconds = int(time) if _TIME.fullmatch(time) else 0
        if abs(self._clock.now() / 1000 - seconds) > WINDOW_SECONDS:
            raise RefusedError("it is not from now")
