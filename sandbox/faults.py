"""Faults that a test injects into any server of the sandbox, as one aiohttp middleware.

A fault takes the requests that match it, one each, in the order in which the faults were
added. What it does, it does in this order: wait (`delay`, `hold_before`), drop ("before"),
answer or process, wait (`hold`), drop ("after"), cut.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, Literal

from aiohttp import StreamReader, web
from aiohttp.typedefs import Handler, Middleware

from sandbox.cuts import cut_body, cut_wire

Match = Callable[[web.Request], bool | Awaitable[bool]]


@dataclass(kw_only=True)
class Fault:
    """One fault and how often it has struck."""

    method: str
    path: re.Pattern[str]
    times: int | None
    after: int
    match: Match | None
    status: int | None
    body: bytes | dict[str, Any] | list[Any] | None
    headers: Mapping[str, str]
    process: bool
    drop: Literal["before", "after"] | None
    cut: int | None
    cut_wire: int | None
    delay: float
    hold: asyncio.Event | None
    hold_before: asyncio.Event | None
    hits: int = 0
    """Requests that it took."""
    hit: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it takes a request, before anything else is done; of one that is to be held, the
    body was read."""
    processed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a request that it took was carried out, before `hold` is waited for."""

    async def takes(self, request: web.Request) -> bool:
        """Say whether this request is its own, and count it."""
        if self.method not in ("*", request.method) or not self.path.search(request.path):
            return False
        if self.match is not None:
            matched = self.match(request)
            if not (await matched if isawaitable(matched) else matched):
                return False
        # Nothing is waited for from here on, or two requests could share one fault.
        if self.times is not None and self.hits >= self.times:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.hits += 1
        return True

    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer the request in the way of this fault."""
        await self._wait(request)
        if self.drop == "before":
            return _dropped(request)
        if self.cut is not None:
            cut_body(request, self.cut)
        if self.cut_wire is not None:
            cut_wire(request, self.cut_wire)
        response = await self._respond(request, handler)
        if self.hold is not None:
            await self.hold.wait()
        return _dropped(request) if self.drop == "after" else response

    async def _wait(self, request: web.Request) -> None:
        """Wait before anything else; what was sent is carried out even if its client goes."""
        # aiohttp reads no more once the connection is to close, and forgets what nobody has read.
        body = b"" if self.hold_before is None else await request.read()
        self.hit.set()
        await asyncio.sleep(self.delay)
        if self.hold_before is not None:
            await self.hold_before.wait()
            _put_back(request, body)

    async def _respond(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.status is not None and not self.process:
            return self._replacement(self.status)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            headers = {"Content-Type": error.content_type}
            response = web.Response(status=error.status, body=error.body, headers=headers)
        self.processed.set()
        if self.status is not None or self.body is not None:
            return self._replacement(self.status or response.status)
        if not response.prepared:
            response.headers.update(self.headers)
        return response

    def _replacement(self, status: int) -> web.Response:
        if isinstance(self.body, bytes) or self.body is None:
            return web.Response(status=status, body=self.body, headers=self.headers)
        headers = {"Content-Type": "application/json", **self.headers}
        return web.Response(status=status, body=json.dumps(self.body).encode(), headers=headers)


class Faults:
    """The faults of one server; empty, it changes nothing."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._open: set[asyncio.Task[Any]] = set()

    def add(
        self,
        *,
        method: str = "*",
        path: str = "",
        times: int | None = 1,
        after: int = 0,
        match: Match | None = None,
        status: int | None = None,
        body: bytes | dict[str, Any] | list[Any] | None = None,
        headers: Mapping[str, str] | None = None,
        process: bool = False,
        drop: Literal["before", "after"] | None = None,
        cut: int | None = None,
        cut_wire: int | None = None,
        delay: float = 0.0,
        hold: asyncio.Event | None = None,
        hold_before: asyncio.Event | None = None,
    ) -> Fault:
        """Inject a fault.

        Args:
            method: The HTTP method in capitals, or "*" for each.
            path: A regular expression, searched for in the path without its query.
            times: How many requests it takes; None takes all.
            after: How many matching requests it lets pass first.
            match: A further condition on the request, which may read its body.
            status: Answer this instead of processing the request.
            body: The answer's body; without `status`, the request is processed and only
                its body replaced. A dict or list is sent as JSON.
            headers: Headers of the answer, or added to the normal one.
            process: With `status`: carry the request out first, all the same.
            drop: Close the connection without an answer, before or after processing.
            cut: Close the connection after so many bytes of the answer's body.
            cut_wire: Close it after so many bytes of the answer, its head included.
            delay: Seconds to wait before anything else.
            hold: Process, then wait for this event before answering.
            hold_before: Wait for this event before processing, with the body read: the request
                is carried out even if its client has gone by then.

        Returns:
            The fault, whose `hits`, `hit` and `processed` tell what became of it.
        """
        fault = Fault(
            method=method,
            path=re.compile(path),
            times=times,
            after=after,
            match=match,
            status=status,
            body=body,
            headers=headers or {},
            process=process,
            drop=drop,
            cut=cut,
            cut_wire=cut_wire,
            delay=delay,
            hold=hold,
            hold_before=hold_before,
        )
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all faults; requests that one already took stay with it."""
        self._faults.clear()

    async def close(self) -> None:
        """Break off the requests that are still held.

        aiohttp knows no more of a request whose client has gone: nothing else would end it.
        """
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    @property
    def middleware(self) -> Middleware:
        """The aiohttp middleware that applies the faults; put it first."""

        @web.middleware
        async def apply(request: web.Request, handler: Handler) -> web.StreamResponse:
            task = asyncio.current_task()
            assert task is not None
            self._open.add(task)
            task.add_done_callback(self._open.discard)
            for fault in self._faults:
                if await fault.takes(request):
                    return await fault.answer(request, handler)
            return await handler(request)

        return apply


async def read_again(request: web.Request) -> bytes:
    """Read a body, and let whoever streams it read it all the same."""
    body = await request.read()
    _put_back(request, body)
    return body


def _put_back(request: web.Request, body: bytes) -> None:
    again = StreamReader(request.protocol, 2**16, loop=asyncio.get_running_loop())
    again.feed_data(body)
    again.feed_eof()
    request._payload = again  # noqa: SLF001 - aiohttp lets a body be streamed once only


def _dropped(request: web.Request) -> web.Response:
    # Nobody reads this answer: aiohttp finds the connection gone and gives up quietly.
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
