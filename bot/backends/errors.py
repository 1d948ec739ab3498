"""What goes wrong at a provider, in terms of what the bot may do next."""

from __future__ import annotations

from enum import StrEnum


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

    `billed` is true where the provider charges all the same. `elsewhere` is true where that is
    certainly not so and another backend may well carry it out. `operator` is true where it
    stays so until whoever runs the bot mends it.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        billed: bool = False,
        elsewhere: bool = False,
        operator: bool = False,
    ) -> None:
        super().__init__(reason, detail)
        self.billed = billed
        self.elsewhere = elsewhere
        self.operator = operator


class Unavailable(BackendError):
    """Certainly not accepted; may be tried again after `retry_in` seconds."""

    def __init__(self, reason: Reason, detail: str, *, retry_in: float) -> None:
        super().__init__(reason, detail)
        self.retry_in = retry_in


class Unconfirmed(BackendError):
    """Sent, and no readable answer came back: it may have been billed."""
