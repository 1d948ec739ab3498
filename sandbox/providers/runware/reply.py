"""An answer of Runware: `data` and `errors`, over HTTP or as one frame of a WebSocket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from sandbox.providers.runware.errors import ErrorShape, TaskError
from sandbox.providers.runware.jobs import Job
from sandbox.providers.server import answer

# A getResponse tells more of a failure than the answer to the task itself.
_POLLED = {"status": "error", "documentation": "https://runware.ai/docs/platform/errors"}


class Reply:
    """What is told of the tasks of one array.

    Args:
        shape: How errors are told.
    """

    def __init__(self, shape: ErrorShape) -> None:
        self._shape = shape
        self.data: list[dict[str, Any]] = []
        self._errors: list[dict[str, Any]] = []
        self._alone: dict[str, Any] = {}
        # Of the last error; an answer that also has data is 200 all the same (INFERRED).
        self._status = 200
        self._headers: dict[str, str] = {}

    def fail(self, error: TaskError, task: Mapping[str, Any], **more: Any) -> None:
        """Tell that a task, or a question about one, failed.

        Args:
            error: What it failed of.
            task: What was sent, for its names.
            more: Further fields of the entry.
        """
        self._errors.append(error.entry(task, **more))
        self._alone = error.alone(task, **more)
        self._status = error.status
        self._headers.update(error.headers)

    def end(self, job: Job, *, polled_status: int | None = None) -> None:
        """Tell what a job failed of, if it did.

        Args:
            job: The job.
            polled_status: The HTTP status of an answer to a getResponse; None where the
                task itself is answered, with the status of its error.
        """
        for error in job.errors:
            if self._shape is ErrorShape.ITEM:
                self.data.append(error.item(job.task.named))
            else:
                self.fail(error, job.task.named, **({} if polled_status is None else _POLLED))
                self._status = self._status if polled_status is None else polled_status

    @property
    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        if not self._errors:
            return {"data": self.data}
        if self._shape is ErrorShape.OBJECT and len(self._errors) == 1 and not self.data:
            return self._alone
        return ({"data": self.data} if self.data else {}) | {"errors": self._errors}

    def response(self) -> web.Response:
        """Return the answer over HTTP."""
        status = 200 if self.data else self._status
        return answer(self.body, status=status, headers=self._headers)
