"""The keys with which fal signs its reports: kept for a day, and never asked for in haste.

Source: docs.fal.ai, "Webhooks" (2026-11): Ed25519 keys as a JWKS, any of them may have signed,
to be kept no longer than 24 hours.
"""

from __future__ import annotations

import asyncio
import logging
from base64 import urlsafe_b64decode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import JsonValue

from bot.backends.answers import Parsed, parse
from bot.backends.base import ProviderAccess
from bot.backends.http import Http
from bot.backends.http_errors import Broken, TooLarge
from bot.clock import Clock
from bot.hooks.reports import UndecidedError

log = logging.getLogger(__name__)

KEPT_MS = 24 * 3600 * 1000
GAP_MS = 60_000
"""Signatures that no key fits make us ask for newer keys, but not more often."""
MOST_KEYS = 16


class _Set(Parsed):
    keys: list[JsonValue]


class KeySet:
    """fal's public keys."""

    def __init__(self, *, http: Http, url: str, clock: Clock) -> None:
        self._http = http
        self._url = url
        self._clock = clock
        self._keys: tuple[Ed25519PublicKey, ...] = ()
        self._fetched: int | None = None
        self._asked: int | None = None
        self._lock = asyncio.Lock()

    async def signed(self, message: bytes, signature: bytes) -> bool:
        """Say whether one of the keys signed a message.

        Raises:
            UndecidedError: There are no keys just now.
        """
        if self._has_keys() and _fits(self._keys, message, signature):
            return True
        await self._refresh()
        if not self._has_keys():
            raise UndecidedError("fal's keys could not be had")
        return _fits(self._keys, message, signature)

    def _has_keys(self) -> bool:
        return self._within(self._fetched, KEPT_MS)

    def _within(self, since: int | None, span: int) -> bool:
        return since is not None and 0 <= self._clock.now() - since < span

    async def _refresh(self) -> None:
        # Those who waited for the lock find that the keys were just asked for.
        async with self._lock:
            if self._within(self._asked, GAP_MS):
                return
            self._asked = self._clock.now()
            keys = await self._fetch()
            if keys:
                self._keys, self._fetched = keys, self._asked

    async def _fetch(self) -> tuple[Ed25519PublicKey, ...]:
        try:
            async with self._http.session() as session:
                answer = await session.request("GET", self._url, headers={})
        except (Broken, TooLarge) as fault:
            log.warning("hooks.no_keys", extra={"reason": str(fault)})
            return ()
        found = parse(_Set, answer.body) if answer.status == 200 else None
        keys = tuple(filter(None, map(_key, found.keys[:MOST_KEYS]))) if found else ()
        if not keys:
            log.warning("hooks.no_keys", extra={"reason": f"status {answer.status}"})
        return keys


def keys_url(access: ProviderAccess) -> str:
    """Where fal publishes its keys, or what stands in for it."""
    base = f"{access.url}/rest" if access.url else "https://rest.fal.ai"
    return f"{base}/.well-known/jwks.json"


def _key(jwk: JsonValue) -> Ed25519PublicKey | None:
    """Read one key; None where it is of another kind, or none at all."""
    if not isinstance(jwk, dict) or (jwk.get("kty"), jwk.get("crv")) != ("OKP", "Ed25519"):
        return None
    point = str(jwk.get("x"))
    try:
        raw = urlsafe_b64decode(point + "=" * (-len(point) % 4))
        return Ed25519PublicKey.from_public_bytes(raw)
    except ValueError:
        return None


def _fits(keys: tuple[Ed25519PublicKey, ...], message: bytes, signature: bytes) -> bool:
    for key in keys:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            continue
        return True
    return False
