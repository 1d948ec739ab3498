"""fal's own words: bodies, answers, and what its error types mean.

Sources: fal's model pages of the three endpoints, its pages "Queue", "Errors" and "Request
errors", and the sources of fal-client 1.0.3 (read 2026-11).
"""

from __future__ import annotations

import re
from enum import StrEnum

from pydantic import JsonValue

from bot.backends.answers import Maybe, Parsed, word
from bot.backends.base import (
    Finished,
    Output,
    Progress,
    Queued,
    Reason,
    Rejected,
    Running,
)

_BAD_IMAGE = re.compile(r"(image|file|face)_\w+|unsupported_image_format")
_RAN_IN_VAIN = ("content_policy_violation", "no_media_generated")
_REASONS = {
    "content_policy_violation": Reason.POLICY,
    "client_cancelled": Reason.CANCELLED,
    "request_timeout": Reason.BUSY,
    "startup_timeout": Reason.BUSY,
    "no_media_generated": Reason.UPSTREAM,
    "downstream_service_error": Reason.UPSTREAM,
}
# Links may be signed, and a prompt would stand in quotes.
_UNSAFE_TO_LOG = re.compile(r"\w+://\S+|data:\S+|([\"'`]).*?(?:\1|$)", re.DOTALL)


class Ticket(Parsed):
    """What fal answers to a submit. The links are used as they come: fal has moved them."""

    request_id: str
    status_url: str
    response_url: str
    cancel_url: str


class State(StrEnum):
    """There are only these; a failure and a cancel end as COMPLETED, too."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


class Log(Parsed):
    """One line that the model wrote."""

    timestamp: Maybe[str] = None
    level: Maybe[str] = None
    message: str

    @property
    def text(self) -> str:
        """The line as far as it can be logged."""
        return _UNSAFE_TO_LOG.sub("…", self.message[:1000])[:200]


class Status(Parsed):
    """How a request stands; the same by stream and by poll."""

    status: State
    queue_position: Maybe[int] = None
    logs: Maybe[list[Log]] = None
    """The latest lines, some of them seen before."""
    error_type: Maybe[str] = None

    @property
    def progress(self) -> Progress | None:
        """What it says to our side; None when it is time to read the result."""
        match self.status:
            case State.IN_QUEUE:
                return Queued(position=self.queue_position)
            case State.IN_PROGRESS:
                return Running()
            case State.COMPLETED:
                return None


class _Image(Parsed):
    url: str
    content_type: Maybe[str] = None
    file_name: Maybe[str] = None
    file_size: Maybe[int] = None


class Result(Parsed):
    """The output of the three endpoints."""

    images: list[Maybe[_Image]]
    seed: Maybe[int] = None
    """One for all pictures."""

    @property
    def finished(self) -> Finished:
        """The same in our words; fal names no cost."""
        outputs = (
            Output(
                url=image.url,
                seed=self.seed,
                content_type=image.content_type,
                file_name=image.file_name,
                file_size=image.file_size,
            )
            for image in self.images
            if image
        )
        return Finished(outputs=tuple(outputs), cost=None)


class _Detail(Parsed):
    type: Maybe[str] = None
    loc: Maybe[list[str | int]] = None
    ctx: Maybe[dict[str, JsonValue]] = None

    @property
    def text(self) -> str:
        """Type, place and bounds; the message and the input may quote the prompt."""
        place = ".".join(word(str(part)) for part in self.loc or ())
        bounds = [f"{word(k)}={v}" for k, v in (self.ctx or {}).items() if isinstance(v, int)]
        return " ".join([word(self.type), place, *bounds]).strip()


class Error(Parsed):
    """Both shapes of fal's errors: a list of details, or a text with a type beside it."""

    detail: Maybe[list[Maybe[_Detail]]] = None
    error_type: Maybe[str] = None

    @property
    def details(self) -> list[_Detail]:
        """The structured details, if any."""
        return [detail for detail in self.detail or [] if detail]

    @property
    def types(self) -> list[str]:
        """The error types that it names."""
        named = [detail.type for detail in self.details] + [self.error_type]
        return [name for name in named if name]

    @property
    def text(self) -> str:
        """What of it can be logged."""
        texts = [detail.text for detail in self.details]
        return "; ".join(texts[:3]) or word(self.error_type)


def rejection(error: Error, status: int, *, units: str | None) -> Rejected:
    """Say what a failed request came to.

    Args:
        error: What fal said.
        status: With which HTTP status.
        units: The header x-fal-billable-units, if there was one. Without it, what a model
            refused after it had run counts as billed, which fal says it may be.
    """
    reason = _reason(error.types, status)
    billed = units != "0" and any(name in _RAN_IN_VAIN for name in error.types)
    return Rejected(reason, f"fal answered {status} {error.text}", billed=billed)


def _reason(types: list[str], status: int) -> Reason:
    for name in types:
        if name in _REASONS:
            return _REASONS[name]
        if _BAD_IMAGE.fullmatch(name):
            return Reason.BAD_IMAGE
    if status in (401, 402, 403):
        return Reason.ACCOUNT
    if status == 429:
        return Reason.BUSY
    return Reason.BAD_REQUEST if 400 <= status < 499 else Reason.UPSTREAM
