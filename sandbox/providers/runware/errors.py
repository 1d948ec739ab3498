"""Runware's error entries (Runware, "Errors", November 2026).

Its codes are still being unified and only some are published. The others are INFERRED so that
Runware's own client (runware-python 1.4.0) would sort them as meant.
"""

from __future__ import annotations

from typing import Any, Self

from pydantic import ValidationError


class TaskError(Exception):
    """A task that fails, as one entry of `errors`."""

    def __init__(
        self, code: str, message: str, *, status: int = 400, parameter: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.parameter = parameter

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

    def entry(self, task: dict[str, Any]) -> dict[str, Any]:
        """Return the entry for this task."""
        about = {name: task[name] for name in ("taskType", "taskUUID") if name in task}
        body: dict[str, Any] = {"code": self.code, "message": self.message, **about}
        if self.parameter is not None:
            body["parameter"] = self.parameter
        return body
