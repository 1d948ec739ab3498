"""How Runware's stand-in takes tasks, whichever way they came: check, accept, answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.providers.account import Account
from sandbox.providers.pictures import Pictures
from sandbox.providers.received import Received
from sandbox.providers.runware.access import account_error
from sandbox.providers.runware.errors import ErrorShape, TaskError
from sandbox.providers.runware.inference import RunwareModels
from sandbox.providers.runware.jobs import Job
from sandbox.providers.runware.mishaps import Mishaps
from sandbox.providers.runware.parameters import Inference, Task
from sandbox.providers.runware.reply import Reply
from sandbox.providers.runware.tasks import Authentication, GetResponse, Ping, Upload, parse
from sandbox.providers.server import shorten
from sandbox.providers.triggers import Trigger, Triggers


class RunwareTasks(RunwareModels):
    """The part of the stand-in that takes tasks.

    Attributes:
        jobs: Accepted imageInference tasks by their taskUUID.
        takes_quality: Take the rendering speed QUALITY of the models before 3.0 as well: one
            of Runware's pages lists it for 2.0 Remix, another reserves it for 3.0.
        error_shape: How errors are told.
        mishaps: What is to go wrong next.
        failed_poll_status: The HTTP status of a getResponse that tells of a failure
            (INFERRED: the poll itself went well).
    """

    def __init__(self, *, key: str, clock: SandboxClock | None, pictures: Pictures | None) -> None:
        super().__init__(key=key, clock=clock, pictures=pictures)
        self.jobs: dict[str, Job] = {}
        self.takes_quality = False
        self.error_shape = ErrorShape.LIST
        self.failed_poll_status = 200
        self.mishaps = Mishaps()
        self._sessions: set[str] = set()

    def note_frame(self, body: Any) -> None:
        """Note a frame of a WebSocket among the requests."""
        frame = Received(at=self.clock.now(), method="FRAME", path="/v1", query={}, headers={})
        frame.body = shorten(body)
        self.calls.append(frame)

    def reply(self) -> Reply:
        """Begin an answer."""
        return Reply(self.error_shape)

    def check_key(self, key: Any) -> None:
        """Check a key, and the account that it belongs to.

        Raises:
            TaskError: It lets nobody in.
        """
        account = self.account if key == self.key else Account.REVOKED
        if account is not Account.GOOD:
            raise account_error(account)

    async def take(self, raw: Mapping[str, Any], reply: Reply) -> Job | None:
        """Answer one task, or return the job for whose end its answer waits."""
        try:
            self.mishaps.check(raw)
            return await self._take(parse(raw, takes_quality=self.takes_quality), reply)
        except TaskError as error:
            reply.fail(error, raw)
            return None

    async def _take(self, task: Task, reply: Reply) -> Job | None:
        match task:
            case Inference(delivery_method="sync"):
                return self._accept(task)
            case Inference():
                reply.data.append(self._accept(task).task.named)
            case GetResponse():
                self._poll(task, reply)
            case Upload():
                reply.data.append({**task.named, **await self._keep(task)})
            case Ping():
                reply.data.append({"taskType": "ping", "pong": True})
            case Authentication():
                self.check_key(task.api_key)
                session = self._open_session(task)
                reply.data.append({**task.named, "connectionSessionUUID": session})
            case _:
                raise TaskError("invalidTaskType", "Unknown task type.", parameter="taskType")
        return None

    def _accept(self, task: Inference) -> Job:
        triggers = Triggers.of(task.positive_prompt)
        name = task.task_uuid.lower()
        if name in self.jobs:
            text = "This taskUUID is already in use."
            raise TaskError("conflictTaskUUID", text, parameter="taskUUID")
        self._check_triggers(task, triggers)
        breakage = self.mishaps.breakage(triggers)
        job = self.jobs[name] = Job(task=task, triggers=triggers, breakage=breakage)
        # A task of its own: a client that hangs up does not stop the work, nor its price.
        self.spawn(self.carry_out(job))
        return job

    def _check_triggers(self, task: Inference, triggers: Triggers) -> None:
        for trigger, account in ((Trigger.BROKE, Account.BROKE), (Trigger.LOCKED, Account.LOCKED)):
            if trigger in triggers:
                raise account_error(account)
        if self.is_busy(task.positive_prompt, triggers):
            text, later = "Too many requests.", self.busy_headers
            # The code is INFERRED.
            raise TaskError("exceededRateLimit", text, status=429, headers=later)

    def _poll(self, task: GetResponse, reply: Reply) -> None:
        job = self.jobs.get(task.task_uuid.lower())
        if job is None:
            # INFERRED: no document says what becomes of a UUID that is not known.
            raise TaskError("taskNotFound", "No task has this taskUUID.", status=404)
        job.polls += 1
        listed = [item | {"status": "success"} for item in job.items]
        listed += [job.task.named | {"status": "processing"} for _ in job.missing]
        reply.data += self.arrivals.mixed(listed, f"{task.task_uuid} {job.polls}")
        reply.end(job, polled_status=self.failed_poll_status)

    async def _keep(self, task: Upload) -> dict[str, str]:
        """Keep a picture; Runware's older client (sdk-python 0.5.24) reads its link as well."""
        name = await self.images.upload(task.image, self.session)
        picture = await self.images.read(name, self.session, parameter="image")
        file = f"{name}.{picture.media_type.removeprefix('image/')}"
        self.files.put(file, picture.data, picture.media_type)
        return {"imageUUID": name, "imageURL": self.link(file)}

    def _open_session(self, task: Authentication) -> str:
        """Go on with the session that is named, or begin one."""
        known = task.connection_session_uuid in self._sessions
        session = (task.connection_session_uuid if known else None) or str(uuid.uuid4())
        self._sessions.add(session)
        return session
