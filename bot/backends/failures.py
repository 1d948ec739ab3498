"""What can go wrong at a provider, and what follows from it.

Each provider's module of failures holds its table of `Failure`: one row for each that it
documents, at each step. The backends raise what the rows say, and `docs/failures.md` lists
them, so that neither can say otherwise than the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.backends.base import ProviderName
from bot.backends.errors import BackendError, Reason, Rejected, Unavailable, Unconfirmed


class Step(StrEnum):
    """Where in a call it happens."""

    UPLOAD = "upload"
    """Putting the pictures where the provider can read them; nothing is bought yet."""
    SUBMIT = "submit"
    """The paid call itself."""
    WAIT = "wait"
    RESULT = "result"
    DOWNLOAD = "download"


class Fate(StrEnum):
    """What becomes of the call."""

    NOT_ACCEPTED = "not_accepted"
    """It was certainly not carried out, nor will be."""
    FAILED = "failed"
    """It ended, and the provider does not bill it."""
    BILLED = "billed"
    """It ended without a result, and the provider bills it, or may."""
    UNKNOWN = "unknown"
    """Nobody knows whether it was carried out."""
    OPEN = "open"
    """It goes on; the question is asked again, up to the deadline."""


class Retry(StrEnum):
    """Whether and what is tried again."""

    NEVER = "never"
    SUBMIT = "submit"
    """The call, which was not accepted; later, or at another backend."""
    SAME_ID = "same_id"
    """The provider is asked for it by our id, and sent it again under that id."""
    ASK = "ask"
    """The question, not the call."""
    ELSEWHERE = "elsewhere"
    """Not here, but another backend may be tried: it was not billed and not for its content."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One row of a provider's table."""

    provider: ProviderName
    step: Step
    sign: str
    """What is seen: an error's type or code, or a status, as the documentation names it."""
    reason: Reason
    """Decides what the member reads."""
    fate: Fate
    retry: Retry
    operator: bool = False
    """Whether the operator is told: one ERROR line, and a message where that is set up."""

    @property
    def refunded(self) -> bool:
        """Whether the member has everything back; while it goes on nothing is decided."""
        return self.fate is not Fate.OPEN

    def error(self, detail: str, *, retry_in: float) -> BackendError:
        """Give the error that says it.

        While a wait is `OPEN` it is none to raise, but a picture that cannot be read just now
        is the caller's to read again.

        Args:
            detail: For the log: no prompt, no key, no signed link.
            retry_in: Seconds, where it may be tried again.
        """
        match self.fate:
            case Fate.NOT_ACCEPTED if self.retry is Retry.SUBMIT:
                return Unavailable(self.reason, detail, retry_in=retry_in)
            case Fate.OPEN if self.step is Step.DOWNLOAD:
                return Unavailable(self.reason, detail, retry_in=retry_in)
            case Fate.UNKNOWN | Fate.OPEN:
                return Unconfirmed(self.reason, detail)
            case Fate.BILLED:
                return Rejected(self.reason, detail, billed=True, operator=self.operator)
            case Fate.NOT_ACCEPTED | Fate.FAILED:
                elsewhere = self.retry is Retry.ELSEWHERE
                return Rejected(self.reason, detail, elsewhere=elsewhere, operator=self.operator)


def row(
    provider: ProviderName,
    step: Step,
    sign: str,
    reason: Reason,
    fate: Fate,
    retry: Retry = Retry.NEVER,
) -> Failure:
    """Give a row; what is wrong with the account is the operator's to mend."""
    return Failure(
        provider=provider,
        step=step,
        sign=sign,
        reason=reason,
        fate=fate,
        retry=retry,
        operator=reason is Reason.ACCOUNT,
    )


class Link(StrEnum):
    """What is wrong with the link to a result, which is the same at all providers."""

    WITHHELD = "no link"
    DEAD = "a dead link: HTTP 2xx but 200, 4xx but 408, 425 and 429; broken base64"
    PRIVATE = "a link that leads, or redirects, to a private address or by plain http"
    LARGE = "a picture of more than 25 MB"
    BROKEN = "no answer, half of one, or HTTP 408, 425, 429, 5xx"


def download(provider: ProviderName, link: Link) -> Failure:
    """Give the row of a result that cannot be read from its link."""
    passing = link is Link.BROKEN
    return Failure(
        provider=provider,
        step=Step.DOWNLOAD,
        sign=link.value,
        reason=Reason.UPSTREAM if passing else Reason.NO_RESULT,
        fate=Fate.OPEN if passing else Fate.BILLED,
        retry=Retry.ASK if passing else Retry.NEVER,
    )


def downloads(provider: ProviderName) -> tuple[Failure, ...]:
    """Give the rows of reading results from their links, for a provider's table."""
    return tuple(download(provider, link) for link in Link if link is not Link.WITHHELD)
