"""What a test tells the stand-in to do wrong next, in Runware's own words.

What is not of Runware's form, or cuts the connection, is for `Runware.fail`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.providers.runware.errors import TaskError
from sandbox.providers.runware.jobs import Breakage
from sandbox.providers.runware.parameters import MOST_RESULTS
from sandbox.providers.runware.tasks import STEPS
from sandbox.providers.steps import Step
from sandbox.providers.triggers import Triggers


class Mishaps:
    """The refusals and failures to come, each taken by the first task that it fits."""

    def __init__(self) -> None:
        self._refusals: deque[tuple[Step, TaskError]] = deque()
        self._breakages: deque[Breakage] = deque()

    def refuse(
        self,
        step: Step,
        code: str,
        *,
        status: int = 400,
        parameter: str | None = None,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
    ) -> None:
        """Refuse the next tasks of a step; a refused submit is not accepted.

        Args:
            step: SUBMIT, STATUS or UPLOAD.
            code: The error's code.
            status: The HTTP status.
            parameter: The parameter that the error names.
            headers: Further headers of the answer, such as Retry-After.
            times: How many tasks are refused.
        """
        text = f"The next {step} was to end with {code}."
        error = TaskError(code, text, status=status, parameter=parameter, headers=headers)
        self._refusals.extend([(step, error)] * times)

    def break_work(
        self, code: str, *, status: int = 500, pictures: Iterable[int] | None = None
    ) -> None:
        """Let the next task that is accepted fail, in whole or in part.

        Args:
            code: The error's code.
            status: The HTTP status, where the submit itself waits for the end.
            pictures: The numbers of the pictures that fail (from 0); the others are made and
                charged. None lets all fail, unbilled.
        """
        error = TaskError(code, f"The next work was to end with {code}.", status=status)
        failing = None if pictures is None else frozenset(pictures)
        self._breakages.append(Breakage(error=error, pictures=failing))

    def check(self, task: Mapping[str, Any]) -> None:
        """Refuse a task if it is one that is to be refused.

        Raises:
            TaskError: It is.
        """
        step = STEPS.get(str(task.get("taskType")))
        refusal = next((refusal for refusal in self._refusals if refusal[0] is step), None)
        if refusal is not None:
            self._refusals.remove(refusal)
            raise refusal[1]

    def breakage(self, triggers: Triggers) -> Breakage | None:
        """Say how the work that was just accepted is to fail."""
        if self._breakages:
            return self._breakages.popleft()
        if triggers.partial is None:
            return None
        error = TaskError("timeoutProvider", "The provider took too long.", status=504)
        return Breakage(error=error, pictures=range(triggers.partial, MOST_RESULTS))
