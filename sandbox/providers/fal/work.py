"""One request in fal's queue: its three states and the bodies that tell of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sandbox.providers.fal.addresses import Addresses
from sandbox.providers.fal.errors import Failure, WorkError
from sandbox.providers.triggers import Triggers


class State(StrEnum):
    """fal's only three states."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    """Ended, well or badly."""


@dataclass(kw_only=True)
class Wishes:
    """What the platform's headers and query ask for (fal, "Common parameters")."""

    start_within: float | None = None
    """Seconds."""
    keep_for: float | None = None
    """Seconds for which the files are kept."""
    keeps_payloads: bool = True
    """Whether what came in and out stands in the account's history."""
    webhook: str | None = None


@dataclass(kw_only=True)
class Work:
    """One accepted request."""

    id: str
    endpoint: str
    payload: dict[str, Any]
    triggers: Triggers
    wishes: Wishes
    app: str
    """The owner and the app of its endpoint, by which it is asked for."""
    addresses: Addresses
    now: Callable[[], float]
    state: State = State.IN_QUEUE
    position: int = 0
    ahead: int = 0
    """Works of others that are still before it; the stand-in makes them up."""
    output: dict[str, Any] | None = None
    failure: Failure | None = None
    task: asyncio.Task[None] | None = None
    """What carries it out."""
    logs: list[dict[str, str]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, and replaced, at each change."""
    done: asyncio.Event = field(default_factory=asyncio.Event)
    started_at: float = 0.0
    seconds: float = 0.0
    billed: int = 0
    """Pictures that stand on the bill."""
    inline: bool = False
    """Whether it asked for `sync_mode`."""
    _given: bool = False

    @property
    def url(self) -> str:
        """Where its result is read."""
        return f"{self.addresses.queue}/{self.app}/requests/{self.id}"

    def move(self, position: int) -> None:
        """Change its place in the queue, if it is another."""
        if position != self.position:
            self.position = position
            self._notify()

    def take(self) -> bool:
        """Say whether its result may be read now.

        A result that is kept out of the history is given once; what a later request is
        answered is not documented.
        """
        once = not self.wishes.keeps_payloads or (self.inline and self.failure is None)
        first, self._given = not self._given, True
        return first or not once

    def start(self) -> None:
        """Let it run."""
        self.state = State.IN_PROGRESS
        self.started_at = self.now()
        self.log("Request started")
        self._notify()

    def succeed(self, output: dict[str, Any]) -> None:
        """End it with its output."""
        self.output = output
        self.log("Request completed")
        self._complete()

    def fail(self, failure: Failure) -> None:
        """End it with an error."""
        self.failure = failure
        self.log(f"Request failed: {failure.type}", level="ERROR")
        self._complete()

    def cancel(self) -> None:
        """End it because its owner said so."""
        self.fail(WorkError.of_request(499, "client_cancelled", "Request was cancelled").failure)

    def log(self, message: str, *, level: str = "INFO") -> None:
        """Add a line to what `logs=1` shows."""
        timestamp = datetime.fromtimestamp(self.now(), UTC).isoformat()
        self.logs.append(
            {"timestamp": timestamp, "level": level, "source": "app", "message": message}
        )

    def status(self, *, with_logs: bool) -> dict[str, Any]:
        """Return the body of its status."""
        body: dict[str, Any] = {"status": self.state.value, "request_id": self.id}
        if self.state is State.IN_QUEUE:
            body["queue_position"] = self.position
        else:
            body["logs"] = list(self.logs) if with_logs else None
        body |= self.links
        if self.state is State.COMPLETED:
            body["metrics"] = {"inference_time": round(self.seconds, 3)}
        if self.failure is not None:
            body |= {"error": self.failure.summary, "error_type": self.failure.type}
        return body

    @property
    def links(self) -> dict[str, str]:
        """The addresses of its result, its status and its cancellation."""
        return {
            "response_url": self.url,
            "status_url": f"{self.url}/status",
            "cancel_url": f"{self.url}/cancel",
        }

    def _complete(self) -> None:
        self.state = State.COMPLETED
        self.seconds = self.now() - self.started_at if self.started_at else 0.0
        # The request's pictures are no longer needed, and are large.
        self.payload = {}
        self.done.set()
        self._notify()

    def _notify(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()
