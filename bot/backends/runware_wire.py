"""Runware's own words: the task, its answers, and what its error codes mean.

Sources: runware.ai/docs, page of ideogram:3@2, "Task polling" and "Errors"; the order in which
codes are judged is that of its runware-python 1.4.0 (read 2026-11). Runware says that its
codes are still being unified, so they are judged loosely.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue

from bot.backends import compose
from bot.backends.answers import Maybe, Parsed, word
from bot.backends.base import Call, Finished, Output, Reason
from bot.backends.entry import Entry


class Kind(StrEnum):
    """What an error code is about."""

    CONFLICT = "conflict"
    """Our id is known already: the same task was accepted before."""
    ACCOUNT = "account"
    BUSY = "busy"
    POLICY = "policy"
    TIMEOUT = "timeout"
    UNKNOWN_TASK = "unknown task"
    UPSTREAM = "upstream"
    BAD_IMAGE = "bad image"
    BAD_REQUEST = "bad request"
    OTHER = "other"


_CODES = {
    Kind.CONFLICT: "conflictTaskUUID",
    Kind.ACCOUNT: "paymentRequired unauthorized forbidden",
    # The last one was seen in the field for what Ideogram refuses.
    Kind.POLICY: """
        contentPolicyViolation providerContentPolicyViolation sensitiveContentDetected
        unsafeContentDetected nsfwContentDetected promptBlocked imageBlocked moderationFailed
        invalidProviderContent
    """,
    Kind.UNKNOWN_TASK: "taskCancelled",
    Kind.UPSTREAM: """
        internalServerError serviceUnavailable standardError inferenceError processingFailed
        taskFailed uploadFailed noAvailableServer modelUnavailable modelDisabled modelNotReady
    """,
    Kind.BAD_IMAGE: "downloadFailed",
    Kind.BAD_REQUEST: "modelNotFound",
}
_KINDS = {code: kind for kind, codes in _CODES.items() for code in codes.split()}
# For all others: the first that is found in the code decides.
_PATTERNS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Kind.ACCOUNT, r"Credits|Quota|Balance"),
        (Kind.BUSY, r"[rR]ateLimit"),
        (Kind.ACCOUNT, r"ApiKey|[aA]uthentication|[pP]ermission"),
        (Kind.TIMEOUT, r"[tT]imeout"),
        (Kind.UNKNOWN_TASK, r"(NotFound|Expired)$"),
        (Kind.UPSTREAM, r"^provider|[cC]onnection"),
        (Kind.BAD_REQUEST, r"^(invalid|missing|conflict|duplicate|unsupported|value|array|max)"),
    )
)

_REASONS = {
    Kind.ACCOUNT: Reason.ACCOUNT,
    Kind.BUSY: Reason.BUSY,
    Kind.POLICY: Reason.POLICY,
    Kind.BAD_IMAGE: Reason.BAD_IMAGE,
    Kind.BAD_REQUEST: Reason.BAD_REQUEST,
    Kind.UNKNOWN_TASK: Reason.BAD_REQUEST,
}


class Ticket(Parsed):
    """What it takes to ask for a task again."""

    task: str
    """Its UUID, which was ours to choose."""
    count: int = 1
    """Pictures that were asked for."""


class Fault(Parsed):
    """One error; its message may quote what was sent and is not read."""

    code: Maybe[str] = None
    parameter: Maybe[str] = None
    status: Maybe[str] = None
    """"error" where a task failed, rather than the question for it."""
    task: Maybe[str] = Field(default=None, alias="taskUUID")

    @property
    def kind(self) -> Kind:
        """What it is about."""
        code = self.code or ""
        alike = (kind for kind, pattern in _PATTERNS if pattern.search(code))
        found = _KINDS.get(code) or next(alike, Kind.OTHER)
        about_source = (self.parameter or "").startswith("inputs")
        return Kind.BAD_IMAGE if found is Kind.BAD_REQUEST and about_source else found

    @property
    def ends_task(self) -> bool:
        """Whether a task ended by it, whatever it is about."""
        return self.status == "error"

    @property
    def reason(self) -> Reason:
        """What a person is told."""
        return _REASONS.get(self.kind, Reason.UPSTREAM)

    @property
    def text(self) -> str:
        """What of it can be logged."""
        place = f" at {word(self.parameter)}" if self.parameter else ""
        return f"Runware said {word(self.code)}{place}"


class Item(Parsed):
    """One picture, or word of a task that has none yet."""

    task: Maybe[str] = Field(default=None, alias="taskUUID")
    status: Maybe[str] = None
    error: Maybe[Fault] = None
    url: Maybe[str] = Field(default=None, alias="imageURL")
    image_id: Maybe[str] = Field(default=None, alias="imageUUID")
    seed: Maybe[int] = None
    cost: Maybe[Annotated[Decimal, Field(ge=0)]] = None
    flagged: Maybe[bool] = Field(default=None, alias="NSFWContent")

    @property
    def has_failed(self) -> bool:
        """Whether it is no picture but word of a failure."""
        return self.error is not None or self.status == "error"

    @property
    def is_pending(self) -> bool:
        """Whether a picture is still to come."""
        return self.url is None and self.status != "success"

    @property
    def output(self) -> Output:
        """The picture; a flagged one comes with a link all the same, which is dropped."""
        safe = not self.flagged
        url = self.url if safe else None
        return Output(url=url, seed=self.seed, safe=safe, image_id=self.image_id)


class Reply(Parsed):
    """An answer; it may hold results and errors at once, of any task."""

    data: Maybe[list[Maybe[Item]]] = None
    errors: Maybe[list[Maybe[Fault]]] = None
    error: Maybe[Fault] = None

    def items(self, task: str) -> list[Item]:
        """What it says of a task's pictures, but for those that failed."""
        return [item for item in self._of(task) if not item.has_failed]

    def faults(self, task: str) -> list[Fault]:
        """The errors of a task, and those that name none."""
        found = [*(self.errors or ()), self.error]
        named = [fault for fault in found if fault and fault.task in (None, task)]
        failed = [item.error or Fault() for item in self._of(task) if item.has_failed]
        return named + [fault.model_copy(update={"status": "error"}) for fault in failed]

    def _of(self, task: str) -> list[Item]:
        return [item for item in self.data or () if item and item.task == task]


def finished(items: list[Item]) -> Finished:
    """Give the pictures of a task; the cost is known if it is of each."""
    costs = [item.cost for item in items if item.cost is not None]
    cost = sum(costs, Decimal(0)) if len(costs) == len(items) else None
    return Finished(outputs=tuple(item.output for item in items), cost=cost)


def document(entry: Entry, call: Call) -> dict[str, JsonValue]:
    """Give the task of a call, all but its pictures."""
    source = call.source
    size = None if source is None else (source.width, source.height)
    return {
        **compose.document(entry, call.request, size),
        "taskType": "imageInference",
        "taskUUID": call.key,
        "model": entry.model,
        "outputType": "URL",
        "deliveryMethod": "async",
        "includeCost": True,
        "safety": {"checkContent": True, "mode": "fast"},
    }
