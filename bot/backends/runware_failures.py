"""What can go wrong at Runware, and which row of the table an answer is.

Sources: runware.ai/docs, "Errors", "Rate limits" and "Task polling"; the families of codes are
those of its clients runware-python 1.4.0 and runware-typescript 1.6.8 (all read 2026-11).
Runware says that its codes are still being unified, so many signs are patterns.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from bot.backends.base import ProviderName
from bot.backends.errors import Reason
from bot.backends.failures import Failure, Fate, Retry, Step, downloads, row
from bot.backends.signs import Sign, first

# How signs are written is told in `bot.backends.signs`.
_OURS = (
    "conflictTaskUUID, *[dD]uplicate*UUID*, *UUID*[dD]uplicate*, *[cC]onflict*UUID*, "
    "*UUID*[cC]onflict*, *UUID*Exists, conflict* at taskUUID, duplicate* at taskUUID"
)
_BUSY = "*[rR]ateLimit*"
_FULL = "serviceUnavailable, serverUnavailable, noAvailableServer"
_FULL_503 = ", ".join(f"{code} with 503" for code in f"{_BUSY}, {_FULL}".split(", "))
# The last one was seen in the field for what Ideogram refuses.
_POLICY = (
    "contentPolicyViolation, providerContentPolicyViolation, sensitiveContentDetected, "
    "unsafeContentDetected, nsfwContentDetected, promptBlocked, imageBlocked, moderationFailed, "
    "invalidProviderContent"
)
_MODEL = "modelNotFound, unknownModel, invalidModel, modelDisabled"
_ACCOUNT = (
    "*Credits*, *[qQ]uota*, *Balance*, paymentRequired, *ApiKey*, auth*, unauthorized, forbidden, "
    "*[pP]ermission*, tokenExpired, account*, organization*, workspace*"
)
_UNKNOWN_TASK = "*NotFound, *Expired, taskCancelled"
_NOT_DELIVERED = "uploadFailed"
_BROKEN = (
    "*[tT]imeout*, internalServerError, standardError, unknownError, inferenceError, "
    "processingFailed, taskFailed, modelUnavailable, modelNotReady, provider*, *[cC]onnection*"
)
_IMAGE = "downloadFailed, * at inputs*, * at *Images"
_PARAMETER = (
    "invalid*, missing*, unsupported*, unknown*, value*, array*, max*, conflict*, duplicate*, "
    "incompatible*, mismatch*, *[vV]alidation*"
)
_REFUSED_KEY = "HTTP 401, HTTP 402, HTTP 403"


def refusal(errors: Iterable[Sign], status: int) -> Failure:
    """Give the row of a submit that did not say that the task was accepted.

    `Fate.OPEN` means that it was all the same, by an earlier try.

    Args:
        errors: Those about our task, and those about none.
        status: Of HTTP.
    """
    return first(_SUBMIT, errors, status)


def unanswered(errors: Iterable[Sign], status: int) -> Failure:
    """Give the row of a question whose answer holds neither a task's end nor its pictures."""
    return first(_WAIT, errors, status)


def end(error: Sign) -> Failure:
    """Give the row of a task that itself says that it failed."""
    return first(_RESULT, [error], 200)


_row = partial(row, ProviderName.RUNWARE)


def _refused(sign: str, reason: Reason, retry: Retry = Retry.NEVER) -> Failure:
    return _row(Step.SUBMIT, sign, reason, Fate.NOT_ACCEPTED, retry)


def _unknown(sign: str) -> Failure:
    return _row(Step.SUBMIT, sign, Reason.UPSTREAM, Fate.UNKNOWN, Retry.SAME_ID)


def _lost(sign: str, reason: Reason = Reason.UPSTREAM) -> Failure:
    return _row(Step.WAIT, sign, reason, Fate.UNKNOWN, Retry.ASK)


def _ended(step: Step, sign: str, reason: Reason, retry: Retry = Retry.NEVER) -> Failure:
    return _row(step, sign, reason, Fate.FAILED, retry)


def _endings(step: Step) -> tuple[Failure, ...]:
    """Give what ends a task, whether it or the answer to the question for it says so."""
    return (
        _ended(step, _POLICY, Reason.POLICY),
        _ended(step, _BROKEN, Reason.UPSTREAM, Retry.ELSEWHERE),
        # The pictures were made, but the operator's own place did not take them.
        _row(step, _NOT_DELIVERED, Reason.UPSTREAM, Fate.BILLED),
        _ended(step, _IMAGE, Reason.BAD_IMAGE),
    )


UNREADABLE = _row(Step.UPLOAD, "a picture that cannot be read", Reason.BAD_IMAGE, Fate.NOT_ACCEPTED)
NOT_SENT = _refused("no connection", Reason.UPSTREAM, Retry.SUBMIT)
CUT = _unknown("no answer, or half of one")
SILENT = _row(Step.WAIT, "no answer, or half of one", Reason.UPSTREAM, Fate.OPEN, Retry.ASK)
FLAGGED = _row(Step.RESULT, "NSFWContent", Reason.UNSAFE_OUTPUT, Fate.BILLED)

NOTHING = _lost("HTTP ???")
"""No word of the task, and none of what is wrong."""
ABSENT = (
    _lost(_UNKNOWN_TASK),
    _lost(_PARAMETER),
    _row(Step.RESULT, _UNKNOWN_TASK, Reason.UPSTREAM, Fate.UNKNOWN, Retry.ASK),
)
"""Runware has no task of our id, yet or any more."""

# The first row that fits decides, so their order matters.
_SUBMIT = (
    # Whoever has our id has our task: an earlier try of this call got through.
    _row(Step.SUBMIT, _OURS, Reason.UPSTREAM, Fate.OPEN, Retry.ASK),
    _refused(_FULL_503, Reason.BUSY, Retry.SUBMIT),
    # A server that broke, or was too slow, may have begun the task.
    _unknown("HTTP 5??, HTTP 408"),
    _refused(_POLICY, Reason.POLICY),
    _refused(_MODEL, Reason.UPSTREAM, Retry.ELSEWHERE),
    _refused(_ACCOUNT, Reason.ACCOUNT, Retry.ELSEWHERE),
    _refused(_BUSY, Reason.BUSY, Retry.SUBMIT),
    _unknown(f"{_FULL}, {_NOT_DELIVERED}, {_BROKEN}"),
    _refused(_IMAGE, Reason.BAD_IMAGE),
    _refused(f"{_UNKNOWN_TASK}, {_PARAMETER}", Reason.BAD_REQUEST),
    _refused(_REFUSED_KEY, Reason.ACCOUNT, Retry.ELSEWHERE),
    _refused("HTTP 429", Reason.BUSY, Retry.SUBMIT),
    _refused("HTTP 413, HTTP 415", Reason.BAD_IMAGE),
    _unknown("HTTP 409"),
    _refused("HTTP 4??", Reason.BAD_REQUEST),
    _unknown("HTTP ???"),
)
_WAIT = (
    _row(Step.WAIT, "HTTP 5??, HTTP 408", Reason.UPSTREAM, Fate.OPEN, Retry.ASK),
    _row(Step.WAIT, f"{_BUSY}, {_FULL}, HTTP 429", Reason.BUSY, Fate.OPEN, Retry.ASK),
    _lost(f"{_ACCOUNT}, {_REFUSED_KEY}", Reason.ACCOUNT),
    ABSENT[0],
    *_endings(Step.WAIT),
    ABSENT[1],
    NOTHING,
)
_RESULT = (
    _ended(Step.RESULT, _MODEL, Reason.UPSTREAM, Retry.ELSEWHERE),
    _ended(Step.RESULT, _ACCOUNT, Reason.ACCOUNT, Retry.ELSEWHERE),
    # Not an end, though it may look like one.
    ABSENT[2],
    _ended(Step.RESULT, f"{_BUSY}, {_FULL}", Reason.BUSY, Retry.ELSEWHERE),
    *_endings(Step.RESULT),
    _ended(Step.RESULT, _PARAMETER, Reason.BAD_REQUEST),
    _ended(Step.RESULT, "*", Reason.UPSTREAM),
)

FAILURES: tuple[Failure, ...] = (
    *(UNREADABLE, NOT_SENT, CUT),
    *_SUBMIT,
    SILENT,
    *_WAIT,
    *_RESULT,
    FLAGGED,
    *downloads(ProviderName.RUNWARE),
)
"""Every row, in the order of the steps."""
