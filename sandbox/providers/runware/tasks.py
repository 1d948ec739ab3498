"""The tasks that Runware takes, and how an array of them is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from sandbox.providers.runware.errors import TaskError
from sandbox.providers.runware.models import check
from sandbox.providers.runware.parameters import Inference, Task, Uuid4
from sandbox.providers.server import BadBody
from sandbox.providers.steps import Step


class Upload(Task):
    task_type: Literal["imageUpload"]
    task_uuid: Uuid4
    image: str


class GetResponse(Task):
    task_type: Literal["getResponse"]
    task_uuid: Uuid4


class Ping(Task):
    task_type: Literal["ping"]
    ping: Literal[True]


class Authentication(Task):
    task_type: Literal["authentication"]
    api_key: str
    connection_session_uuid: str | None = None
    """Goes on with an earlier connection; over WebSocket only."""


TASKS: Mapping[str, type[Task]] = {
    "imageInference": Inference,
    "imageUpload": Upload,
    "getResponse": GetResponse,
    "ping": Ping,
    "authentication": Authentication,
}

STEPS: Mapping[str, Step] = {
    "imageInference": Step.SUBMIT,
    "imageUpload": Step.UPLOAD,
    "getResponse": Step.STATUS,
}
"""The step of a remix that each task type is."""


def tasks_in(body: Any) -> list[dict[str, Any]]:
    """Return the tasks of a body.

    Raises:
        BadBody: It is no array of objects, or an empty one.
    """
    if not isinstance(body, list) or not all(isinstance(task, dict) for task in body):
        raise BadBody("The body must be an array of task objects.")
    if not body:
        raise BadBody("The array of tasks is empty.")
    return body


def parse(raw: Mapping[str, Any], *, takes_quality: bool = False) -> Task:
    """Check one task of the array.

    Args:
        raw: The entry as it came.
        takes_quality: See `models.check`.

    Raises:
        TaskError: It is of no known type, or one of its parameters is wrong.
    """
    kind = TASKS.get(str(raw.get("taskType")))
    if kind is None:
        raise TaskError("invalidTaskType", "Unknown task type.", parameter="taskType")
    try:
        task = kind.model_validate(raw)
    except ValidationError as error:
        raise TaskError.of_validation(error) from error
    if isinstance(task, Inference):
        check(task, takes_quality=takes_quality)
    return task
