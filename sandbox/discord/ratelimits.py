"""Rate limits: a bucket per route and major parameter, and one for the whole bot.

Source: Discord's documentation, topics/rate-limits, read 2026-11. Discord publishes no numbers
for routes (they "should not be hard coded"); those here are of a likely size, and a test sets
its own.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.clock import SandboxClock

GLOBAL_PER_SECOND = 50
API_PREFIX = "/api/v10"
VIA = {"Via": "1.1 sandbox"}
"""Every answer of Discord itself passes a proxy that adds it; one of Cloudflare's does not."""

_DEFAULTS: dict[tuple[str, str], tuple[int, float]] = {
    ("POST", "/channels/{channel_id}/messages"): (5, 5.0),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"): (5, 5.0),
    ("DELETE", "/channels/{channel_id}/messages/{message_id}"): (5, 1.0),
    ("POST", "/webhooks/{webhook_id}/{webhook_token}"): (5, 2.0),
    ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"): (5, 2.0),
}
_MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")
_EXEMPT = ("/interactions/", "/webhooks/")


@dataclass(kw_only=True)
class Window:
    """How much of a bucket is used until when."""

    limit: int
    seconds: float
    used: int = 0
    ends: float = 0.0

    def take(self, now: float) -> float | None:
        """Use one; or return the seconds until that is possible again."""
        if now >= self.ends:
            self.used, self.ends = 0, now + self.seconds
        if self.used >= self.limit:
            return self.ends - now
        self.used += 1
        return None


@dataclass(kw_only=True)
class Block:
    """A refusal that a test asked for."""

    method: str
    route: str
    retry_after: float
    scope: str
    times: int
    via: bool


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a request is told about its limits."""

    headers: dict[str, str] = field(default_factory=dict)
    retry_after: float | None = None
    """Seconds; None lets the request through."""
    scope: str = "user"


class RateLimits:
    """All buckets of the bot."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._limits = dict(_DEFAULTS)
        self._windows: dict[tuple[str, ...], Window] = {}
        self.total = Window(limit=GLOBAL_PER_SECOND, seconds=1.0)
        """That of the whole bot; answers to interactions are exempt."""
        self._blocks: list[Block] = []

    def set(self, method: str, route: str, limit: int, seconds: float) -> None:
        """Give a route a limit.

        Args:
            method: In capitals.
            route: As registered: "/channels/{channel_id}/messages".
            limit: Requests per window and major parameter (channel, guild, token).
            seconds: Length of the window, from its first request on.
        """
        self._limits[method, route] = (limit, seconds)
        self._windows.clear()

    def block(
        self,
        method: str,
        route: str,
        *,
        retry_after: float,
        scope: str = "user",
        times: int = 1,
        via: bool = True,
    ) -> None:
        """Refuse the next requests to a route with 429.

        Args:
            method: In capitals.
            route: As registered.
            retry_after: Seconds.
            scope: "user", "shared" or "global".
            times: How many requests.
            via: False answers as Cloudflare does when it bans an address.
        """
        self._blocks.append(
            Block(
                method=method,
                route=route,
                retry_after=retry_after,
                scope=scope,
                times=times,
                via=via,
            )
        )

    def check(self, request: web.Request) -> Verdict:
        """Count a request."""
        method, route = request.method, _route(request)
        for block in self._blocks:
            if (block.method, block.route) == (method, route) and block.times > 0:
                block.times -= 1
                headers = _refusal_headers(block.retry_after, block.scope)
                headers = {**headers, **(VIA if block.via else {})}
                return Verdict(headers=headers, retry_after=block.retry_after, scope=block.scope)
        now = self._clock.now()
        if not route.startswith(_EXEMPT) and (wait := self.total.take(now)) is not None:
            headers = {**_refusal_headers(wait, "global"), **VIA}
            return Verdict(headers=headers, retry_after=wait, scope="global")
        return self._check_bucket(request, method, route, now)

    def _check_bucket(self, request: web.Request, method: str, route: str, now: float) -> Verdict:
        if (method, route) not in self._limits:
            return Verdict(headers=VIA)
        limit, seconds = self._limits[method, route]
        major = [request.match_info[key] for key in _MAJOR if key in request.match_info]
        window = self._windows.setdefault(
            (method, route, *major), Window(limit=limit, seconds=seconds)
        )
        wait = window.take(now)
        bucket = hashlib.sha256(f"{method} {route}".encode()).hexdigest()[:32]
        headers = {
            **VIA,
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(limit - window.used),
            "X-RateLimit-Reset": f"{window.ends:.3f}",
            "X-RateLimit-Reset-After": f"{window.ends - now:.3f}",
            "X-RateLimit-Bucket": bucket,
        }
        if wait is not None:
            headers.update(_refusal_headers(wait, "user"))
        return Verdict(headers=headers, retry_after=wait)


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical.removeprefix(API_PREFIX)


def _refusal_headers(retry_after: float, scope: str) -> dict[str, str]:
    headers = {"Retry-After": str(math.ceil(retry_after)), "X-RateLimit-Scope": scope}
    return {**headers, **({"X-RateLimit-Global": "true"} if scope == "global" else {})}
