"""Runware's two ends: an array of tasks in, `data` and `errors` out, by HTTP or WebSocket.

Runware's pages of the models, errors, webhooks and task polling (to November 2026),
runware-python 1.4.0 and its older sibling runware 0.5.24. What they leave open is marked
INFERRED.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, ClassVar

from aiohttp import web

from sandbox.clock import SandboxClock
from sandbox.providers.pictures import Pictures
from sandbox.providers.runware.errors import TaskError
from sandbox.providers.runware.inference import FILES
from sandbox.providers.runware.intake import RunwareTasks
from sandbox.providers.runware.reply import Reply
from sandbox.providers.runware.socket import Socket
from sandbox.providers.runware.tasks import STEPS, tasks_in
from sandbox.providers.server import BadBody
from sandbox.providers.steps import Step, Where


def _holds(step: Step) -> Callable[[web.Request], Awaitable[bool]]:
    """Make the condition that a request holds a task of this step."""

    async def holds(request: web.Request) -> bool:
        try:
            tasks = tasks_in(json.loads(await request.read()))
        except (ValueError, BadBody):
            return False
        return any(STEPS.get(str(task.get("taskType"))) is step for task in tasks)

    return holds


class Runware(RunwareTasks):
    """The stand-in of Runware.

    Attributes:
        idle_limit: Seconds of silence after which a WebSocket is closed.
    """

    steps: ClassVar[Mapping[Step, Where]] = {
        **{step: Where(method="POST", path="^/v1$", match=_holds(step)) for step in STEPS.values()},
        Step.DOWNLOAD: Where(method="GET", path=f"^{FILES}/"),
    }

    def __init__(
        self,
        *,
        key: str = "sandbox-runware-key",
        clock: SandboxClock | None = None,
        pictures: Pictures | None = None,
    ) -> None:
        super().__init__(key=key, clock=clock, pictures=pictures)
        self.idle_limit = 120.0

    @property
    def ws_url(self) -> str:
        """Where its WebSocket listens."""
        return f"{self.url.replace('http', 'ws', 1)}/v1"

    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.post("/v1", self._handle),
            web.get("/v1", self._converse),
            web.get(f"{FILES}/{{name}}", self._image),
        )

    async def _image(self, request: web.Request) -> web.Response:
        return self.files.answer(request, request.match_info["name"])

    async def _converse(self, request: web.Request) -> web.WebSocketResponse:
        return await Socket(self, idle_limit=self.idle_limit).serve(request)

    async def _handle(self, request: web.Request) -> web.Response:
        reply = self.reply()
        try:
            tasks = tasks_in(await self.read_json(request))
            self._authenticate(request, tasks[0])
        except BadBody as error:
            reply.fail(TaskError("invalidRequest", str(error)), {})
            return reply.response()
        except TaskError as error:
            reply.fail(error, {"taskType": "authentication"})
            return reply.response()
        await self._carry_out(tasks, reply)
        return reply.response()

    async def _carry_out(self, tasks: list[dict[str, Any]], reply: Reply) -> None:
        waiting = [job for raw in tasks if (job := await self.take(raw, reply)) is not None]
        for job in waiting:
            await job.done.wait()
            reply.data += job.items
            reply.end(job)

    def _authenticate(self, request: web.Request, first: Mapping[str, Any]) -> None:
        header = request.headers.get("Authorization")
        if header is not None:
            scheme, _, key = header.partition(" ")
            self.check_key(key if scheme == "Bearer" else None)
        else:
            self.check_key(
                first.get("apiKey") if first.get("taskType") == "authentication" else None
            )
