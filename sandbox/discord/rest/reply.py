"""What every route needs: the parsed body, and answers in Discord's JSON."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from sandbox.discord.body import Body

BODY = web.RequestKey("body", Body)


def body_of(request: web.Request) -> Body:
    """Return the body, which the middleware has read."""
    return request[BODY]


def reply(payload: Any = None, status: int = 200) -> web.Response:
    """Answer with JSON, or with 204 and nothing.

    The content type has no charset: discord.py compares the whole header.
    """
    if payload is None:
        return web.Response(status=204)
    return web.Response(
        status=status, body=json.dumps(payload).encode(), content_type="application/json"
    )
