"""fal's own words: tickets, answers, and both shapes of its errors.

Sources: fal's model pages, its pages "Queue", "Errors" and "Request errors", and the sources
of fal-client 1.0.3 (read 2026-11).
"""

from __future__ import annotations

import re
from enum import StrEnum

from pydantic import JsonValue

from bot.backends.answers import Maybe, Parsed, word
from bot.backends.base import Finished, Output, Progress, Queued, Running

# Links may be signed, and a prompt would stand in quotes.
_UNSAFE_TO_LOG = re.compile(r"\w+://\S+|data:\S+|([\"'`]).*?(?:\1|$)", re.DOTALL)
# What fal writes as a text where it knows no type, as far as it can be logged.
_KNOWN_TEXTS = (
    "User is locked",
    "Exhausted balance",
    "No user found",
    "Invalid Key Authorization header format",
    "not found",
    "still in progress",
)


class Ticket(Parsed):
    """What fal answers to a submit. The links are used as they come: fal has moved them."""

    request_id: str
    status_url: str
    response_url: str
    cancel_url: str
    inline: bool = False
    """Ours: whether the result comes with its pictures inside."""


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
    response_url: Maybe[str] = None

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
    url: Maybe[str] = None
    content_type: Maybe[str] = None
    file_name: Maybe[str] = None
    file_size: Maybe[int] = None
    file_data: Maybe[str] = None
    """The picture in base64; in place of the link, as far as it is ever given."""

    @property
    def link(self) -> str | None:
        """Where to read it, or the picture itself."""
        if self.url or not self.file_data:
            return self.url or None
        return f"data:{self.content_type or 'image/png'};base64,{self.file_data}"


class Result(Parsed):
    """The output of all endpoints."""

    images: list[Maybe[_Image]]
    seed: Maybe[int] = None
    """One for all pictures."""

    @property
    def finished(self) -> Finished:
        """The same in our words; fal names no cost.

        A picture without a link counts too: it was made, and is billed.
        """
        outputs = (
            Output(
                url=image.link,
                seed=self.seed,
                content_type=image.content_type,
                file_name=image.file_name,
                file_size=image.file_size,
            )
            for image in (found or _Image() for found in self.images)
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

    detail: Maybe[list[Maybe[_Detail]] | str] = None
    error_type: Maybe[str] = None

    @property
    def details(self) -> list[_Detail]:
        """The structured details, if any."""
        return [detail for detail in self.detail or () if isinstance(detail, _Detail)]

    @property
    def types(self) -> list[str]:
        """The error types that it names."""
        named = [detail.type for detail in self.details] + [self.error_type]
        return [name for name in named if name]

    @property
    def said(self) -> list[str]:
        """What of the text is known."""
        text = self.detail if isinstance(self.detail, str) else ""
        return [known for known in _KNOWN_TEXTS if known in text]

    @property
    def text(self) -> str:
        """What of it can be logged; empty where nothing is known."""
        named = [word(self.error_type)] if self.error_type else []
        texts = [detail.text for detail in self.details[:3]]
        return "; ".join([*texts, *named, *self.said])
