"""Runware's error entries and the shapes in which they travel (Runware, "Errors", November 2026).

Its codes are still being unified and only some are published. The others are INFERRED so that
Runware's own client (runware-python 1.4.0) would sort them as meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from pydantic import ValidationError


class ErrorShape(StrEnum):
    """How an answer tells of errors; all three are found in the field."""

    LIST = "list"
    """Entries of `errors`, as documented."""
    ITEM = "item"
    """The end of a task as an item of `data` with the status "error"; all else as a list."""
    OBJECT = "object"
    """A lone error as `{"error": {...}}`, its task beside it; more than one as a list."""


class TaskError(Exception):
    """A task, or a question about one, that fails."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        parameter: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.parameter = parameter
        self.headers = headers or {}

    @classmethod
    def of_validation(cls, error: ValidationError) -> Self:
        """Make the error of the first parameter that is wrong."""
        problem = error.errors(include_url=False)[0]
        names = [part for part in problem["loc"] if isinstance(part, str)]
        name = names[-1] if names else "task"
        pascal = name[:1].upper() + name[1:]
        match problem["type"]:
            case "missing":
                code = f"missing{pascal}"
            case "extra_forbidden":
                code = "unsupportedParameter"
            case _:
                code = f"invalid{pascal}"
        return cls(code, problem["msg"], parameter=".".join(names))

    def entry(self, task: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Return it as an entry of `errors` about this task, with further fields."""
        return self._body | named(task) | more

    def item(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """Return it as an item of `data` that tells how this task ended."""
        return {**named(task), "status": "error", "error": self._body}

    def alone(self, task: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Return it as an answer of its own about this task, with further fields."""
        return {"error": self._body | more, **named(task)}

    @property
    def _body(self) -> dict[str, Any]:
        place = {} if self.parameter is None else {"parameter": self.parameter}
        return {"code": self.code, "message": self.message, **place}


def named(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return what names a task in an answer, as far as the task has it."""
    return {name: task[name] for name in ("taskType", "taskUUID") if name in task}
