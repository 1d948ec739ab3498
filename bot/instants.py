"""Instants around requests, named for a harness that stops the process at them.

A name has the method and the path without ids, and whether the request is about to go out
(`before`), is going (`sending`), went (`sent`), is being answered (`answered`) or was (`read`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from aiohttp import (
    ClientSession,
    TraceConfig,
    TraceRequestChunkSentParams,
    TraceRequestEndParams,
    TraceRequestHeadersSentParams,
    TraceRequestStartParams,
    TraceResponseChunkReceivedParams,
)
from yarl import URL

Reach = Callable[[str], None]
"""Told the name of an instant when it comes."""

# Snowflakes, file names, and what is long and has a digit: tokens, request ids.
_ID: Final = re.compile(r"[0-9]{5,}|.+\.\w+|(?=.*[0-9]).{16,}")

# httpcore's words; before the first of them a connection may be made.
_INSTANTS: Final = {
    "http11.send_request_headers.started": "before",
    "http11.send_request_headers.complete": "sending",
    "http11.send_request_body.complete": "sent",
    "http11.receive_response_headers.complete": "answered",
    "http11.receive_response_body.complete": "read",
}


class _Url(Protocol):
    @property
    def path(self) -> str: ...


class Request(Protocol):
    """What is used of httpx's requests."""

    method: str
    extensions: dict[str, object]

    @property
    def url(self) -> _Url:
        """Where it goes."""
        ...


def name(kind: str, method: str, path: str) -> str:
    """Give a request's name: `discord POST /interactions/*/*/callback`."""
    parts = ("*" if _ID.fullmatch(part) else part for part in path.split("/"))
    return f"{kind} {method} {'/'.join(parts)}"


def watch(kind: str, reach: Reach) -> Callable[[Request], Awaitable[None]]:
    """Have all instants of the requests of an httpx client told: a hook for its requests."""

    async def hook(request: Request) -> None:
        label = name(kind, request.method, request.url.path)

        async def tell(event: str, _: object) -> None:
            if event in _INSTANTS:
                reach(f"{label} {_INSTANTS[event]}")

        request.extensions["trace"] = tell

    return hook


def trace(kind: str, reach: Reach) -> TraceConfig:
    """Have all instants of the requests of an aiohttp session told."""

    def tell(method: str, url: URL, instant: str) -> None:
        reach(f"{name(kind, method, url.path)} {instant}")

    async def before(_: ClientSession, __: object, of: TraceRequestStartParams) -> None:
        tell(of.method, of.url, "before")

    async def sending(_: ClientSession, __: object, of: TraceRequestHeadersSentParams) -> None:
        tell(of.method, of.url, "sending")

    async def sent(_: ClientSession, __: object, of: TraceRequestChunkSentParams) -> None:
        # aiohttp tells it just before it writes the chunk, without a pause in between.
        asyncio.get_running_loop().call_soon(tell, of.method, of.url, "sent")

    async def answered(_: ClientSession, __: object, of: TraceRequestEndParams) -> None:
        tell(of.method, of.url, "answered")

    async def read(_: ClientSession, __: object, of: TraceResponseChunkReceivedParams) -> None:
        tell(of.method, of.url, "read")

    config = TraceConfig()
    config.on_request_start.append(before)
    config.on_request_headers_sent.append(sending)
    config.on_request_chunk_sent.append(sent)
    config.on_request_end.append(answered)
    config.on_response_chunk_received.append(read)
    return config
