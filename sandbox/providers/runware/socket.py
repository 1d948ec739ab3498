"""Runware's WebSocket: the same tasks, one frame for each picture as it is finished.

From runware 0.5.24 and runware-python 1.4.0, which speak it. Of work that is delivered
asynchronously nothing is pushed (INFERRED): it is asked for, as over HTTP.
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import ClientConnectionResetError, WSMsgType, web

from sandbox.providers.runware.errors import TaskError
from sandbox.providers.runware.intake import RunwareTasks
from sandbox.providers.runware.jobs import Job
from sandbox.providers.runware.reply import Reply
from sandbox.providers.runware.tasks import tasks_in
from sandbox.providers.server import MAX_BODY_BYTES, BadBody


class Socket:
    """One connection; nothing but authentication is taken until a key was accepted."""

    def __init__(self, tasks: RunwareTasks, *, idle_limit: float) -> None:
        self._tasks = tasks
        self._wire = web.WebSocketResponse(
            max_msg_size=MAX_BODY_BYTES, receive_timeout=idle_limit, timeout=0.1
        )
        self._is_known = False

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Answer frames until either side leaves, or the client was silent for too long."""
        await self._wire.prepare(request)
        try:
            while (frame := await self._wire.receive()).type is WSMsgType.TEXT:
                await self._answer(frame.data)
        except TimeoutError:
            await self._wire.close()
        return self._wire

    async def _answer(self, text: str) -> None:
        reply = self._tasks.reply()
        try:
            raws = tasks_in(self._read(text))
        except BadBody as error:
            reply.fail(TaskError("invalidRequest", str(error)), {})
            await self._send(reply)
            return
        for raw in raws:
            reply = self._tasks.reply()
            job = await self._take(raw, reply)
            if job is None:
                await self._send(reply)
            else:
                self._tasks.spawn(self._follow(job))

    def _read(self, text: str) -> Any:
        try:
            body = json.loads(text)
        except ValueError as error:
            raise BadBody("The frame is not JSON.") from error
        self._tasks.note_frame(body)
        return body

    async def _take(self, raw: dict[str, Any], reply: Reply) -> Job | None:
        opens = raw.get("taskType") == "authentication"
        try:
            # The account is looked at each time: a key may be revoked while it is in use.
            self._tasks.check_key(raw.get("apiKey") if opens else self._key)
        except TaskError as error:
            reply.fail(error, {"taskType": "authentication"})
            return None
        self._is_known = self._is_known or opens
        return await self._tasks.take(raw, reply)

    @property
    def _key(self) -> str | None:
        return self._tasks.key if self._is_known else None

    async def _follow(self, job: Job) -> None:
        """Send each picture of a job in a frame of its own, then what failed."""
        async for item in job.arrivals():
            reply = self._tasks.reply()
            reply.data.append(item)
            await self._send(reply)
        if job.errors:
            reply = self._tasks.reply()
            reply.end(job)
            await self._send(reply)

    async def _send(self, reply: Reply) -> None:
        try:
            await self._wire.send_json(reply.body)
        except ClientConnectionResetError:
            # The client left; its results can be asked for under their taskUUID.
            return
