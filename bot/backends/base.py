"""What all backends share: the request, the verbs, the progress and the three errors."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class Operation(StrEnum):
    """What is asked of a backend."""

    REMIX = "remix"
    """A new picture from a source image and a prompt."""


class MagicPrompt(StrEnum):
    """Whether the provider may rewrite the prompt."""

    AUTO = "auto"
    """The provider decides, or does what it does by default."""
    ON = "on"
    OFF = "off"


class ProviderName(StrEnum):
    """The companies whose APIs are called."""

    FAL = "fal"
    RUNWARE = "runware"
    IDEOGRAM = "ideogram"


@dataclass(frozen=True, kw_only=True)
class ProviderAccess:
    """What it takes to reach a provider."""

    key: str = field(repr=False)
    url: str | None = None
    """One base address in place of the provider's hosts."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """The validated content of one operation, without the bytes of its source."""

    operation: Operation = Operation.REMIX
    backend: str
    prompt: str
    strength: int
    """1-100; 100 stays closest to the source, on every backend."""
    count: int = 1
    aspect: str | None = None
    """Width to height as "16:9"; None takes the backend's nearest to the source."""
    style: str | None = None
    seed: int | None = None
    negative: str | None = None
    magic_prompt: MagicPrompt = MagicPrompt.AUTO
    spoiler: bool = False


@dataclass(frozen=True, kw_only=True)
class Source:
    """A normalised picture on disk, ready to be sent."""

    path: Path
    media_type: str
    """image/png, image/jpeg or image/webp: what the bytes are, not what the name says."""
    size: int
    """Bytes."""
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Call:
    """One paid call: what is asked, and the id that is ours."""

    key: str
    """UUID v4 in its canonical form. A provider that deduplicates bills it once."""
    request: Request
    source: Source


@dataclass(frozen=True, kw_only=True)
class Output:
    """One picture that a provider made, or withheld."""

    url: str | None
    """Where to read it; None when the provider withheld it."""
    seed: int | None = None
    prompt: str | None = None
    """The prompt as the provider rewrote it, where it says."""
    resolution: str | None = None
    """"1024x1024" as the provider names it; the file itself decides what is shown."""
    style: str | None = None
    safe: bool = True
    image_id: str | None = None
    content_type: str | None = None
    file_name: str | None = None
    file_size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Queued:
    """Accepted, not begun."""

    position: int | None
    """Works before this one, 0 for the next; None where the provider does not say."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """The provider is at work."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The provider is done; withheld pictures are among the outputs."""

    outputs: tuple[Output, ...]
    cost: Decimal | None
    """US dollars for the whole call, where the provider says; else None."""


Progress = Queued | Running | Finished


class Reason(StrEnum):
    """Why a call came to nothing, as far as it changes what a person is told."""

    POLICY = "policy"
    """The provider refused the prompt or the picture for its content."""
    UNSAFE_OUTPUT = "unsafe_output"
    """The provider made pictures and withheld or flagged them all."""
    BAD_REQUEST = "bad_request"
    """The provider did not take a parameter."""
    BAD_IMAGE = "bad_image"
    """The provider could not use the source."""
    ACCOUNT = "account"
    """The provider refused the operator's key or account."""
    BUSY = "busy"
    """The provider has no room just now."""
    UPSTREAM = "upstream"
    """The provider failed."""
    CANCELLED = "cancelled"
    """The provider stopped the work because we asked."""
    NO_RESULT = "no_result"
    """The provider's picture could not be read."""


class BackendError(Exception):
    """Base of the three errors that say what to do next.

    Its text is for the log: it holds no prompt, no key and no signed link.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Rejected(BackendError):
    """Refused for good, or failed: refund and explain.

    `billed` is true where the provider charges all the same.
    """

    def __init__(self, reason: Reason, detail: str, *, billed: bool = False) -> None:
        super().__init__(reason, detail)
        self.billed = billed


class Unavailable(BackendError):
    """Certainly not accepted; may be tried again after `retry_in` seconds."""

    def __init__(self, reason: Reason, detail: str, *, retry_in: float) -> None:
        super().__init__(reason, detail)
        self.retry_in = retry_in


class Unconfirmed(BackendError):
    """Sent, and no readable answer came back: it may have been billed."""


class Backend(Protocol):
    """One model at one provider, bound to the HTTP client of one job.

    Made by `bot.backends.registry.Registry.open`, closed with it.
    """

    async def submit(self, call: Call) -> str:
        """Send one paid call.

        Returns:
            The ticket: JSON text, enough to resume after a restart. It may hold signed
            links, so it is stored but never logged.

        Raises:
            Rejected: Refused for good.
            Unavailable: Certainly not accepted.
            Unconfirmed: Sent, and no readable answer came back.
        """
        ...

    async def find(self, key: str, *, count: int) -> str | None:
        """Ask the provider for a call whose answer was lost, by our id.

        Only where the catalogue entry says `deduplicates`.

        Args:
            key: The call's, see `Call`.
            count: How many pictures it asked for.

        Returns:
            The ticket, or None where the provider knows nothing under the key, so that the
            same call may be submitted again under it.

        Raises:
            Unavailable: It could not be asked just now.
        """
        ...

    def watch(self, ticket: str, *, age: float) -> AsyncGenerator[Progress]:
        """Follow accepted work until it is finished; the last item is `Finished`.

        Passing faults of the connection are retried inside. The caller sets the deadline.

        Args:
            ticket: What `submit` or `find` returned, in this process or another.
            age: Seconds since the call was accepted.

        Raises:
            Rejected: The work failed.
            Unconfirmed: The provider no longer knows the ticket.
        """
        ...

    async def cancel(self, ticket: str) -> bool:
        """Ask the provider to stop; True only when it confirms that the work was stopped.

        Returns False wherever that is in doubt, or the provider cannot cancel.
        """
        ...

    async def fetch(self, output: Output, to: Path) -> None:
        """Stream one picture into the file `to`.

        Raises:
            Rejected: The link is dead (NO_RESULT).
            Unavailable: It could not be read just now.
        """
        ...
