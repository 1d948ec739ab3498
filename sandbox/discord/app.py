"""The HTTP application: REST under /api/v10, the CDN and the gateway on one port.

A request passes, in this order: the record, the faults, the check against Discord's OpenAPI,
rate limits, errors turned into JSON, authorisation, the reading of the body, the route.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.discord import avatars
from sandbox.discord.body import Body, read_body
from sandbox.discord.errors import UNAUTHORIZED, ApiError
from sandbox.discord.openapi import OpenApi
from sandbox.discord.ratelimits import API_PREFIX, RateLimits
from sandbox.discord.rest import channels, commands, guilds, interactions, login, users
from sandbox.discord.rest.reply import BODY, body_of, reply
from sandbox.faults import Faults

if TYPE_CHECKING:
    from sandbox.discord.world import World

_WITHOUT_TOKEN = ("/interactions/", "/webhooks/")


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A request that came in."""

    method: str
    path: str
    """Without /api/v10 and without the query."""
    status: int
    """0 where the connection was dropped instead of an answer."""
    seconds: float
    body: Any
    """The JSON, in a multipart request its `payload_json`; None where nobody read it."""
    files: list[str] = field(default_factory=list)
    """Names of the files sent with it."""


class Application:
    """Builds the aiohttp application and keeps what it learns about the bot."""

    def __init__(self, world: World, *, checks: bool) -> None:
        self._world = world
        self._openapi = OpenApi.load() if checks else None
        self.faults = Faults()
        self.limits = RateLimits(world.clock)
        self.requests: list[Recorded] = []
        self.violations: list[str] = []

    def build(self) -> web.Application:
        """Return the application with all routes."""
        api = web.Application(middlewares=[self._check, self._limit, _errors, self._read])
        for resource in (login, commands, channels, interactions, guilds, users):
            api.router.add_routes(resource.routes(self._world))
        root = web.Application(middlewares=[self._record, self.faults.middleware])
        root.add_subapp(API_PREFIX, api)
        root.router.add_get("/attachments/{tail:.*}", self._world.cdn.serve)
        root.router.add_get("/ephemeral-attachments/{tail:.*}", self._world.cdn.serve)
        root.router.add_get("/external/{tail:.*}", self._world.media.serve)
        root.router.add_routes(avatars.routes(self._world))
        root.router.add_get("/{tail:.*}", self._gateway)
        return root

    async def _gateway(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            raise web.HTTPNotFound
        return await self._world.gateway.serve(request)

    @property
    def _record(self) -> Callable[..., Any]:
        @web.middleware
        async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.headers.get("Upgrade"):
                return await handler(request)
            started, status = time.perf_counter(), 0
            try:
                response = await handler(request)
                status = response.status
                return response
            except web.HTTPException as error:
                status = error.status
                raise
            finally:
                self._note(request, status, time.perf_counter() - started)

        return record

    def _note(self, request: web.Request, status: int, seconds: float) -> None:
        body: Body = request.get(BODY, Body())
        self.requests.append(
            Recorded(
                method=request.method,
                path=request.path.removeprefix(API_PREFIX),
                status=0 if _dropped(request) else status,
                seconds=seconds,
                body=body.payload,
                files=[file.filename for file in body.files],
            )
        )
        self._world.changes.notify()

    @property
    def _check(self) -> Callable[..., Any]:
        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                response = await handler(request)
            except Exception as error:
                if not _dropped(request):
                    self.violations.append(f"{request.method} {request.path}: {error!r} in here")
                raise
            if request.match_info.http_exception is not None:
                self.violations.append(f"{request.method} {request.path}: no such route here")
            elif self._openapi is not None:
                self._compare(self._openapi, request, response)
            return response

        return check

    def _compare(
        self, openapi: OpenApi, request: web.Request, response: web.StreamResponse
    ) -> None:
        # What was refused is no violation: the bot was told so. What is accepted here though
        # Discord's own description forbids it, is.
        method, path = request.method, request.path
        problems: list[str] = []
        if BODY in request and response.status < 400:
            payload = body_of(request).payload
            problems += openapi.check_request(method, path, request.query, payload)
        raw = response.body if isinstance(response, web.Response) else None
        answer = json.loads(raw) if isinstance(raw, bytes) and raw else None
        problems += [
            f"answer: {problem}"
            for problem in openapi.check_response(method, path, response.status, answer)
        ]
        self.violations += [f"{method} {path}: {problem}" for problem in problems]

    @property
    def _limit(self) -> Callable[..., Any]:
        @web.middleware
        async def limit(request: web.Request, handler: Handler) -> web.StreamResponse:
            verdict = self.limits.check(request)
            if verdict.retry_after is not None:
                body = {
                    "message": "You are being rate limited.",
                    "code": 0,
                    "retry_after": round(verdict.retry_after, 3),
                    "global": verdict.scope == "global",
                }
                response = reply(body, status=429)
            else:
                response = await handler(request)
            response.headers.update(verdict.headers)
            return response

        return limit

    @property
    def _read(self) -> Callable[..., Any]:
        @web.middleware
        async def read(request: web.Request, handler: Handler) -> web.StreamResponse:
            path = request.path.removeprefix(API_PREFIX)
            expected = f"Bot {self._world.token}"
            open_to_all = path == "/gateway" or path.startswith(_WITHOUT_TOKEN)
            if not open_to_all and request.headers.get("Authorization") != expected:
                raise ApiError(UNAUTHORIZED)
            request[BODY] = await read_body(request)
            return await handler(request)

        return read


def _dropped(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ApiError as error:
        return reply(error.body(), status=error.refusal.status)
    except web.HTTPException as error:
        body = {"message": f"{error.status}: {error.reason}", "code": 0}
        return reply(body, status=error.status)
