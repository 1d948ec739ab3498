"""Runware's REST endpoint: an array of tasks in, `data` and `errors` out.

Runware's pages of the models, errors, webhooks and task polling (to November 2026) and
runware-python 1.4.0. What they leave open is marked INFERRED.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.clock import SandboxClock
from sandbox.providers.pictures import Pictures
from sandbox.providers.runware.errors import TaskError
from sandbox.providers.runware.inference import Job, RunwareModels
from sandbox.providers.runware.tasks import (
    Authentication,
    GetResponse,
    Inference,
    Ping,
    Task,
    Upload,
    parse,
)
from sandbox.providers.server import BadBody, answer
from sandbox.providers.triggers import Trigger, Triggers

_DOCUMENTATION = "https://runware.ai/docs/platform/errors"


@dataclass
class _Reply:
    data: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    """Of the last error; an answer that also has data is 200 all the same (INFERRED)."""

    def fail(self, error: TaskError, task: dict[str, Any]) -> None:
        self.errors.append(error.entry(task))
        self.status = error.status

    def tell(self, job: Job) -> None:
        """Add the end of a job."""
        if job.error is None:
            self.data += job.items
        else:
            self.fail(job.error, job.task.named)

    def response(self) -> web.Response:
        body = {"data": self.data} if self.data or not self.errors else {}
        if self.errors:
            body["errors"] = self.errors
        return answer(body, status=200 if self.data else self.status)


class Runware(RunwareModels):
    """The stand-in of Runware.

    Attributes:
        jobs: Accepted imageInference tasks by their taskUUID.
        failed_poll_status: The HTTP status of a getResponse that tells of a failure
            (INFERRED: the poll itself went well).
    """

    def __init__(
        self,
        *,
        key: str = "sandbox-runware-key",
        clock: SandboxClock | None = None,
        pictures: Pictures | None = None,
    ) -> None:
        super().__init__(key=key, clock=clock, pictures=pictures)
        self.jobs: dict[str, Job] = {}
        self.failed_poll_status = 200

    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.post("/v1", self._handle),
            web.get("/image/ws/2/ii/{name}", self._image),
        )

    async def _image(self, request: web.Request) -> web.Response:
        return self.files.answer(request, request.match_info["name"])

    async def _handle(self, request: web.Request) -> web.Response:
        reply = _Reply()
        try:
            tasks = await self._read_tasks(request)
            self._authenticate(request, tasks)
        except BadBody as error:
            reply.fail(TaskError("invalidRequest", str(error)), {})
            return reply.response()
        except TaskError as error:
            reply.fail(error, {"taskType": "authentication"})
            return reply.response()
        waiting: list[Job] = []
        for raw in tasks:
            try:
                waiting += await self._take(parse(raw), reply)
            except TaskError as error:
                reply.fail(error, raw)
        for job in waiting:
            await job.done.wait()
            reply.tell(job)
        return reply.response()

    async def _take(self, task: Task, reply: _Reply) -> list[Job]:
        """Answer one task, or return the job for whose end its answer waits."""
        match task:
            case Inference(delivery_method="sync"):
                return [self._accept(task)]
            case Inference():
                reply.data.append(self._accept(task).task.named)
            case GetResponse():
                self._poll(task, reply)
            case Upload():
                name = await self.images.upload(task.image, self.session)
                reply.data.append({**task.named, "imageUUID": name})
            case Ping():
                reply.data.append({"taskType": "ping", "pong": True})
            case Authentication():
                session = str(uuid.uuid4())
                reply.data.append({**task.named, "connectionSessionUUID": session})
            case _:
                raise TaskError("invalidTaskType", "Unknown task type.", parameter="taskType")
        return []

    def _accept(self, task: Inference) -> Job:
        triggers = Triggers.of(task.positive_prompt)
        if task.task_uuid in self.jobs:
            text = "This taskUUID is already in use."
            raise TaskError("conflictTaskUUID", text, parameter="taskUUID")
        # The three codes are INFERRED.
        if Trigger.BROKE in triggers:
            raise TaskError("insufficientCredits", "Not enough credits.", status=402)
        if Trigger.LOCKED in triggers:
            raise TaskError("invalidApiKeyPermission", "Not permitted.", status=403)
        if self.is_busy(task.positive_prompt, triggers):
            raise TaskError("exceededRateLimit", "Too many requests.", status=429)
        job = self.jobs[task.task_uuid] = Job(task=task, triggers=triggers)
        # A task of its own: a client that hangs up does not stop the work, nor its price.
        self.spawn(self.carry_out(job))
        return job

    def _poll(self, task: GetResponse, reply: _Reply) -> None:
        job = self.jobs.get(task.task_uuid)
        if job is None:
            # INFERRED: no document says what becomes of a UUID that is not known.
            raise TaskError("taskNotFound", "No task has this taskUUID.", status=404)
        if job.error is not None:
            about = {"status": "error", "documentation": _DOCUMENTATION}
            reply.errors.append(job.error.entry(job.task.named) | about)
            reply.status = self.failed_poll_status
            return
        reply.data += [item | {"status": "success"} for item in job.items]
        if not job.done.is_set():
            reply.data.append(job.task.named | {"status": "processing"})

    async def _read_tasks(self, request: web.Request) -> list[dict[str, Any]]:
        body = await self.read_json(request)
        if not isinstance(body, list) or not all(isinstance(task, dict) for task in body):
            raise BadBody("The body must be an array of task objects.")
        if not body:
            raise BadBody("The array of tasks is empty.")
        return body

    def _authenticate(self, request: web.Request, tasks: list[dict[str, Any]]) -> None:
        if request.headers.get("Authorization") == f"Bearer {self.key}":
            return
        first = tasks[0]
        if first.get("taskType") == "authentication" and first.get("apiKey") == self.key:
            return
        text = "Invalid API key. Get one at https://my.runware.ai/signup"
        raise TaskError("invalidApiKey", text, status=401, parameter="apiKey")
